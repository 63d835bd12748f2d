/** Sums over the last so many milliseconds, in buckets: what is older than the window is forgotten a bucket at a time. */

const BUCKETS = 12;

/** @typeParam Name of what is added up */
export class SlidingWindow<Name extends string> {
  readonly #names: readonly Name[];
  readonly #bucketMs: number;
  readonly #buckets: Record<Name, number>[];
  readonly #total: Record<Name, number>;
  /** Number of the bucket that is added to. */
  #at: number | undefined;

  constructor(windowMs: number, names: readonly Name[]) {
    this.#names = names;
    this.#bucketMs = Math.max(1, windowMs / BUCKETS);
    this.#total = this.#zeros();
    this.#buckets = Array.from({ length: BUCKETS }, () => this.#zeros());
  }

  add(now: number, name: Name, amount: number): void {
    this.#move(now);
    (this.#buckets[(this.#at as number) % BUCKETS] as Record<Name, number>)[name] += amount;
    this.#total[name] += amount;
  }

  /** Valid until the next call. */
  totals(now: number): Readonly<Record<Name, number>> {
    this.#move(now);
    return this.#total;
  }

  #move(now: number): void {
    const at = Math.floor(now / this.#bucketMs);
    this.#at ??= at;
    // A clock that stands still or goes back leaves everything where it is.
    for (let left = Math.min(at - this.#at, BUCKETS), next = this.#at + 1; left > 0; left--, next++) this.#forget(next);
    this.#at = Math.max(this.#at, at);
  }

  /** A jump over more than the window empties all buckets, whichever they are. */
  #forget(bucket: number): void {
    const old = this.#buckets[bucket % BUCKETS] as Record<Name, number>;
    for (const name of this.#names) {
      this.#total[name] -= old[name];
      old[name] = 0;
    }
  }

  #zeros(): Record<Name, number> {
    return Object.fromEntries(this.#names.map((name) => [name, 0])) as Record<Name, number>;
  }
}
