/**
 * How many guests may be set aside on this thread at the same time. Each keeps a stack of its own; near 32,000 of them V8
 * runs out of memory maps and aborts the process, in a way that nobody can catch.
 */
import { FairQueue, type Place } from './fair-queue.ts';

export class SuspensionSlots {
  #free: number;
  readonly #queue = new FairQueue();

  constructor(count: number) {
    this.#free = count;
  }

  /** Sets how many there are; before any is taken. */
  limit(count: number): void {
    this.#free = count;
  }

  /** True if a slot was free and is now taken. */
  tryTake(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Waits for a slot: whoever reaches its place has taken one. @param plugin any object that stands for it */
  join(plugin: object): Place {
    return this.#queue.join(plugin);
  }

  /** Gives a slot back: to the next that waits, or to nobody. */
  give(): void {
    if (!this.#queue.serve()) this.#free++;
  }
}

/** Those of this thread. Each worker is given its own number of them. */
export const suspensionSlots = new SuspensionSlots(1_000);
