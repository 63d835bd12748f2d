/**
 * Memory that the engine's thread and a worker share for one slot: a header, and the bytes of an input or an output. A call of
 * default settings needs no more than the number of its lane as a message, and its bytes are copied once on each side.
 *
 *     0          64         192                    …
 *     | control  | numbers  | input, later output  |   grows up to MAX_BYTES; what is larger travels in the message
 */
import { COUNTERS } from './protocol.ts';

/** Words of the control block. */
export const CONTROL = {
  /** Set by the worker when guest code is about to run: the operation may have had effects. */
  begun: 0,
  /** Set by the engine: the operation is to end. */
  stop: 1,
  instance: 2,
  fn: 3,
  /** Bytes of the input. */
  inputBytes: 4,
  /** Bytes of the output. */
  outputBytes: 5,
} as const;

/** Numbers that need more than 32 bits; counters follow. */
export const NUMBERS = { startedAt: 0, counters: 1 } as const;

const CONTROL_BYTES = 64;
const NUMBERS_AT = CONTROL_BYTES;
const BYTES_AT = 192;
/** One page: small calls need no more. */
const FIRST_BYTES = 4096;
/** As much as a call has by default; reserved, not used, until it is needed. */
const MAX_BYTES = BYTES_AT + 1024 * 1024;

export class Lane {
  readonly buffer: SharedArrayBuffer;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly counters: Float64Array<SharedArrayBuffer>;
  /** Follows the buffer as it grows. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(FIRST_BYTES, { maxByteLength: MAX_BYTES })) {
    this.buffer = buffer;
    this.control = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.numbers = new Float64Array(buffer, NUMBERS_AT, (BYTES_AT - NUMBERS_AT) / 8);
    this.counters = this.numbers.subarray(NUMBERS.counters, NUMBERS.counters + COUNTERS.length);
    this.bytes = new Uint8Array(buffer, BYTES_AT);
  }

  /** Bytes of memory that it holds. */
  get size(): number {
    return this.buffer.byteLength;
  }

  /** Makes room for `size` bytes. @returns whether there is */
  reserve(size: number): boolean {
    const wanted = BYTES_AT + size;
    if (wanted <= this.buffer.byteLength) return true;
    if (wanted > MAX_BYTES) return false;
    // Both sides may grow it, but never at the same time: a lane belongs to one of them at any moment.
    this.buffer.grow(Math.min(MAX_BYTES, 2 ** Math.ceil(Math.log2(wanted))));
    return true;
  }
}
