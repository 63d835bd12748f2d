/** A growing byte buffer with the encodings of the binary format. Pairs with reader.ts. */

const utf8 = new TextEncoder();

/** Fewer bytes than this are copied by hand: `set` needs a view of them, which costs more. */
const BY_HAND = 64;

export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #size = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(16, capacity));
  }

  get size(): number {
    return this.#size;
  }

  /** What was written. The writer must not be used any more. */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#size === this.#bytes.length) return this.#bytes;
    return this.#bytes.slice(0, this.#size);
  }

  /** What was written, without a copy: valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.#size = 0;
  }

  u8(byte: number): this {
    this.#reserve(1);
    this.#bytes[this.#size++] = byte;
    return this;
  }

  u32(value: number): this {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#bytes[this.#size++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#size++] = rest;
    return this;
  }

  s32(value: number): this {
    this.#reserve(5);
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.#bytes[this.#size++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.#bytes[this.#size++] = rest & 0x7f;
    return this;
  }

  /** A signed number of up to 53 bits (s33 block types, i64 constants of the meter): no BigInt on the hot path. */
  s53(value: number): this {
    // Nearly all of them fit.
    if ((value | 0) === value) return this.s32(value);
    this.#reserve(10);
    let rest = value;
    while (rest < -0x40 || rest > 0x3f) {
      const low = ((rest % 0x80) + 0x80) % 0x80;
      this.#bytes[this.#size++] = low | 0x80;
      rest = (rest - low) / 0x80;
    }
    this.#bytes[this.#size++] = rest & 0x7f;
    return this;
  }

  s64(value: bigint): this {
    this.#reserve(10);
    let rest = value;
    while (rest < -0x40n || rest > 0x3fn) {
      this.#bytes[this.#size++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#size++] = Number(rest & 0x7fn);
    return this;
  }

  u64(value: bigint): this {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80n) {
      this.#bytes[this.#size++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#size++] = Number(rest);
    return this;
  }

  bytes(source: Uint8Array, from = 0, to = source.length): this {
    const size = to - from;
    this.#reserve(size);
    if (size < BY_HAND) {
      const target = this.#bytes;
      let at = this.#size;
      for (let i = from; i < to; i++) target[at++] = source[i] as number;
    } else {
      this.#bytes.set(source.subarray(from, to), this.#size);
    }
    this.#size += size;
    return this;
  }

  /** What another writer holds. */
  append(other: Writer): this {
    return this.bytes(other.#bytes, 0, other.#size);
  }

  /** Adds one to a byte that was written. It must be below 255. */
  increment(at: number): void {
    this.#bytes[at] = (this.#bytes[at] as number) + 1;
  }

  name(text: string): this {
    const encoded = utf8.encode(text);
    return this.u32(encoded.length).bytes(encoded);
  }

  /** A section: id, size, content. */
  section(id: number, content: Uint8Array): this {
    return this.u8(id).u32(content.length).bytes(content);
  }

  #reserve(extra: number): void {
    const needed = this.#size + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}
