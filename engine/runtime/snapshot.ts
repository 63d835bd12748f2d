/**
 * The state of an instance, as small as it can be kept: what its memory has that a fresh instance has not, and the globals. The
 * bytes that differ stand one run after the other, each with its place:
 *
 *     offset (u32) | length (u32) | bytes, padded to four | offset | …
 */
import type { GuestState } from './guest-state.ts';
import { CELL_BYTES, type MemoryImage } from './memory-image.ts';

const HEAD_BYTES = 8;
const CELL_WORDS = CELL_BYTES / 4;
/** Words in a row that are as they were end a run: fewer cost less than another head. */
const GAP_WORDS = 4;

/** Where runs are gathered; what is kept is a copy of the right size. */
let gathered = new Int32Array(16_384);

export class Snapshot {
  readonly #runs: Int32Array<ArrayBuffer>;
  readonly #globals: BigInt64Array;
  readonly #memoryBytes: number;

  private constructor(runs: Int32Array<ArrayBuffer>, globals: BigInt64Array, memoryBytes: number) {
    this.#runs = runs;
    this.#globals = globals;
    this.#memoryBytes = memoryBytes;
  }

  /** @param image of the same module */
  static take(state: GuestState, image: MemoryImage): Snapshot {
    const { bytes } = state;
    const memory = Buffer.from(bytes.buffer);
    const words = new Int32Array(bytes.buffer);
    let size = 0;
    for (let at = 0; at < memory.length; at += CELL_BYTES) {
      const before = image.cell(at / CELL_BYTES);
      if (memory.compare(before, 0, CELL_BYTES, at, at + CELL_BYTES) === 0) continue;
      // The worst cell is all runs of one word.
      if (gathered.length < size + 3 * CELL_WORDS) gathered = grown(gathered);
      size = gather(words, at / 4, new Int32Array(before.buffer, before.byteOffset, CELL_WORDS), size);
    }
    return new Snapshot(gathered.slice(0, size), state.globals, memory.length);
  }

  /** Host memory that it takes. */
  get byteLength(): number {
    return this.#runs.byteLength + this.#globals.byteLength;
  }

  /** Memory that the instance has. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Brings the state to an instance of the same module that has not run yet. @throws RangeError when there is no room */
  putInto(state: GuestState): void {
    state.growTo(this.#memoryBytes);
    const words = new Int32Array(state.bytes.buffer);
    const runs = this.#runs;
    for (let i = 0; i < runs.length; ) {
      const offset = (runs[i] as number) >>> 0;
      const length = runs[i + 1] as number;
      words.set(runs.subarray(i + 2, i + 2 + length / 4), offset / 4);
      i += 2 + length / 4;
    }
    state.globals = this.#globals;
  }
}

/** Appends the runs of one cell. @returns the new number of words gathered */
function gather(words: Int32Array, first: number, before: Int32Array, from: number): number {
  let size = from;
  /** Head of the run that is open, and how many words at its end are as they were. */
  let head = -1;
  let gap = 0;
  for (let w = 0; w < CELL_WORDS; w++) {
    const word = words[first + w] as number;
    const differs = word !== before[w];
    if (head < 0) {
      if (!differs) continue;
      head = size;
      gathered[size] = (first + w) * 4;
      size += HEAD_BYTES / 4;
      gap = 0;
    }
    gathered[size++] = word;
    gap = differs ? 0 : gap + 1;
    if (gap < GAP_WORDS) continue;
    size -= gap;
    gathered[head + 1] = (size - head) * 4 - HEAD_BYTES;
    head = -1;
  }
  if (head >= 0) {
    size -= gap;
    gathered[head + 1] = (size - head) * 4 - HEAD_BYTES;
  }
  return size;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
