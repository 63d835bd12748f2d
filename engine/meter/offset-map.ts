/**
 * Where the code of a metered module came from: V8 speaks of offsets in the module that it compiled, people and source
 * maps of those in the file. Made only when somebody asks, by rewriting the module once more: a load need not pay for it.
 */

/** Takes down what the function writer does. Offsets are relative to what is being written until they are based. */
export class OffsetRecorder {
  #metered = new Uint32Array(1024);
  #original = new Uint32Array(1024);
  /** 1: what follows was copied byte for byte. 0: all of it stands for one instruction. */
  #copied = new Uint8Array(1024);
  #count = 0;
  #based = 0;
  #end = 0;

  /** What is written from `metered` on is a copy of what stands at `original`. */
  copy(metered: number, original: number): void {
    this.#add(metered, original, 1);
  }

  /** What is written from `metered` on does the work of the instruction at `original`. */
  replace(metered: number, original: number): void {
    this.#add(metered, original, 0);
  }

  /** What was taken down since the last call stands `base` bytes further on, and ends at `end`. */
  rebase(base: number, end: number): void {
    for (; this.#based < this.#count; this.#based++) {
      this.#metered[this.#based] = (this.#metered[this.#based] as number) + base;
    }
    this.#end = end;
  }

  /** @param base where the bodies begin in the metered module */
  finish(base: number): OffsetMap {
    this.#based = 0;
    this.rebase(base, this.#end + base);
    return new OffsetMap(
      this.#metered.slice(0, this.#count),
      this.#original.slice(0, this.#count),
      this.#copied.slice(0, this.#count),
      this.#end,
    );
  }

  #add(metered: number, original: number, copied: number): void {
    if (this.#count === this.#metered.length) {
      this.#metered = doubled(this.#metered);
      this.#original = doubled(this.#original);
      this.#copied = doubled(this.#copied);
    }
    this.#metered[this.#count] = metered;
    this.#original[this.#count] = original;
    this.#copied[this.#count++] = copied;
  }
}

export class OffsetMap {
  readonly #metered: Uint32Array;
  readonly #original: Uint32Array;
  readonly #copied: Uint8Array;
  readonly #end: number;

  /** Use {@link OffsetRecorder}. */
  constructor(metered: Uint32Array, original: Uint32Array, copied: Uint8Array, end: number) {
    this.#metered = metered;
    this.#original = original;
    this.#copied = copied;
    this.#end = end;
  }

  /**
   * Offset in the original module of the instruction that the code at `metered` belongs to.
   * @returns undefined for what is not code of the module's own functions
   */
  originalOf(metered: number): number | undefined {
    if (metered >= this.#end || metered < (this.#metered[0] ?? Number.POSITIVE_INFINITY)) return undefined;
    let low = 0;
    let high = this.#metered.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#metered[middle] as number) <= metered) low = middle;
      else high = middle - 1;
    }
    const original = this.#original[low] as number;
    return this.#copied[low] === 1 ? original + metered - (this.#metered[low] as number) : original;
  }
}

function doubled<T extends Uint32Array | Uint8Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}
