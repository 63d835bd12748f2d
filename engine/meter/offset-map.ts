/**
 * Where the code of a metered module came from: V8 speaks of offsets in the module that it compiled, people and source
 * maps of those in the file. Taken down while the module is rewritten and kept in a tenth of its size, as plain data that
 * crosses threads and goes into files; unpacked when the first trap asks.
 */
import { Reader } from '../wasm/reader.ts';
import { Writer } from '../wasm/writer.ts';

/**
 * An instruction that was replaced by as many bytes, and no more than this, was replaced by one instruction: a local or a
 * function under another index. It needs no entry of its own.
 */
const RENAMED_BYTES = 3;

/** Takes down what the function writer does, function by function. Offsets are relative to the function until it is placed. */
export class OffsetRecorder {
  /** Of the function that is being written. */
  #metered = new Uint32Array(1024);
  #original = new Uint32Array(1024);
  /** 1: what follows was copied byte for byte. 0: all of it stands for one instruction. */
  #copied = new Uint8Array(1024);
  #count = 0;

  readonly #packed = new Writer();
  #lastMetered = 0;
  #lastOriginal = 0;
  /** The entry that was packed last was a copy, with this distance between both sides. */
  #lastDistance: number | undefined;
  #end = 0;

  /** What is written from `metered` on is a copy of what stands at `original`. */
  copy(metered: number, original: number): void {
    this.#add(metered, original, 1);
  }

  /** What is written from `metered` on does the work of the instruction at `original`. */
  replace(metered: number, original: number): void {
    this.#add(metered, original, 0);
  }

  /** The function is finished: it stands from `base` to `end` among the bodies. */
  place(base: number, end: number): void {
    for (let i = 0; i < this.#count; i++) {
      const metered = this.#metered[i] as number;
      const original = this.#original[i] as number;
      const isLast = i + 1 === this.#count;
      const size = (isLast ? end - base : (this.#metered[i + 1] as number)) - metered;
      // Nothing was written before the next entry was made.
      if (size === 0) continue;
      const isRenamed = !isLast && size <= RENAMED_BYTES && (this.#original[i + 1] as number) - original === size;
      this.#pack(base + metered, original, this.#copied[i] === 1 || isRenamed);
    }
    this.#count = 0;
    this.#end = end;
  }

  /**
   * @param base where the bodies begin in the metered module
   * @returns what {@link OffsetMap} unpacks
   */
  finish(base: number): Uint8Array<ArrayBuffer> {
    const head = new Writer(16).u32(base).u32(base + this.#end);
    return new Writer(head.size + this.#packed.size).bytes(head.view()).bytes(this.#packed.view()).finish();
  }

  #pack(metered: number, original: number, isCopy: boolean): void {
    const distance = metered - original;
    if (isCopy && distance === this.#lastDistance) return;
    this.#packed.u32((metered - this.#lastMetered) * 2 + (isCopy ? 1 : 0)).s32(original - this.#lastOriginal);
    this.#lastMetered = metered;
    this.#lastOriginal = original;
    this.#lastDistance = isCopy ? distance : undefined;
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

  /** @param packed what the recorder has made: milliseconds for a module of megabytes */
  constructor(packed: Uint8Array) {
    const reader = new Reader(packed, 0, packed.length, 'offset map');
    let metered = reader.u32('first offset');
    this.#end = reader.u32('end');
    // An entry takes two bytes at least.
    const capacity = packed.length >> 1;
    this.#metered = new Uint32Array(capacity);
    this.#original = new Uint32Array(capacity);
    this.#copied = new Uint8Array(capacity);
    let original = 0;
    let count = 0;
    for (; !reader.done; count++) {
      const step = reader.u32('offset');
      metered += step >>> 1;
      original += reader.s32('original offset');
      this.#metered[count] = metered;
      this.#original[count] = original;
      this.#copied[count] = step & 1;
    }
    this.#metered = this.#metered.subarray(0, count);
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
