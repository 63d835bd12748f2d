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

export function toMessage(error: unknown): FailureMessage {
  if (error instanceof SourceFailure) return { code: error.code, message: error.message, details: error.details };
  return { code: 'UNEXPECTED', message: String(error) };
}

export const fromMessage = ({ code, message, details }: FailureMessage): SourceFailure =>
  new SourceFailure(code, message, details);
