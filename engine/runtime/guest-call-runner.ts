/** Runs a sequence of guest calls as one call: on one budget, with one deadline. */
import type { TimeLimit } from '../host/account.ts';
import type { CallSettings } from '../options.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import { answerOf, noOutput } from './contracts/output.ts';
import type { GuestCalls, Output, OutputKind, OutputSink } from './guest-calls.ts';
import { canSuspend } from './jspi.ts';

/**
 * Where the guest can be suspended it is, whenever it waits or others are to run.
 * @param isCrowded it should wait for a turn first
 * @returns the result of the sequence; undefined where the guest has said that it is done
 */
export async function runCalls<Result>(
  lifecycle: CallLifecycle,
  calls: GuestCalls<Result>,
  settings: CallSettings,
  startedAt: number,
  timeLimit: TimeLimit,
  isCrowded = false,
): Promise<Result | undefined> {
  if (!canSuspend && !isCrowded) return runCallsSync(lifecycle, calls, settings, startedAt, timeLimit);
  lifecycle.begin(settings, startedAt, timeLimit, canSuspend);
  try {
    const admission = lifecycle.admission.enter(isCrowded);
    if (admission !== undefined) await admission;
    let next = calls.next();
    while (next.done !== true) {
      const { fn, a, b, args } = next.value;
      if (!canSuspend) next = calls.next(args === undefined ? fn.direct(a, b) : callWith(fn.direct, args));
      else next = calls.next(await (args === undefined ? fn.waiting(a, b) : callWith(fn.waiting, args)));
    }
    lifecycle.settle();
    return next.value;
  } catch (error) {
    if (lifecycle.hasExited()) return undefined;
    throw lifecycle.fail(error);
  } finally {
    lifecycle.leave();
  }
}

/** As {@link runCalls}, at once. */
export function runCallsSync<Result>(
  lifecycle: CallLifecycle,
  calls: GuestCalls<Result>,
  settings: CallSettings,
  startedAt: number,
  timeLimit: TimeLimit,
): Result | undefined {
  lifecycle.begin(settings, startedAt, timeLimit, false);
  try {
    let next = calls.next();
    while (next.done !== true) {
      const { fn, a, b, args } = next.value;
      next = calls.next(args === undefined ? fn.direct(a, b) : callWith(fn.direct, args));
    }
    lifecycle.settle();
    return next.value;
  } catch (error) {
    if (lifecycle.hasExited()) return undefined;
    throw lifecycle.fail(error);
  } finally {
    lifecycle.end();
  }
}

/** As {@link runCalls}, for the answer to a caller. A guest that says that it is done has an empty one. */
export async function runForOutput(
  lifecycle: CallLifecycle,
  calls: GuestCalls<Output | Error>,
  as: OutputKind | OutputSink,
  settings: CallSettings,
  startedAt: number,
  isCrowded: boolean,
): Promise<Output> {
  const answer = await runCalls(lifecycle, calls, settings, startedAt, 'timeoutMs', isCrowded);
  return answerOf(answer ?? noOutput(as));
}

const callWith = <Result>(fn: (a: number, b: number) => Result, args: readonly (number | bigint)[]): Result =>
  (fn as unknown as (...args: readonly (number | bigint)[]) => Result)(...args);
