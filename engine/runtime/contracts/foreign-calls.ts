/** Calls of one guest that speaks another contract than our own. */
import type { CallSettings } from '../../options.ts';
import type { CallLifecycle } from '../call-lifecycle.ts';
import { runCallsSync, runForOutput } from '../guest-call-runner.ts';
import type { GuestCalls, Input, Output, OutputKind, OutputSink } from '../guest-calls.ts';
import { turns } from '../turns.ts';
import type { ContractCalls } from './contract-calls.ts';
import type { ForeignAnswer, ForeignGuest, SingleCallGuest } from './foreign-guest.ts';
import { answerOf, noOutput } from './output.ts';

export class ForeignCalls implements ContractCalls {
  readonly #guest: ForeignGuest;
  readonly #lifecycle: CallLifecycle;

  constructor(guest: ForeignGuest, lifecycle: CallLifecycle) {
    this.#guest = guest;
    this.#lifecycle = lifecycle;
  }

  get byteLength(): number {
    return this.#guest.byteLength;
  }

  call(
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output | Promise<Output> {
    const isCrowded = turns.isCrowded(startedAt);
    const guest = this.#guest;
    const { admission } = this.#lifecycle;
    if (!isCrowded && !admission.mayBeSuspended(settings)) return this.callSync(name, input, as, settings, startedAt);
    const isSingle = 'begin' in guest;
    if (isSingle && admission.tryTakeSlot(isCrowded)) {
      return this.#callSuspendable(guest, name, input, as, settings, startedAt);
    }
    const calls = isSingle ? singleCall(guest, name, input, as) : guest.call(name, input, as);
    return runForOutput(this.#lifecycle, calls, as, settings, startedAt, isCrowded);
  }

  callSync(name: string, input: Input, as: OutputKind | OutputSink, settings: CallSettings, startedAt: number): Output {
    const guest = this.#guest;
    if ('begin' in guest) return this.#callDirectly(guest, name, input, as, settings, startedAt);
    const calls = guest.call(name, input, as);
    return answerOf(runCallsSync(this.#lifecycle, calls, settings, startedAt, 'timeoutMs') ?? noOutput(as));
  }

  start(): GuestCalls {
    return this.#guest.start();
  }

  *stop(): GuestCalls {}

  reset(): void {
    this.#guest.reset();
  }

  /** The same as a sequence of one call would be, at the price of none. */
  #callDirectly(
    guest: SingleCallGuest,
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output {
    const lifecycle = this.#lifecycle;
    lifecycle.begin(settings, startedAt, 'timeoutMs', false);
    let answer: ForeignAnswer;
    try {
      const fn = guest.begin(name, input);
      answer = fn instanceof Error ? fn : guest.end(name, withoutArguments(fn.direct), as);
      lifecycle.settle();
    } catch (error) {
      if (!lifecycle.hasExited()) throw lifecycle.fail(error);
      answer = noOutput(as);
    } finally {
      lifecycle.end();
    }
    return answerOf(answer);
  }

  /** As {@link #callDirectly}, where the guest may be suspended. A slot has been taken for it. */
  #callSuspendable(
    guest: SingleCallGuest,
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Promise<Output> {
    const lifecycle = this.#lifecycle;
    lifecycle.beginWithSlot(settings, startedAt);
    let outcome: Promise<number | bigint>;
    try {
      const fn = guest.begin(name, input);
      if (fn instanceof Error) {
        lifecycle.settle();
        throw fn;
      }
      outcome = withoutArguments(fn.waiting);
    } catch (error) {
      const told = lifecycle.fail(error);
      lifecycle.leave();
      throw told;
    }
    return outcome.then(
      (status) => {
        try {
          const answer = guest.end(name, status, as);
          lifecycle.settle();
          return answerOf(answer);
        } catch (error) {
          throw lifecycle.fail(error);
        } finally {
          lifecycle.leave();
        }
      },
      (error: unknown) => {
        const told = lifecycle.hasExited() ? undefined : lifecycle.fail(error);
        lifecycle.leave();
        if (told !== undefined) throw told;
        return noOutput(as);
      },
    );
  }
}

const NO_ARGUMENTS: readonly number[] = [];

/** A call as a sequence, where it has to wait first. */
function* singleCall(
  guest: SingleCallGuest,
  name: string,
  input: Input,
  as: OutputKind | OutputSink,
): GuestCalls<ForeignAnswer> {
  const fn = guest.begin(name, input);
  if (fn instanceof Error) return fn;
  const answer = yield { fn, a: 0, b: 0, args: NO_ARGUMENTS };
  return guest.end(name, answer, as);
}

/** Arguments that a function does not take cost V8 more than the call. */
const withoutArguments = <Result>(fn: (a: number, b: number) => Result): Result => (fn as unknown as () => Result)();
