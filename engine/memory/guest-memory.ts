/**
 * The malloc bridge: the only code that reads or writes guest memory.
 *
 * Pointers and lengths come from the guest as signed 32-bit numbers and are checked as unsigned ones, in Number space where
 * their sum cannot wrap, against the memory as it is at that moment. Any guest call may grow the memory, which detaches
 * every view of it: a view is fetched again before each access and never kept across a call into the guest.
 */
import { RingfenceError } from '../errors.ts';
import { decodeText } from './utf8.ts';

/** What the bridge needs of an instance. `malloc` and `free` are guest code: they may trap, grow the memory or lie. */
export interface GuestHeap {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (size: number) => number;
  readonly free: (pointer: number) => void;
}

/** Text of up to this many UTF-16 units is encoded on the host first, so that one `malloc` has the exact size. */
const STAGED_UNITS = 64 * 1024;
/** A copy of this is the cheapest new empty array in V8: a third of `slice` or of `new Uint8Array(0)`. */
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const lenientText = new TextDecoder('utf-8', { ignoreBOM: true });
const utf16Text = new TextDecoder('utf-16le', { ignoreBOM: true });
let stage = new Uint8Array(1024);

export class GuestMemory {
  readonly #heap: GuestHeap;
  #view: Uint8Array<ArrayBuffer>;
  /** Bytes that the last `give` or `giveText` wrote. */
  givenBytes = 0;
  /** True while `malloc` or `free` runs: they are called from plain JavaScript, so nothing inside them can be suspended. */
  inHeap = false;

  constructor(heap: GuestHeap) {
    this.#heap = heap;
    this.#view = new Uint8Array(heap.memory.buffer as ArrayBuffer);
  }

  /** Bytes of the memory now. */
  get size(): number {
    return this.#bytes().length;
  }

  /**
   * Checks that `length` bytes at `pointer` lie inside the memory.
   * @param what names the bytes in the message: "result of `count`".
   * @throws BAD_POINTER
   */
  check(pointer: number, length: number, what: string): void {
    const size = this.#bytes().length;
    const start = pointer >>> 0;
    const end = start + (length >>> 0);
    if (end > size) throw badPointer(start, length >>> 0, size, what);
  }

  /** The bytes themselves: to be read or written before the next call into the guest, never kept. @throws BAD_POINTER */
  view(pointer: number, length: number, what: string): Uint8Array<ArrayBuffer> {
    this.check(pointer, length, what);
    const start = pointer >>> 0;
    return this.#view.subarray(start, start + (length >>> 0));
  }

  /** A copy of `length` bytes at `pointer`. The caller has checked `length` against its limit. @throws BAD_POINTER */
  read(pointer: number, length: number, what: string): Uint8Array<ArrayBuffer> {
    this.check(pointer, length, what);
    const start = pointer >>> 0;
    if (length === 0) return new Uint8Array(NOTHING);
    return this.#view.slice(start, start + (length >>> 0));
  }

  /**
   * UTF-8 text at `pointer`.
   * @throws BAD_POINTER; BAD_OUTPUT naming the first bad byte when it is not UTF-8.
   */
  readText(pointer: number, length: number, what: string): string {
    this.check(pointer, length, what);
    const start = pointer >>> 0;
    const bytes = this.#view.subarray(start, start + (length >>> 0));
    return decodeText(bytes, what);
  }

