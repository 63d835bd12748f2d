/**
 * The account of one call: what it may use up, what it has used, and why it ended if it was ended.
 *
 * An instance runs one call at a time and keeps one account, which each call begins anew: nothing is allocated per call.
 * Fuel is handed out in slices. A slice that runs dry comes back through {@link CallAccount.refill}, the only place where
 * the budget, the deadline and the abort signal are looked at while guest code runs. Slice sizes depend on fuel alone,
 * never on time, so that what a call is billed is the same on every machine.
 */
import { RingfenceError } from '../errors.ts';
import type { LimitName, Limits } from '../limits.ts';
import { monotonicClock } from '../monotonic-clock.ts';
import type { CallSettings, Deterministic } from '../options.ts';
import { LocalServiceCall } from './service-call.ts';
import type { ServiceCall } from './services.ts';
import { TRAP } from './trap.ts';
import { UsageRecord } from './usage-counters.ts';

/** The first slice: most calls end within it and never come back for more. */
const FIRST_SLICE = 100_000;
/** Slices double up to this: about a millisecond of guest code. A call with no more fuel ends before it could be suspended. */
export const SLICE_FUEL = 5_000_000;

/** The limits on wall time: of calls, of loading, of stopping. */
export type TimeLimit = 'timeoutMs' | 'startTimeoutMs' | 'stopGraceMs';

/** What the metered module exports for its fuel: what is left, as a number. */
export interface FuelGauge {
  readonly get: () => number;
  /** Takes so much; answers what is left, below zero if it was not enough. */
  readonly spend: (fuel: number) => number;
  /** Sets the fuel and gives the whole stack back; answers what was left before. */
  readonly begin: (fuel: number) => number;
}

/** Whose turn it is: guests that may be suspended let others run. */
export interface TurnClock {
  /** When a guest that runs without having waited should let others run, on the clock of `performance.now()`. */
  freshEnd(now: number): number;
  /** The same of one that has had to wait for its turn, since `now`. */
  turnEnd(now: number): number;
}

/** No fuel lies ready for the next call. */
const NOT_READY = -1;
const NO_TURNS: TurnClock = { freshEnd: () => Number.POSITIVE_INFINITY, turnEnd: () => Number.POSITIVE_INFINITY };
/** The guest has not waited for its turn. */
const FRESH = -1;
/** Answer of {@link CallAccount.refill}: let others have a turn, then ask again. */
const YIELD = Number.NaN;

export class CallAccount extends UsageRecord {
  signal: AbortSignal | undefined;
  context: unknown;
  deterministic: Deterministic | undefined;
  /** On the clock of `performance.now()`. */
  startedAt = 0;
  deadline = 0;
  timeLimit: TimeLimit = 'timeoutMs';
  /** Why the call was ended from outside the guest. Once set, every host call and every refill ends again. */
  ended: unknown;
  /** Fuel handed out so far, the slice at hand included. */
  granted = 0;
  randomBytes = 0;

  #settings: CallSettings;
  /** Of the call that runs or ended last; made when a host function first asks. */
  #service: LocalServiceCall | undefined;
  #gauge: FuelGauge = { get: () => 0, spend: () => 0, begin: () => 0 };
  /**
   * The fuel that the guest was given for its next call when the last one was settled: to read what is left and to hand out the
   * first slice is one crossing into the guest that way, and crossings are much of a short call.
   */
  #ready = NOT_READY;
  #nextSlice = FIRST_SLICE;
  /** What was left when the call was ended from outside; after a trap of the guest's own nobody knows. */
  #restAtEnd = 0;
  #stopWaiting: ((reason: unknown) => void) | undefined;
  readonly #isStopped: (fuelUsed: number) => boolean;
  readonly #turns: TurnClock;
  /** When the guest should let others run. */
  #turnUntil = FRESH;

  /** @param isStopped asked at each refill, with the fuel used by then: whether somebody outside wants the call to end */
  constructor(limits: Limits, isStopped: (fuelUsed: number) => boolean = () => false, turns: TurnClock = NO_TURNS) {
    super(limits);
    this.#settings = { limits, signal: undefined, context: undefined };
    this.#isStopped = isStopped;
    this.#turns = turns;
  }

  attach(gauge: FuelGauge): void {
    this.#gauge = gauge;
  }

  /** What services know of this call. Its signal fires when the call ends, however it does. */
  get service(): ServiceCall {
    this.#service ??= new LocalServiceCall(this.#settings, this.deadline);
    return this.#service;
  }

  /** Whatever services still do for the call, nobody waits for it. */
  endServices(): void {
    this.#service?.end(this.ended);
  }

