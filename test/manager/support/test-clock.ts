/** A clock that a test moves: an hour passes in the time that what happens in it takes. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../engine/manager/clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Turns of the event loop in which what a timer has set off gets done: guests on the caller's thread need a few. */
const TURNS = 12;

export class TestClock implements Clock {
  #now = 1_000_000;
  /** How far the wall clock is from the monotonic one. */
  #skew = 1_700_000_000_000;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now + this.#skew;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Somebody sets the clock of the machine. */
  setWallClock(byMs: number): void {
    this.#skew += byMs;
  }

  /** Lets time pass: timers run in order, each followed by what it sets off. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await this.settle();
      const next = [...this.#timers].reduce<Timer | undefined>(
        (first, timer) => (timer.at <= end && (first === undefined || timer.at < first.at) ? timer : first),
        undefined,
      );
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
    await this.settle();
  }

  /** All at once, as after a machine has slept: timers that were due meanwhile run late. */
  async jump(ms: number): Promise<void> {
    this.#now += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    for (const timer of due) {
      if (this.#timers.delete(timer)) timer.run();
    }
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let i = 0; i < TURNS; i++) await turn();
  }
}