  /** As readText, but bytes that are not UTF-8 become U+FFFD: for text that only people read. @throws BAD_POINTER */
  readTextLeniently(pointer: number, length: number, what: string): string {
    this.check(pointer, length, what);
    const start = pointer >>> 0;
    return lenientText.decode(this.#view.subarray(start, start + (length >>> 0)));
  }

  /** An AssemblyScript string: UTF-16, its length in bytes in the word before it. `undefined` if there is none. */
  readUtf16(pointer: number, maxBytes: number): string | undefined {
    const start = pointer >>> 0;
    const bytes = this.#bytes();
    if (start < 4 || start > bytes.length) return undefined;
    const length = new DataView(bytes.buffer).getUint32(start - 4, true);
    if (start + length > bytes.length) return undefined;
    return utf16Text.decode(bytes.subarray(start, start + (Math.min(length, maxBytes) & ~1)));
  }

  /** Copies `source` to `pointer`, which the guest gave together with room for it. @throws BAD_POINTER */
  write(pointer: number, source: Uint8Array, what: string): void {
    this.check(pointer, source.length, what);
    this.#view.set(source, pointer >>> 0);
  }

  /**
   * Copies `source` into fresh guest memory.
   * @param maxBytes nothing is allocated for more
   * @returns its pointer; 0 without a call of `malloc` for no bytes; -1 for more than `maxBytes`. `givenBytes` is the length.
   * @throws MEMORY_LIMIT when `malloc` has nothing left, BAD_POINTER when it answers with a place outside the memory.
   */
  give(source: Uint8Array, maxBytes: number): number {
    this.givenBytes = source.length;
    if (source.length > maxBytes) return -1;
    if (source.length === 0) return 0;
    const pointer = this.#allocate(source.length);
    copy(source, source.length, this.#view, pointer);
    return pointer;
  }

  /**
   * As {@link give}, for text as UTF-8 (lone surrogates become U+FFFD). Of text that is over `maxBytes`, `givenBytes` may be
   * less than its length, but is over it too.
   */
  giveText(text: string, maxBytes: number): number {
    if (text.length > maxBytes) {
      this.givenBytes = text.length;
      return -1;
    }
    if (text.length > STAGED_UNITS) return this.#giveLongText(text, maxBytes);
    if (stage.length < text.length * 3) stage = new Uint8Array(text.length * 3);
    const size = encodeInto(text, stage);
    this.givenBytes = size;
    if (size > maxBytes) return -1;
    if (size === 0) return 0;
    const pointer = this.#allocate(size);
    copy(stage, size, this.#view, pointer);
    return pointer;
  }

  /** Gives a pointer back to the guest's allocator. */
  free(pointer: number): void {
    const outer = this.inHeap;
    this.inHeap = true;
    this.#heap.free(pointer);
    this.inHeap = outer;
  }

  /** Long text goes straight into guest memory, on the guess that it is ASCII; where it is not, it is encoded first. */
  #giveLongText(text: string, maxBytes: number): number {
    const pointer = this.#allocate(text.length);
    const { read, written } = encoder.encodeInto(text, this.#view.subarray(pointer, pointer + text.length));
    this.givenBytes = written;
    if (read === text.length) return pointer;
    this.free(pointer);
    const encoded = encoder.encode(text);
    return this.give(encoded, maxBytes);
  }

  #allocate(size: number): number {
    // A malloc that calls a host function that calls malloc could nest without end, past the guest's own depth counter.
    if (this.inHeap) {
      throw new RingfenceError(
        'TRAP',
        'The plugin called, from inside its malloc or free, a host function that itself needs malloc',
        {
          details: { kind: 'heap re-entered' },
        },
      );
    }
    // A trap leaves it set; a trapped instance is never used again.
    this.inHeap = true;
    const pointer = this.#heap.malloc(size) >>> 0;
    this.inHeap = false;
    if (pointer === 0) {
      throw new RingfenceError(
        'MEMORY_LIMIT',
        `The plugin's malloc(${size}) returned 0: it has no memory left for the bytes that the host gives it`,
        {
          details: { limit: 'memory', requested: size, used: this.size },
        },
      );
    }
    // After malloc, not before: it may have grown the memory.
    const available = this.#bytes().length;
    if (pointer + size > available) throw badPointer(pointer, size, available, `malloc(${size})`);
    return pointer;
  }

  /** The view of the memory as it is now: growing detaches the old buffer, and a detached view has no length. */
  #bytes(): Uint8Array<ArrayBuffer> {
    if (this.#view.length === 0) this.#view = new Uint8Array(this.#heap.memory.buffer as ArrayBuffer);
    return this.#view;
  }
}

/** Below this many units a plain loop beats the call of the native encoder. */
const SHORT_UNITS = 24;

function encodeInto(text: string, target: Uint8Array): number {
  if (text.length > SHORT_UNITS) return encoder.encodeInto(text, target).written;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return encoder.encodeInto(text, target).written;
    target[i] = unit;
  }
  return text.length;
}

function copy(source: Uint8Array, size: number, target: Uint8Array, at: number): void {
  if (size > SHORT_UNITS) {
    target.set(size === source.length ? source : source.subarray(0, size), at);
    return;
  }
  for (let i = 0; i < size; i++) target[at + i] = source[i] as number;
}

const hex = (value: number): string => `0x${value.toString(16)}`;

function badPointer(start: number, length: number, size: number, what: string): RingfenceError {
  return new RingfenceError(
    'BAD_POINTER',
    `Expected ${what} to lie inside the plugin's memory of ${size} bytes, got pointer ${hex(start)} and length ${length} (ends at ${hex(start + length)})`,
    { details: { what, pointer: start, length, memory: size } },
  );
}
