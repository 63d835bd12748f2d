/**
 * Frames on a pipe: a length, a kind, and what the kind says. Calls and their answers have a form of their own, so that the bytes
 * of an input or output are copied once on each side; everything else is a value of wire.ts.
 */
import { COUNTERS } from './counters.ts';
import type { CallCommand } from './protocol.ts';
import { WireError, WireReader, WireWriter } from './wire.ts';

export const FRAME = { value: 0, call: 1, done: 2, begun: 3 } as const;

const LENGTH_BYTES = 4;
/** So many pieces of a frame are kept apart: each is an object of its own, however few bytes are in it. */
const MOST_PIECES = 256;
/** Of what stands before the bytes of an input or output. */
const HEAD_BYTES = 128;

/** Everything but the length, which is not known before. */
const open = (kind: number, sizeHint: number): WireWriter => new WireWriter(LENGTH_BYTES + sizeHint).u32(0).u8(kind);

/** @returns the frame as it goes over the pipe */
function close(writer: WireWriter): Buffer {
  const frame = writer.finish();
  frame.writeUInt32LE(frame.length - LENGTH_BYTES, 0);
  return frame;
}

/** @throws TypeError for what is no plain data */
export const valueFrame = (value: unknown): Buffer => close(open(FRAME.value, 1_024).value(value));

/** A call whose settings are those that its instance was started with. */
export function callFrame(
  { slot, instance, fn, startedAt }: Omit<CallCommand, 'op' | 'input' | 'settings'>,
  input: string | Uint8Array,
): Buffer {
  const writer = open(FRAME.call, HEAD_BYTES + input.length)
    .f64(slot)
    .u32(instance)
    .u32(fn)
    .f64(startedAt);
  return close(typeof input === 'string' ? writer.text(input) : writer.raw(input));
}

export const beginFrame = (slot: number): Buffer => close(open(FRAME.begun, 16).f64(slot));

/** The answer to a call; its counters are filled in later, when the call has been settled. */
export class DoneFrame {
  readonly #frame: Buffer;

  constructor(slot: number, output: Uint8Array) {
    const writer = open(FRAME.done, HEAD_BYTES + output.length).f64(slot);
    for (let i = 0; i < COUNTERS.length; i++) writer.f64(0);
    this.#frame = close(writer.raw(output));
  }

  finish(counters: readonly number[]): Buffer {
    const at = LENGTH_BYTES + 1 + 8;
    counters.forEach((value, i) => {
      this.#frame.writeDoubleLE(value, at + i * 8);
    });
    return this.#frame;
  }
}

/** The head of a `call` frame, and a view of its input. */
export function readCall(reader: WireReader): Pick<CallCommand, 'slot' | 'instance' | 'fn' | 'startedAt' | 'input'> {
  return {
    slot: reader.f64(),
    instance: reader.u32(),
    fn: reader.u32(),
    startedAt: reader.f64(),
    input: reader.rest(),
  };
}

export function readDone(reader: WireReader): { slot: number; counters: number[]; output: Uint8Array<ArrayBuffer> } {
  return { slot: reader.f64(), counters: COUNTERS.map(() => reader.f64()), output: reader.rest() };
}

/** Puts frames together from the pieces that a pipe delivers. */
export class FrameReader {
  readonly #maxBytes: () => number;
  readonly #onFrame: (kind: number, reader: WireReader) => void;
  /** Of a frame that is not complete yet. */
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** What it takes to be complete; 0 while its length has not come. */
  #wanted = 0;

  /**
   * @param maxBytes how long a frame may be at this moment
   * @param onFrame gets each frame, in order. Views that it reads stay valid
   */
  constructor(maxBytes: () => number, onFrame: (kind: number, reader: WireReader) => void) {
    this.#maxBytes = maxBytes;
    this.#onFrame = onFrame;
  }

  /** @throws WireError; nothing can be read from this pipe afterwards */
  push(piece: Buffer): void {
    if (this.#bytes === 0) {
      this.#read(piece);
      return;
    }
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#wanted === 0 && this.#bytes >= LENGTH_BYTES) this.#wanted = this.#sizeOf(Buffer.concat(this.#pieces));
    if (this.#wanted === 0 || this.#bytes < this.#wanted) {
      if (this.#pieces.length > MOST_PIECES) this.#pieces = [Buffer.concat(this.#pieces, this.#bytes)];
      return;
    }
    const all = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    this.#wanted = 0;
    this.#read(all);
  }

  /** Delivers the frames that these bytes begin with, and keeps the rest. */
  #read(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length >= LENGTH_BYTES) {
      const size = this.#sizeOf(rest);
      if (rest.length < size) {
        this.#wanted = size;
        break;
      }
      const reader = new WireReader(rest.subarray(LENGTH_BYTES, size));
      rest = rest.subarray(size);
      this.#onFrame(reader.u8(), reader);
    }
    if (rest.length > 0) {
      this.#pieces = [rest];
      this.#bytes = rest.length;
    }
  }

  /** With its length. */
  #sizeOf(bytes: Buffer): number {
    const length = bytes.readUInt32LE(0);
    const most = this.#maxBytes();
    if (length === 0 || length > most)
      throw new WireError(`a frame of ${length} bytes: from 1 to ${most} are expected`);
    return LENGTH_BYTES + length;
  }
}
