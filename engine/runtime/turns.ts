/**
 * Whose turn it is on this thread. Guests share it with the event loop and with each other, and in one trip of the loop each
 * kind of them has the thread for so long:
 *
 *     timers, I/O                               check
 *     -----------------------------------------------------------------------------
 *     calls that start, guests that wake up     guests that wait for their turn
 *     FRESH_MS, all together                    SERVE_MS, all together; the last of them, and
 *                                               any that computes for long, has TURN_MS
 *
 * So a short call runs as soon as it comes, however many guests compute; a guest that computes goes on when it is its turn,
 * fair between plugins; and the loop goes round every few milliseconds. Node.js runs all immediates that were asked for
 * before the check phase began in one go: that is why there is one for all guests, and not one for each.
 */
import { FairQueue, type Place } from './fair-queue.ts';

/** How long a guest that has its turn may compute. */
const TURN_MS = 3;
/** How long guests that need not wait may compute in one trip. */
const FRESH_MS = 2;
/** In how much time of one trip waiting guests get their turns: short ones, many. */
const SERVE_MS = 2;

/** Nobody has run in this trip yet. */
const NOBODY = -1;
/**
 * An immediate tells when a trip is over, and costs as much as a short call. So it is asked for only when calls have come for this
 * long; until then nobody knows whether it still is the same trip.
 */
const SURE_AFTER_MS = 0.5;

export class Turns {
  readonly #queue = new FairQueue();
  /** When those that came by themselves have had their time in this trip. */
  #freshUntil = NOBODY;
  /** When the last call that needed no turn has ended. */
  #lastEnd = 0;
  #serveUntil = 0;
  #isAsked = false;

  /** Guests that wait for their turn. */
  get length(): number {
    return this.#queue.length;
  }

  /**
   * A call starts. It costs no look at the clock.
   * @param at a moment not long ago, on the clock of `performance.now()`
   * @returns whether it should wait for a turn first
   */
  isCrowded(at: number): boolean {
    const now = Math.max(at, this.#lastEnd);
    if (this.#isAsked) return now >= this.#freshSince(now);
    if (this.#freshUntil === NOBODY) this.#beginTrip(now);
    else if (now >= this.#freshUntil - FRESH_MS + SURE_AFTER_MS) this.freshEnd(now);
    return false;
  }

  /** When a guest that runs without having waited should let others run. */
  freshEnd(now: number): number {
    if (!this.#isAsked && now >= this.#freshUntil - FRESH_MS + SURE_AFTER_MS) this.#beginTrip(now);
    this.#ask();
    return this.#freshSince(now);
  }

  #freshSince(now: number): number {
    if (this.#freshUntil === NOBODY) this.#beginTrip(now);
    return this.#freshUntil;
  }

  /** A trip may have begun. */
  #beginTrip(now: number): void {
    this.#freshUntil = now + FRESH_MS;
  }

  /** A call has ended. */
  note(at: number): void {
    this.#lastEnd = at;
  }

  /** Waits for a turn. @param plugin any object that stands for it */
  join(plugin: object): Place {
    this.#ask();
    return this.#queue.join(plugin);
  }

  /** When a guest that has its turn since `now` should let others run. */
  turnEnd(now: number): number {
    return now + TURN_MS;
  }

  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    setImmediate(this.#round);
  }

  readonly #round = (): void => {
    this.#isAsked = false;
    this.#freshUntil = NOBODY;
    this.#serveUntil = performance.now() + SERVE_MS;
    this.#serve();
  };

  #serve(): void {
    if (!this.#queue.serve() || this.#queue.length === 0) return;
    this.#ask();
    // The guest runs in microtasks. A tick that is asked for in a microtask comes when all of them are done.
    queueMicrotask(() => process.nextTick(this.#serveNext));
  }

  readonly #serveNext = (): void => {
    if (performance.now() < this.#serveUntil) this.#serve();
  };
}

/** Those of this thread. */
export const turns = new Turns();
