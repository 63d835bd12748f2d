/** What a function of the plugin reports instead of an answer, whatever form the plugin has. */
export class SourceFailure extends Error {
  readonly code: string;
  readonly details: unknown;

  constructor(code: string, message: string, details: unknown) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** As it travels between processes. */
export interface FailureMessage {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

/** Told by what it has: a module that was imported anew has a class of its own. */
export function toMessage(error: unknown): FailureMessage {
  const { code, message, details } = error as Partial<SourceFailure>;
  if (code === undefined || message === undefined) return { code: 'UNEXPECTED', message: String(error) };
  return details === undefined ? { code, message } : { code, message, details };
}

export const fromMessage = ({ code, message, details }: FailureMessage): SourceFailure =>
  new SourceFailure(code, message, details);
