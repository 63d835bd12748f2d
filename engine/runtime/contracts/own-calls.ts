/** Calls of a guest of our own ABI: the shortest way, on which nothing is allocated that need not be. */
import type { RingfenceError } from '../../errors.ts';
import type { HostContext } from '../../host/context.ts';
import type { GuestMemory } from '../../memory/guest-memory.ts';
import type { CallSettings } from '../../options.ts';
import type { CallLifecycle } from '../call-lifecycle.ts';
import { runForOutput } from '../guest-call-runner.ts';
import type { GuestCalls, Input, Output, OutputKind, OutputSink } from '../guest-calls.ts';
import type { GuestFunction } from '../guest-function.ts';
import { turns } from '../turns.ts';
import type { ContractCalls } from './contract-calls.ts';
import { answerOf } from './output.ts';
import type { OwnGuest } from './own-guest.ts';

export class OwnCalls implements ContractCalls {
  readonly byteLength = 0;
  readonly #guest: OwnGuest;
  readonly #lifecycle: CallLifecycle;
  readonly #host: HostContext;
  readonly #memory: GuestMemory;

  constructor(guest: OwnGuest, lifecycle: CallLifecycle, host: HostContext) {
    this.#guest = guest;
    this.#lifecycle = lifecycle;
    this.#host = host;
    this.#memory = host.memory;
  }

  call(
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output | Promise<Output> {
    const isCrowded = turns.isCrowded(startedAt);
    const { admission } = this.#lifecycle;
    // It ends before it could have been suspended.
    if (!isCrowded && !admission.mayBeSuspended(settings)) return this.callSync(name, input, as, settings, startedAt);
    const fn = this.#guest.functionOf(name);
    if (admission.tryTakeSlot(isCrowded)) return this.#callSuspendable(fn, input, as, settings, startedAt);
    const calls = this.#guest.call(fn, input, as);
    return runForOutput(this.#lifecycle, calls, as, settings, startedAt, isCrowded);
  }

  callSync(name: string, input: Input, as: OutputKind | OutputSink, settings: CallSettings, startedAt: number): Output {
    const guest = this.#guest;
    const lifecycle = this.#lifecycle;
    const fn = guest.functionOf(name);
    lifecycle.begin(settings, startedAt, 'timeoutMs', false);
    this.#host.functionName = fn.name;
    try {
      const pointer = guest.give(input);
      if (pointer === -1) throw this.#tooMuchInput();
      const answer = guest.take(fn, pointer, fn.direct(pointer, this.#memory.givenBytes), as);
      lifecycle.settle();
      return answerOf(answer);
    } catch (error) {
      throw lifecycle.fail(error);
    } finally {
      lifecycle.end();
    }
  }

  start(configText: string): GuestCalls {
    return this.#guest.start(configText);
  }

  stop(): GuestCalls {
    return this.#guest.stop();
  }

  reset(): void {}

  /** The caller's mistake: the guest has not even been told. */
  #tooMuchInput(): RingfenceError {
    this.#lifecycle.settle();
    return this.#guest.tooMuchInput();
  }

  /**
   * As the sequence of one call, where there is nothing to wait for before: nearly always. Without a frame of its own that is set
   * aside, which costs as much as a short call. A slot has been taken for it.
   */
  #callSuspendable(
    fn: GuestFunction,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Promise<Output> {
    const guest = this.#guest;
    const lifecycle = this.#lifecycle;
    lifecycle.beginWithSlot(settings, startedAt);
    this.#host.functionName = fn.name;
    let pointer: number;
    let outcome: Promise<number | bigint>;
    try {
      pointer = guest.give(input);
      if (pointer === -1) throw this.#tooMuchInput();
      outcome = fn.waiting(pointer, this.#memory.givenBytes);
    } catch (error) {
      const told = lifecycle.fail(error);
      lifecycle.leave();
      throw told;
    }
    return outcome.then(
      (returned) => {
        try {
          const answer = guest.take(fn, pointer, returned, as);
          lifecycle.settle();
          return answerOf(answer);
        } catch (error) {
          throw lifecycle.fail(error);
        } finally {
          lifecycle.leave();
        }
      },
      (error: unknown) => {
        const told = lifecycle.fail(error);
        lifecycle.leave();
        throw told;
      },
    );
  }
}
