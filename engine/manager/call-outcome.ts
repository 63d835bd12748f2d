/** What the end of a call says about the health of the plugin. */
import { type ErrorCode, isRingfenceError } from '../errors.ts';

/** `ok`: it does what it should; `failed`: it does not; `neither`: the caller, or a limit on callers, ended the call. */
export type Verdict = 'ok' | 'trap' | 'failed' | 'neither';

/** An error that the plugin reports itself, in good order, is an answer: GUEST_ERROR is not among these. */
const FAILURES: Partial<Readonly<Record<ErrorCode, Verdict>>> = {
  TRAP: 'trap',
  STACK_OVERFLOW: 'trap',
  MEMORY_LIMIT: 'trap',
  BAD_POINTER: 'trap',
  OUT_OF_FUEL: 'failed',
  DEADLINE_EXCEEDED: 'failed',
  BAD_OUTPUT: 'failed',
  EXECUTOR_CRASHED: 'failed',
  GUEST_ERROR: 'ok',
  PERMISSION_DENIED: 'ok',
};

export function verdictOn(error: unknown): Verdict {
  return isRingfenceError(error) ? (FAILURES[error.code] ?? 'neither') : 'neither';
}
