/**
 * Who has a stack of its own on this thread. Each takes a few pages of memory, and of address space a megabyte: so there are few. And V8
 * takes a guest that is suspended for alive, whether anybody can wake it or not: so nobody keeps a stack that does not use it.
 */

export interface StackOwner {
  /** How often it was called. */
  readonly calls: number;
  /** Its stack ends; calls go without. */
  giveUp(): void;
}

/** An owner that was not called for so long gives its stack up, at the latest after twice as long. */
const IDLE_MS = 500;

export class StandingStacks {
  readonly #most: number;
  /** With the calls of each when it was last looked at. */
  readonly #owners = new Map<StackOwner, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether it may have one */
  admit(owner: StackOwner): boolean {
    if (this.#owners.size >= this.#most) return false;
    this.#owners.set(owner, owner.calls);
    if (this.#owners.size === 1) this.#lookLater();
    return true;
  }

  #look(): void {
    for (const [owner, calls] of this.#owners) {
      if (owner.calls !== calls) this.#owners.set(owner, owner.calls);
      else {
        this.#owners.delete(owner);
        owner.giveUp();
      }
    }
    if (this.#owners.size > 0) this.#lookLater();
  }

  #lookLater(): void {
    setTimeout(() => this.#look(), IDLE_MS).unref();
  }
}

/** Those of this thread. */
export const standingStacks = new StandingStacks(64);
