/**
 * How many guests may be set aside in this process at the same time. Each keeps a stack of its own; near 32,000 of them V8
 * runs out of memory maps and aborts the process, in a way that nobody can catch.
 */
export class SuspensionSlots {
  #free: number;
  /** In order of arrival. */
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** True if a slot was free and is now taken. */
  tryTake(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Waits for a slot; one whose signal has fired no longer takes any. */
  take(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const take = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.delete(take);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(take);
    });
  }

  /** Gives a slot back: to whoever has waited longest, or to nobody. */
  give(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}

/** The one of this process. */
export const suspensionSlots = new SuspensionSlots(1_000);
