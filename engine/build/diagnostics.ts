/** What the compiler has to say about a plugin's sources, as data, and the error that carries it. */
import { RingfenceError } from '../errors.ts';

export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** The compiler's own number, such as "AS100" or "TS2322"; undefined for what Ringfence checks itself. */
  readonly code?: string | undefined;
  /** Path relative to the plugin's directory; undefined if it is about no place in particular. */
  readonly file?: string | undefined;
  /** From 1. */
  readonly line?: number | undefined;
  /** From 1. */
  readonly column?: number | undefined;
}

/** "assembly/index.ts:3:5: error TS2322: …": a place in the form that editors and terminals make clickable. */
export function formatDiagnostic({ severity, message, code, file, line, column }: Diagnostic): string {
  const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}:${column}: `;
  return `${place}${severity}${code === undefined ? '' : ` ${code}`}: ${message}`;
}

/** The BUILD_FAILED error of these diagnostics: its message shows the first error, `details.diagnostics` has them all. */
export function buildFailed(
  diagnostics: readonly Diagnostic[],
  context: { readonly cause?: unknown } = {},
): RingfenceError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new RingfenceError(
    'BUILD_FAILED',
    `${first === undefined ? 'the sources do not compile' : formatDiagnostic(first)}${more}`,
    {
      stage: 'build',
      details: { diagnostics },
      cause: context.cause,
    },
  );
}
