/**
 * The scanned code of a module, function by function. Scanning is dear and several stages want it, so it is kept from one
 * stage to the next, in bounded memory: of one module at a time in each thread, and only up to {@link MAX_CHUNKS}. What is not
 * there (any more) is scanned again; nobody can tell but by the clock.
 */
import { CodeBuffer, scanCode } from './code.ts';
import type { Body, Module, Span } from './module.ts';

const CHUNK_BITS = 16;
/** Instructions in a chunk: 384 KiB. A function with more of them is not kept. */
const CHUNK = 1 << CHUNK_BITS;
/** 30 MiB: a module of 10 MB is kept as a whole. */
const MAX_CHUNKS = 80;
/** Chunks that stay allocated when nothing is kept: as large as most modules, so that those cost no allocation. */
const MAX_SPARE_CHUNKS = 2;

/** Row ids have so many bits; the rest of a word is the length. */
const ID_BITS = 10;
const ID_MASK = (1 << ID_BITS) - 1;
/** A function with an instruction above this length (in real code a large br_table) is not kept. */
const MAX_LENGTH = 0xffff >>> ID_BITS;

/** Instructions of one function after another; a function is in one chunk as a whole. */
interface Chunk {
  /** Length and row id: `length << ID_BITS | id`. */
  readonly words: Uint16Array;
  readonly a: Int32Array;
}

const spareChunks: Chunk[] = [];
/** Whose code is kept. Weak, so that what nobody asks for any more does not wait for the next module. */
let keeper: WeakRef<ScannedCode> | undefined;

export class ScannedCode {
  readonly #module: Module;
  #buffer = new CodeBuffer();
  #chunks: Chunk[] = [];
  /** Instructions in the last chunk. */
  #used = 0;
  // By function.
  /** Place of its first instruction, counted through all chunks. */
  readonly #first: Uint32Array;
  /** Its instructions; 0: not kept, since every function has one. */
  readonly #count: Uint32Array;
  readonly #maxDepth: Uint16Array;

  constructor(module: Module) {
    this.#module = module;
    this.#first = new Uint32Array(module.bodies.length);
    this.#count = new Uint32Array(module.bodies.length);
    this.#maxDepth = new Uint16Array(module.bodies.length);
  }

  /**
   * The instructions of one function, in a buffer that is valid until the next call.
   * @throws INVALID_MODULE or LIMIT_EXCEEDED for code that cannot be decoded
   */
  read(definedFuncIndex: number): CodeBuffer {
    const { code } = this.#module.bodies[definedFuncIndex] as Body;
    const buffer = this.#buffer;
    if (this.#count[definedFuncIndex] !== 0) {
      this.#restore(definedFuncIndex, code);
    } else {
      const funcIndex = this.#module.imported.func + definedFuncIndex;
      scanCode(this.#module.bytes, code.start, code.end, buffer, 'function', undefined, funcIndex);
      this.#keep(definedFuncIndex);
    }
    return buffer;
  }

  /** Forgets what was kept. To be called by the last stage that needs it. */
  release(): void {
    this.#count.fill(0);
    while (spareChunks.length < MAX_SPARE_CHUNKS && this.#chunks.length > 0) {
      spareChunks.push(this.#chunks.pop() as Chunk);
    }
    this.#chunks = [];
    this.#used = 0;
    this.#buffer = new CodeBuffer();
    if (keeper?.deref() === this) keeper = undefined;
  }

  #keep(definedFuncIndex: number): void {
    const { count, maxDepth, ids, starts, a } = this.#buffer;
    const chunk = this.#room(count);
    if (chunk === undefined) return;
    const { words, a: kept } = chunk;
    const to = this.#used;
    let longest = 0;
    let start = starts[0] as number;
    for (let i = 0; i < count; i++) {
      const next = starts[i + 1] as number;
      const length = next - start;
      start = next;
      longest |= length;
      words[to + i] = (length << ID_BITS) | (ids[i] as number);
      kept[to + i] = a[i] as number;
    }
    if (longest > MAX_LENGTH) return;
    this.#first[definedFuncIndex] = (this.#chunks.length - 1) * CHUNK + to;
    this.#count[definedFuncIndex] = count;
    this.#maxDepth[definedFuncIndex] = maxDepth;
    this.#used += count;
  }

  #restore(definedFuncIndex: number, { start, end }: Span): void {
    const buffer = this.#buffer;
    const first = this.#first[definedFuncIndex] as number;
    const count = this.#count[definedFuncIndex] as number;
    const { words, a: kept } = this.#chunks[first >>> CHUNK_BITS] as Chunk;
    const from = first & (CHUNK - 1);
    // Nothing longer was scanned into it before: there is room.
    const { ids, starts, a } = buffer;
    let offset = start;
    for (let i = 0; i < count; i++) {
      const word = words[from + i] as number;
      ids[i] = word & ID_MASK;
      starts[i] = offset;
      offset += word >>> ID_BITS;
      a[i] = kept[from + i] as number;
    }
    starts[count] = end;
    buffer.count = count;
    buffer.maxDepth = this.#maxDepth[definedFuncIndex] as number;
  }

  /** The chunk that takes so many more instructions; undefined if there is no room for them. */
  #room(count: number): Chunk | undefined {
    if (this.#chunks.length > 0 && this.#used + count <= CHUNK) return this.#chunks.at(-1);
    if (count > CHUNK || this.#chunks.length === MAX_CHUNKS) return undefined;
    if (this.#chunks.length === 0) {
      keeper?.deref()?.release();
      keeper = new WeakRef(this);
    }
    this.#used = 0;
    this.#chunks.push(spareChunks.pop() ?? { words: new Uint16Array(CHUNK), a: new Int32Array(CHUNK) });
    return this.#chunks.at(-1);
  }
}
