/**
 * The scanned code of a module, function by function. Scanning is dear and several stages want it, so it is kept from one
 * stage to the next, in bounded memory: of one module at a time in each thread, and only up to {@link MAX_CHUNKS}. What is not
 * there (any more) is scanned again; nobody can tell but by the clock.
 */
import { CodeBuffer, scanCode } from './code.ts';
import type { Body, Module } from './module.ts';

const CHUNK_BITS = 16;
/** Instructions in a chunk: 640 KiB. A function with more of them is not kept. */
const CHUNK = 1 << CHUNK_BITS;
/** 40 MiB: a module of 10 MB of code is kept as a whole. */
const MAX_CHUNKS = 64;
/** Chunks that stay allocated when nothing is kept: as large as most modules, so that those cost no allocation. */
const MAX_SPARE_CHUNKS = 2;

/** Instructions of one function after another; a function is in one chunk as a whole. */
interface Chunk {
  readonly ids: Uint16Array;
  readonly starts: Uint32Array;
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
      this.#restore(definedFuncIndex, code.end);
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
    const to = this.#used;
    for (let i = 0; i < count; i++) {
      chunk.ids[to + i] = ids[i] as number;
      chunk.starts[to + i] = starts[i] as number;
      chunk.a[to + i] = a[i] as number;
    }
    this.#first[definedFuncIndex] = (this.#chunks.length - 1) * CHUNK + to;
    this.#count[definedFuncIndex] = count;
    this.#maxDepth[definedFuncIndex] = maxDepth;
    this.#used += count;
  }

  #restore(definedFuncIndex: number, end: number): void {
    const buffer = this.#buffer;
    const first = this.#first[definedFuncIndex] as number;
    const count = this.#count[definedFuncIndex] as number;
    const chunk = this.#chunks[first >>> CHUNK_BITS] as Chunk;
    const from = first & (CHUNK - 1);
    // Nothing longer was scanned before: there is room.
    const { ids, starts, a } = buffer;
    for (let i = 0; i < count; i++) {
      ids[i] = chunk.ids[from + i] as number;
      starts[i] = chunk.starts[from + i] as number;
      a[i] = chunk.a[from + i] as number;
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
    this.#chunks.push(
      spareChunks.pop() ?? { ids: new Uint16Array(CHUNK), starts: new Uint32Array(CHUNK), a: new Int32Array(CHUNK) },
    );
    return this.#chunks.at(-1);
  }
}
