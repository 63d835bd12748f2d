/**
 * Memory that the engine's thread and a worker share for one slot: a header, and the bytes of an input or an output. A call of
 * default settings needs no more than the number of its lane as a message, and its bytes are copied once on each side.
 *
 *     0          64         192                    …
 *     | control  | numbers  | input, later output  |   what does not fit travels in the message
 *
 * Lanes are of fixed size, and the engine gives a slot a larger one where it needs it: V8 looks the length of memory that can grow up
 * in its runtime each time, which costs a short call a tenth.
 */
import { COUNTERS } from './counters.ts';

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
/** As much as a call has by default. */
const MAX_BYTES = BYTES_AT + 1024 * 1024;

export class Lane {
  readonly buffer: SharedArrayBuffer;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly counters: Float64Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Bytes of memory that it holds. */
  readonly size: number;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(FIRST_BYTES)) {
    this.buffer = buffer;
    this.control = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.numbers = new Float64Array(buffer, NUMBERS_AT, (BYTES_AT - NUMBERS_AT) / 8);
    this.counters = this.numbers.subarray(NUMBERS.counters, NUMBERS.counters + COUNTERS.length);
    this.bytes = new Uint8Array(buffer, BYTES_AT);
    this.size = buffer.byteLength;
  }

  /** One with room for so many bytes; undefined for more than a lane may have. */
  static withRoomFor(bytes: number): Lane | undefined {
    const wanted = BYTES_AT + bytes;
    if (wanted > MAX_BYTES) return undefined;
    return new Lane(
      new SharedArrayBuffer(Math.min(MAX_BYTES, Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(wanted))))),
    );
  }
}
