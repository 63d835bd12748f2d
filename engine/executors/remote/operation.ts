/** One operation that the engine has asked a guest host for. Its caller hears of it exactly once. */
import type { RingfenceError } from '../../errors.ts';
import { type TimeLimit, tooLate } from '../../host/account.ts';
import { LocalServiceCall } from '../../host/service-call.ts';
import type { ServiceCall } from '../../host/services.ts';
import type { UsageRecord } from '../../host/usage-counters.ts';
import { monotonicClock } from '../../monotonic-clock.ts';
import type { CallSettings } from '../../options.ts';
import type { InstanceState } from '../../runtime/instance.ts';
import type { RunnablePlugin } from '../../runtime/runnable.ts';
import { type Counters, readCounters } from './counters.ts';

/** The instance that it is about. */
export interface OperationOwner {
  readonly plugin: RunnablePlugin;
  /** Its number in the guest host. */
  readonly number: number;
  /** Where to leave what was used. */
  readonly used: UsageRecord;
  /** The operation has ended, and its caller is about to hear of it. */
  ended(state: InstanceState): void;
  /** It is not live until its next operation. @param snapshotBytes what is kept of it */
  evicted(snapshotBytes: number): void;
}

/** What was asked for. */
export interface Asked {
  readonly owner: OperationOwner;
  readonly settings: CallSettings;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  readonly timeLimit: TimeLimit;
}

export class Operation {
  readonly slot: number;
  readonly owner: OperationOwner;
  readonly settings: CallSettings;
  readonly deadline: number;
  /** When the guest host should have answered at the latest, but for a grace. */
  dueAt: number;
  /** Why the engine wants it to end: that is what its caller hears. */
  reason: unknown;
  /** The caller has heard of it. The slot is taken until the guest host has answered, too. */
  isSettled = false;
  /** Requests for services that have no answer yet. */
  openRequests = 0;
  /** Settled with what `read` makes of the output, or with an error. */
  readonly promise: Promise<unknown>;
  readonly #asked: Asked;
  readonly #read: (output: Uint8Array) => unknown;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #service: LocalServiceCall | undefined;
  #onAbort: (() => void) | undefined;

  /** @param read takes the output, which may be overwritten once it has returned */
  constructor(slot: number, asked: Asked, read: (output: Uint8Array) => unknown) {
    const { owner, settings, startedAt, timeLimit } = asked;
    this.slot = slot;
    this.owner = owner;
    this.settings = settings;
    this.deadline = startedAt + settings.limits[timeLimit];
    this.dueAt = this.deadline;
    this.#asked = asked;
    this.#read = read;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** What services know of it. */
  get service(): ServiceCall {
    this.#service ??= new LocalServiceCall(this.settings, this.deadline);
    return this.#service;
  }

  /** Calls back when its caller aborts it. */
  listen(onAbort: (signal: AbortSignal) => void): void {
    const { signal } = this.settings;
    if (signal === undefined) return;
    this.#onAbort = () => onAbort(signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The guest host has the output. */
  done(counters: Counters, output: Uint8Array): void {
    if (this.isSettled) return;
    this.#settle('idle', counters);
    let value: unknown;
    try {
      value = this.#read(output);
    } catch (error) {
      this.#reject(error);
      return;
    }
    this.#resolve(value);
  }

  /** @param state of the instance from now on */
  fail(error: unknown, state: InstanceState, counters?: Counters): void {
    if (this.isSettled) return;
    this.#settle(state, counters);
    this.#reject(this.reason ?? error);
  }

  /** The guest host says that it failed. That it was late is for the engine to put into words. */
  failThere(error: RingfenceError, state: InstanceState, counters: Counters): void {
    this.fail(error.code === 'DEADLINE_EXCEEDED' ? this.#tooLate() : error, state, counters);
  }

  /** It is still not there at its deadline. */
  failLate(): void {
    this.fail(this.#tooLate(), 'poisoned');
  }

  #tooLate(): RingfenceError {
    const { timeLimit, settings } = this.#asked;
    return tooLate(timeLimit, settings.limits[timeLimit]);
  }

  #settle(state: InstanceState, counters: Counters | undefined): void {
    this.isSettled = true;
    if (this.#onAbort !== undefined) this.settings.signal?.removeEventListener('abort', this.#onAbort);
    const { used } = this.owner;
    if (counters !== undefined) readCounters(used, counters);
    used.wallMs = monotonicClock.now() - this.#asked.startedAt;
    if (this.#service !== undefined) {
      // Whatever the guest host says of these does not count.
      Object.assign(used, this.#service.counters);
      this.#service.end(this.reason);
    }
    this.owner.ended(state);
  }
}
