/** Calls back at the earliest of the times it is given. One timer, however many times; none keeps the process alive. */

/** Node.js fires a timer of more than this at once. */
const LONGEST_MS = 2 ** 31 - 1;

export class Watchdog {
  readonly #look: () => number;
  #timer: NodeJS.Timeout | undefined;
  /** On the clock of `performance.now()`. */
  #at = Number.POSITIVE_INFINITY;

  /** @param look looks at what is overdue. @returns when to look again; Infinity for never */
  constructor(look: () => number) {
    this.#look = look;
  }

  /** Look at this time at the latest. */
  watch(at: number): void {
    if (at >= this.#at) return;
    this.stop();
    this.#at = at;
    const delay = Math.min(LONGEST_MS, Math.max(0, Math.ceil(at - performance.now())));
    this.#timer = setTimeout(() => {
      this.#at = Number.POSITIVE_INFINITY;
      this.watch(this.#look());
    }, delay).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#at = Number.POSITIVE_INFINITY;
  }
}
