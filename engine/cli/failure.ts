/** How a failure is told: to people on standard error, to programs as the one JSON document. */

import { inspect } from 'node:util';
import type { Diagnostic } from '../build/index.ts';
import { ERRORS, isRingfenceError, RingfenceError, withContext } from '../errors.ts';
import { describeFrame, type TrapFrame } from '../runtime/trap-frame.ts';
import type { Usage } from '../runtime/usage.ts';
import { diagnosticLines, shownDiagnostics } from './diagnostic-lines.ts';
import { hang, notes, printable } from './terminal.ts';
import { usageLines } from './usage-table.ts';

/** The error object in the documents of `--json`. */
export interface FailureData {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Whatever was thrown, as one of ours: a file that the system refuses is the caller's matter, anything else is a bug. */
export function toRingfenceError(thrown: unknown): RingfenceError {
  if (thrown instanceof Error && 'syscall' in thrown && 'code' in thrown && !isRingfenceError(thrown)) {
    return new RingfenceError('INVALID_OPTION', `Cannot use a path: ${thrown.message}`, {
      details: { reason: thrown.code },
      cause: thrown,
    });
  }
  return withContext(thrown, {});
}

export function exitCodeOf(error: RingfenceError): number {
  return ERRORS[error.code].exitCode;
}

/** What the failed call used, if it came to a call. */
export function usageOfFailure({ details }: RingfenceError): Usage | null {
  return (details.usage as Usage | undefined) ?? null;
}

export function failureData({ code, message, details }: RingfenceError): FailureData {
  const { usage: _, ...rest } = details;
  return { code, message, details: rest };
}

/** Code, message and fix, and what else helps; the stack only if RINGFENCE_DEBUG is set. */
export function printFailure(error: RingfenceError): void {
  const { code, message, details } = error;
  const diagnostics = details.diagnostics as readonly Diagnostic[] | undefined;
  const usage = usageOfFailure(error);
  if (diagnostics !== undefined) {
    for (const diagnostic of shownDiagnostics(diagnostics)) {
      for (const line of diagnosticLines(diagnostic, details.dir)) notes.line(line);
    }
  }
  const said = diagnostics === undefined ? message.replace(/^BUG: /, '') : countErrors(diagnostics);
  notes.line(`${notes.paint(['red', 'bold'], `error ${code}`)}: ${hang(printable(said), '  ')}`);
  if (code === 'GUEST_ERROR' && details.details !== undefined) {
    notes.line(`  ${notes.paint('dim', 'details:')} ${printable(JSON.stringify(details.details))}`);
  }
  for (const frame of (details.frames as readonly TrapFrame[] | undefined)?.slice(0, SHOWN_FRAMES) ?? []) {
    notes.line(notes.paint('dim', `  at ${printable(describeFrame(frame))}`));
  }
  if (code === 'PERMISSION_DENIED' && typeof details.flags === 'string') {
    notes.line(`  ${notes.paint('cyan', 'run it with:')} ${printable(details.flags)}`);
  } else {
    notes.line(`  ${notes.paint('cyan', 'fix:')} ${ERRORS[code].fix}`);
  }
  if (usage !== null) {
    notes.line();
    for (const line of usageLines(usage)) notes.line(`  ${line}`);
  }
  if (process.env.RINGFENCE_DEBUG) notes.line(inspect(error));
}

const SHOWN_FRAMES = 10;

function countErrors(diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length;
  return `The sources do not compile: ${count} ${count === 1 ? 'error' : 'errors'}`;
}
