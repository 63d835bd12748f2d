/** A rate that may be used up in bursts. */
export class TokenBucket {
  readonly #most: number;
  readonly #perMs: number;
  #tokens: number;
  #filledAt: number;

  /** @param most per `periodMs`, and at once @param now on any clock in milliseconds; the same for {@link take} */
  constructor(most: number, periodMs: number, now: number) {
    this.#most = most;
    this.#perMs = most / periodMs;
    this.#tokens = most;
    this.#filledAt = now;
  }

  /** @returns false if there is none left */
  take(now: number): boolean {
    // A clock that was set back takes nothing away.
    const elapsed = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(this.#most, this.#tokens + elapsed * this.#perMs);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
