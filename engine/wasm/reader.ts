/**
 * The one bounds-checked cursor over untrusted bytes. It knows its absolute offset in the module even inside a section
 * (every window shares the module's bytes), so each error can say where it stands.
 */
import { RingfenceError } from '../errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** "0x1a": how offsets are written in every message. */
export const hex = (value: number): string => `0x${value.toString(16)}`;

/** An INVALID_MODULE error whose message ends with its offset. */
export function malformed(
  message: string,
  offset: number,
  details: Readonly<Record<string, unknown>> = {},
): RingfenceError {
  return new RingfenceError('INVALID_MODULE', `${message} (at offset ${hex(offset)})`, {
    stage: 'decode',
    details: { offset, ...details },
  });
}

/** A LIMIT_EXCEEDED error of a structural limit, with its offset. */
export function overLimit(
  message: string,
  limit: string,
  used: number,
  allowed: number,
  offset: number,
  details: Readonly<Record<string, unknown>> = {},
): RingfenceError {
  return new RingfenceError('LIMIT_EXCEEDED', `${message}: at most ${allowed} are allowed (at offset ${hex(offset)})`, {
    stage: 'decode',
    details: { limit, used, allowed, offset, ...details },
  });
}

export class Reader {
  readonly bytes: Uint8Array;
  /** First offset that does not belong to this window. */
  readonly end: number;
  /** Absolute offset of the next byte. */
  offset: number;
  /** What the window is, for messages: "module", "type section", "function". */
  readonly what: string;
  /** Which of them, where there are many. Kept apart so that no text is built per window. */
  readonly number: number | undefined;
  /** The item that is being read, for messages: "import" and its number. Kept apart so that no text is built per item. */
  item: string | undefined;
  index = 0;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length, what = 'module', number?: number) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
    this.what = what;
    this.number = number;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  /** "function 3": the window. */
  get title(): string {
    return this.number === undefined ? this.what : `${this.what} ${this.number}`;
  }

  /** "import section, import 3": where this reader stands. */
  get where(): string {
    return this.item === undefined ? this.title : `${this.title}, ${this.item} ${this.index}`;
  }

  /** An INVALID_MODULE error that names the section, the item and the offset; the caller throws it. */
  malformed(message: string, offset = this.offset): RingfenceError {
    return malformed(`${this.where}: ${message}`, offset, this.#details());
  }

  /** A LIMIT_EXCEEDED error that names the section, the item and the offset; the caller throws it. */
  overLimit(message: string, limit: string, used: number, allowed: number, offset = this.offset): RingfenceError {
    return overLimit(`${this.where}: ${message}`, limit, used, allowed, offset, this.#details());
  }

  #details(): Readonly<Record<string, unknown>> {
    const section = this.what.endsWith(' section') ? { section: this.what.slice(0, -' section'.length) } : {};
    return this.item === undefined ? section : { ...section, item: this.item, index: this.index };
  }

  /** A window of `size` bytes from here; this reader continues behind it. */
  window(size: number, what: string): Reader {
    const start = this.offset;
    this.skip(size, what);
    return new Reader(this.bytes, start, start + size, what);
  }

  skip(size: number, what = 'bytes'): void {
    if (size > this.remaining) throw this.malformed(`${what} needs ${size} bytes but ${this.remaining} are left`);
    this.offset += size;
  }

  /** @throws unless the window is used to its last byte. */
  expectEnd(): void {
    if (!this.done) throw this.malformed(`${this.remaining} bytes left over at its end`);
  }

  u8(what = 'byte'): number {
    const byte = this.offset < this.end ? this.bytes[this.offset] : undefined;
    if (byte === undefined) throw this.malformed(`ends where ${what} was expected`);
    this.offset++;
    return byte;
  }

  /** The next byte without taking it. */
  peek(what = 'byte'): number {
    const byte = this.u8(what);
    this.offset--;
    return byte;
  }

  /** A little-endian u32 of four bytes: the header and f32 constants. */
  fixedU32(what: string): number {
    return (this.u8(what) | (this.u8(what) << 8) | (this.u8(what) << 16) | (this.u8(what) << 24)) >>> 0;
  }

  u32(what = 'number'): number {
    // Most numbers in real modules take one byte.
    const first = this.offset < this.end ? (this.bytes[this.offset] ?? 0x80) : 0x80;
    if (first < 0x80) {
      this.offset++;
      return first;
    }
    return this.#leb32(what, false) >>> 0;
  }

  s32(what = 'number'): number {
    return this.#leb32(what, true);
  }

  /** A signed 33-bit number, as block types and heap types are written: its values fit every u32 index. */
  s33(what = 'type'): number {
    const first = this.offset < this.end ? (this.bytes[this.offset] ?? 0x80) : 0x80;
    if (first < 0x80) {
      this.offset++;
      return first < 0x40 ? first : first - 0x80;
    }
    return Number(this.#leb64(what, 33n, true));
  }

  u64(what = 'number'): bigint {
    return this.#leb64(what, 64n, false);
  }

  s64(what = 'number'): bigint {
    return this.#leb64(what, 64n, true);
  }

  /**
   * A count of items, each at least `itemBytes` long in the binary. Checked against its limit and against the bytes that
   * are left, so that nothing is allocated for a promise the module cannot keep.
   * @param what plural, for messages
   * @param limit name of the structural limit, for the error's details
   * @throws LIMIT_EXCEEDED above `max`, INVALID_MODULE when the bytes cannot hold so many.
   */
  count(what: string, max: number, itemBytes = 1, limit = what): number {
    const start = this.offset;
    const count = this.u32(`number of ${what}`);
    if (count * itemBytes > this.remaining) {
      throw this.malformed(`claims ${count} ${what} but only ${this.remaining} bytes are left`, start);
    }
    if (count > max) throw this.overLimit(`${count} ${what}`, limit, count, max, start);
    return count;
  }

  /** A name: a length and that many bytes of UTF-8. */
  name(what: string, maxBytes: number): string {
    const start = this.offset;
    const size = this.u32(`length of ${what}`);
    if (size > this.remaining)
      throw this.malformed(`${what} claims ${size} bytes but ${this.remaining} are left`, start);
    if (size > maxBytes) throw this.overLimit(`${what} of ${size} bytes`, 'nameBytes', size, maxBytes, start);
    const from = this.offset;
    this.offset += size;
    try {
      return utf8.decode(this.bytes.subarray(from, this.offset));
    } catch {
      throw this.malformed(`${what} is not UTF-8`, from);
    }
  }

  /** Numbers of more than one byte. */
  #leb32(what: string, signed: boolean): number {
    const { bytes, offset } = this;
    // Two to four bytes are common, and cannot be too large.
    if (offset + 4 <= this.end) {
      let size = 0;
      let result = 0;
      while (size < 4) {
        const byte = bytes[offset + size] as number;
        result |= (byte & 0x7f) << (7 * size++);
        if (byte >= 0x80) continue;
        this.offset = offset + size;
        const unused = 32 - 7 * size;
        return signed ? (result << unused) >> unused : result;
      }
    }
    return this.#wideLeb32(what, signed);
  }

  #wideLeb32(what: string, signed: boolean): number {
    const start = this.offset;
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8(what);
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift === 28) {
          // The fifth byte carries four bits of value; the rest must repeat the sign (signed) or be zero.
          const high = signed ? (byte << 25) >> 28 : byte >> 4;
          if (signed ? high !== 0 && high !== -1 : high !== 0)
            throw this.malformed(`${what} does not fit in 32 bits`, start);
        } else if (signed && byte & 0x40) {
          result |= -1 << (shift + 7);
        }
        return result;
      }
    }
    throw this.malformed(`${what} is longer than 5 bytes`, start);
  }

  #leb64(what: string, bits: bigint, signed: boolean): bigint {
    const start = this.offset;
    let result = 0n;
    for (let shift = 0n; shift < bits; shift += 7n) {
      const byte = BigInt(this.u8(what));
      result |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) {
        const full = shift + 7n;
        const value = signed && byte & 0x40n ? result - (1n << full) : result;
        const fits = signed
          ? BigInt.asIntN(Number(bits), value) === value
          : BigInt.asUintN(Number(bits), value) === value;
        if (!fits) throw this.malformed(`${what} does not fit in ${bits} bits`, start);
        return value;
      }
    }
    throw this.malformed(`${what} is longer than ${(bits + 6n) / 7n} bytes`, start);
  }
}