  /**
   * Starts a call: full budget, first slice in the guest's hands.
   * @param startedAt when the caller asked, so that waiting in a queue counts
   * @param timeLimit which limit its wall time has
   */
  begin(settings: CallSettings, startedAt: number, timeLimit: TimeLimit): void {
    const { limits } = settings;
    // A name that is not always the same is looked up each time.
    const timeoutMs = timeLimit === 'timeoutMs' ? limits.timeoutMs : limits[timeLimit];
    this.#settings = settings;
    this.#service = undefined;
    this.clear(limits, timeoutMs);
    this.signal = settings.signal;
    this.context = settings.context;
    this.deterministic = settings.deterministic;
    this.startedAt = startedAt;
    this.timeLimit = timeLimit;
    this.deadline = startedAt + timeoutMs;
    this.ended = undefined;
    this.randomBytes = 0;
    this.#restAtEnd = 0;
    this.#nextSlice = FIRST_SLICE * 2;
    this.granted = Math.min(FIRST_SLICE, limits.fuel);
    this.#turnUntil = FRESH;
    if (this.#ready !== this.granted) this.#gauge.begin(this.granted);
    this.#ready = NOT_READY;
  }

  /**
   * The guest's slice is used up.
   * @param rest what is left: zero or, where the guest ran on to its next check, less.
   * @param canYield nothing keeps the guest from being suspended right here
   * @param isHost a host function asks, for what it costs and no more: the next slice is for the guest to ask for, where it can let
   *   others run. If the host got it, one dear call after the other, the guest would never have to ask.
   * @returns what the guest has from now on; negative when it has to end, for the reason that `ended` keeps; {@link YIELD} if
   *   others should run first.
   */
  refill(rest: number, canYield = false, isHost = false): number {
    if (this.ended !== undefined) return -1;
    const budget = this.limits.fuel - this.granted + rest;
    if (budget < 0) return this.#refuse(rest, this.#outOfFuel());
    const now = monotonicClock.now();
    if (now >= this.deadline) return this.#refuse(rest, this.#tooLate());
    if (this.signal?.aborted === true) return this.#refuse(rest, cancelled(this.signal));
    if (this.#isStopped(this.granted - rest)) return this.#refuse(rest, stopped());
    // Also of a guest that cannot be suspended: the time that it takes is no longer there for others.
    if (this.#turnUntil === FRESH) this.#turnUntil = this.#turns.freshEnd(now);
    if (canYield && now >= this.#turnUntil) return YIELD;
    if (isHost) {
      this.granted -= rest;
      return 0;
    }
    const amount = Math.min(budget, this.#nextSlice);
    this.#nextSlice = Math.min(this.#nextSlice * 2, SLICE_FUEL);
    this.granted += amount - rest;
    return amount;
  }

  /** The guest's turn has come. */
  beginTurn(): void {
    this.#turnUntil = this.#turns.turnEnd(performance.now());
  }

  /** Enters a host function, whose base price the guest has paid: counts it. False when the call has to end instead. */
  enter(): boolean {
    if (this.ended !== undefined) return false;
    if (this.hostCalls >= this.limits.hostCalls) {
      this.end(overLimit('hostCalls', this.limits.hostCalls, 'calls of host functions'));
      return false;
    }
    this.hostCalls++;
    return true;
  }

  /** Takes `price` from the guest's fuel before the work that it pays for. False when the call has to end instead. */
  charge(price: number): boolean {
    // A crossing into the guest costs more than all the rest of a short host call: what is fixed has been paid there.
    const rest = this.#gauge.spend(price);
    return rest >= 0 || this.#refillFor(rest);
  }

  /** A host function wants more than is left of the slice. */
  #refillFor(rest: number): boolean {
    // What a refill leaves says exactly where the call stood, also when it is refused.
    const amount = this.refill(rest, false, true);
    if (amount < 0) return false;
    this.#gauge.spend(rest - amount);
    return true;
  }

  /** As {@link charge}, for work in several steps. @throws the trap that ends the call. */
  pay(price: number): void {
    if (!this.charge(price)) throw TRAP;
  }

  /** What the guest has left of the fuel that it was handed; once it has returned, what it had then. */
  get rest(): number {
    return this.#ready === NOT_READY ? this.#gauge.get() : this.granted - this.fuelUsed;
  }

  /** Fuel that the call may still use. */
  get fuelLeft(): number {
    return Math.max(0, this.limits.fuel - this.granted + this.#gauge.get());
  }

  /** Ends the call: the first reason stays. Throw {@link TRAP} next if guest code is to be left. */
  end(reason: unknown): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    this.#restAtEnd = this.#gauge.get();
  }

  /** Ends the call from outside while it waits or has yielded: a pending {@link wait} ends at once. */
  interrupt(reason: unknown): void {
    if (this.#stopWaiting === undefined) this.end(reason);
    else this.#stopWaiting(reason);
  }

  /** As {@link end}, where the guest trapped inside its own `malloc` or `free`: its rest is lost, as after any trap. */
  endTrapped(reason: unknown): void {
    if (this.ended === undefined) this.ended = reason;
  }

  /**
   * The guest has returned: its fuel is exact.
   * @throws OUT_OF_FUEL when the last stretch went over the budget.
   */
  settleReturn(memoryBytes: number): void {
    this.#settle(this.#gauge.begin(FIRST_SLICE), memoryBytes);
    this.#ready = FIRST_SLICE;
    if (this.fuelUsed > this.limits.fuel) throw this.#outOfFuel();
  }

  /** The host found a fault between two calls of the guest: its fuel is exact. */
  settleFault(memoryBytes: number): void {
    this.#settle(this.ended === undefined ? this.rest : this.#restAtEnd, memoryBytes);
  }

  /** The guest did not return. Without a reason of ours it trapped by itself, and pays for the whole slice it had. */
  settleTrap(memoryBytes: number): void {
    this.#settle(this.#restAtEnd, memoryBytes);
  }

  #settle(rest: number, memoryBytes: number): void {
    this.fuelUsed = this.granted - rest;
    this.memoryBytes = memoryBytes;
    if (this.#service !== undefined) Object.assign(this, this.#service.counters);
    this.wallMs = monotonicClock.now() - this.startedAt;
  }

  /**
   * Waits for `work`, or for the deadline, the abort signal or {@link interrupt}, which end the call and fire the signal of
   * {@link service}. Leaves no timer and no listener behind.
   */
  wait<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => stop(cancelled(signal as AbortSignal));
      const timer = setTimeout(() => stop(this.#tooLate()), Math.max(0, this.deadline - performance.now()));
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        if (this.#stopWaiting === stop) this.#stopWaiting = undefined;
        // Others have run meanwhile.
        this.#turnUntil = FRESH;
      };
      const stop = (reason: unknown): void => {
        finish();
        this.end(reason);
        this.endServices();
        reject(TRAP);
      };
      this.#stopWaiting = stop;
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
      // Also of work that nobody waits for any more: its failure must not go unhandled.
      work.then(
        (value) => {
          finish();
          resolve(value);
        },
        (error: unknown) => {
          finish();
          reject(error);
        },
      );
    });
  }

  #refuse(rest: number, reason: RingfenceError): number {
    this.ended = reason;
    this.#restAtEnd = rest;
    return -1;
  }

  #outOfFuel(): RingfenceError {
    const { fuel } = this.limits;
    return new RingfenceError(
      'OUT_OF_FUEL',
      `${UNDER_WAY[this.timeLimit]} used up its ${fuel} units of fuel (limit \`fuel\`)`,
      {
        details: { limit: 'fuel', allowed: fuel },
      },
    );
  }

  #tooLate(): RingfenceError {
    return tooLate(this.timeLimit, this.timeoutMs);
  }
}

/** What an operation is, by the limit on its time. */
const UNDER_WAY: Readonly<Record<TimeLimit, string>> = {
  timeoutMs: 'The call',
  startTimeoutMs: 'The start of the plugin',
  stopGraceMs: 'The stop of the plugin',
};

export function tooLate(limit: TimeLimit, allowed: number): RingfenceError {
  return new RingfenceError('DEADLINE_EXCEEDED', `Still running after ${allowed} ms (limit \`${limit}\`)`, {
    details: { limit, allowed },
  });
}

export function cancelled({ reason }: Pick<AbortSignal, 'reason'>): RingfenceError {
  return new RingfenceError('CANCELLED', 'The caller aborted the call', { cause: reason });
}

/** Whoever stopped the call knows why, and tells its caller that instead. */
const stopped = (): RingfenceError => new RingfenceError('CANCELLED', 'The call was stopped from another thread');

/** A LIMIT_EXCEEDED error naming the limit. `used` is left out where the excess was refused before it was counted. */
export function overLimit(limit: LimitName, allowed: number, what: string, used?: number): RingfenceError {
  return new RingfenceError(
    'LIMIT_EXCEEDED',
    `${used === undefined ? 'More' : `${used}, more`} than ${allowed} ${what} (limit \`${limit}\`)`,
    {
      details: { limit, allowed, ...(used === undefined ? {} : { used }) },
    },
  );
}
