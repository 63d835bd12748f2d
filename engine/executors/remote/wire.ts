/**
 * Plain data as bytes, for pipes: a tag for each value, lengths before contents, little-endian. Unlike the serializer of V8 it
 * reads what a stranger wrote: every length is held against the bytes that are there, and nothing is allocated on its word.
 */
import { setMember } from '../../abi/sparse-object.ts';

const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  text: 5,
  bytes: 6,
  list: 7,
  object: 8,
  /** From -2^63 to 2^64 - 1: a sign, and 64 bits. */
  bigint: 9,
} as const;

/** Deeper than any message, and than what a JSON limit lets through. */
const MAX_DEPTH = 1_100;

/** What came over a pipe is not what it should be. */
export class WireError extends Error {}

export class WireWriter {
  #buffer: Buffer;
  #at = 0;

  /** @param sizeHint bytes that it will hardly need more of */
  constructor(sizeHint = 256) {
    this.#buffer = Buffer.allocUnsafe(sizeHint);
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#at = this.#buffer.writeUInt32LE(value, this.#at);
    return this;
  }

  f64(value: number): this {
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** UTF-8, without its length. */
  text(text: string): this {
    const size = Buffer.byteLength(text);
    this.#reserve(size);
    this.#at += this.#buffer.write(text, this.#at, size, 'utf8');
    return this;
  }

  /** Any plain value. @throws TypeError for what is none */
  value(value: unknown, depth = 0): this {
    if (depth > MAX_DEPTH) throw new TypeError(`Expected data nested at most ${MAX_DEPTH} deep`);
    switch (typeof value) {
      case 'undefined':
        return this.u8(TAG.undefined);
      case 'boolean':
        return this.u8(value ? TAG.true : TAG.false);
      case 'number':
        return this.u8(TAG.number).f64(value);
      case 'string':
        return this.u8(TAG.text).u32(Buffer.byteLength(value)).text(value);
      case 'bigint':
        return this.#bigint(value);
      case 'object':
        return this.#object(value, depth);
      default:
        throw new TypeError(`Expected plain data, got a ${typeof value}`);
    }
  }

  /** What was written. The writer must not be used afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #bigint(value: bigint): this {
    const size = value < 0n ? -value : value;
    if (size >= 2n ** 64n) throw new TypeError('Expected a bigint of 64 bits at most');
    this.u8(TAG.bigint).u8(value < 0n ? 1 : 0);
    this.#reserve(8);
    this.#at = this.#buffer.writeBigUInt64LE(size, this.#at);
    return this;
  }

  #object(value: object | null, depth: number): this {
    if (value === null) return this.u8(TAG.null);
    if (value instanceof Uint8Array) return this.u8(TAG.bytes).u32(value.length).raw(value);
    if (Array.isArray(value)) {
      this.u8(TAG.list).u32(value.length);
      for (const item of value) this.value(item, depth + 1);
      return this;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) {
      throw new TypeError(`Expected plain data, got ${Object.prototype.toString.call(value)}`);
    }
    const members = Object.entries(value);
    this.u8(TAG.object).u32(members.length);
    for (const [name, member] of members)
      this.u32(Buffer.byteLength(name))
        .text(name)
        .value(member, depth + 1);
    return this;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

export class WireReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#take(1));
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#take(4));
  }

  f64(): number {
    return this.#buffer.readDoubleLE(this.#take(8));
  }

  /** A view of all that is left. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.#bytes(this.#buffer.length - this.#at);
  }

  /** One value, and nothing after it. @throws WireError */
  only(): unknown {
    const value = this.#value(0);
    if (this.#at !== this.#buffer.length) throw new WireError(`${this.#buffer.length - this.#at} bytes too many`);
    return value;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new WireError(`nested more than ${MAX_DEPTH} deep`);
    const tag = this.u8();
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.number:
        return this.f64();
      case TAG.text:
        return this.#text();
      case TAG.bytes:
        return this.#bytes(this.u32());
      case TAG.bigint: {
        const isNegative = this.u8() === 1;
        const size = this.#buffer.readBigUInt64LE(this.#take(8));
        return isNegative ? -size : size;
      }
      case TAG.list: {
        const items: unknown[] = [];
        for (let left = this.#count(1); left > 0; left--) items.push(this.#value(depth + 1));
        return items;
      }
      case TAG.object: {
        // Without a prototype every name is a name like any other.
        const object: Record<string, unknown> = Object.create(null);
        for (let left = this.#count(5); left > 0; left--) {
          const name = this.#text();
          setMember(object, name, this.#value(depth + 1));
        }
        return object;
      }
      default:
        throw new WireError(`no value begins with ${tag}`);
    }
  }

  /** How many items follow, each of at least so many bytes. */
  #count(bytesEach: number): number {
    const count = this.u32();
    if (count * bytesEach > this.#buffer.length - this.#at) throw new WireError(`${count} items do not fit`);
    return count;
  }

  #text(): string {
    const length = this.u32();
    const start = this.#take(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  #bytes(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#take(length);
    return new Uint8Array(this.#buffer.buffer as ArrayBuffer, this.#buffer.byteOffset + start, length);
  }

  /** @returns where the next `length` bytes begin */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#buffer.length - start) throw new WireError(`cut off: ${length} bytes are missing`);
    this.#at = start + length;
    return start;
  }
}
