/** What discovery came across that is not as it should be. It never ends discovery: what is right is still found. */

const FINDING_KINDS = [
  'duplicate-id',
  'not-a-plugin',
  'unreadable',
  'nothing-found',
  'no-variant',
  'too-many',
  'does-not-fit',
  'not-granted',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** For people: names what it is about, and what to do where there is something to do. */
  readonly message: string;
  /** Files and directories that it is about, absolute. */
  readonly paths: readonly string[];
  /** Id of the plugin, where it is known. */
  readonly plugin?: string | undefined;
}

/** Why a file or directory is not a plugin. Becomes a {@link Finding}. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  readonly finding: Finding;

  constructor(kind: FindingKind, message: string, ...paths: readonly string[]) {
    super(message);
    this.finding = { kind, message, paths };
  }
}

/** The reason of an error of the file system, without the path: that is said anyway. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or directory';
    case 'EACCES':
    case 'EPERM':
      return 'this process may not read it';
    case 'ELOOP':
      return 'its symbolic links lead in a circle';
    default:
      return message;
  }
}
