/** A map of bounded weight that forgets what was not used for the longest time. */
export class Lru<Key, Value> {
  readonly #capacity: number;
  readonly #weigh: (value: Value) => number;
  /** A Map keeps the order of insertion: the first entry is the oldest. */
  readonly #entries = new Map<Key, Value>();
  #weight = 0;

  /**
   * @param capacity what all values together may weigh; one that is heavier than that is kept alone
   * @param weigh of a value, always the same. Without it each weighs 1
   */
  constructor(capacity: number, weigh: (value: Value) => number = () => 1) {
    this.#capacity = capacity;
    this.#weigh = weigh;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  keys(): Iterable<Key> {
    return this.#entries.keys();
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: Key, value: Value): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#weight += this.#weigh(value);
    while (this.#weight > this.#capacity && this.#entries.size > 1) {
      const [oldest] = this.#entries.keys();
      this.delete(oldest as Key);
    }
  }

  delete(key: Key): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#weigh(value);
  }
}
