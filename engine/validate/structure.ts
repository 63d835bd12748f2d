/**
 * The structural limits that need more than one section, or the code: what a small module can make V8 spend on compiling
 * and instantiating it. The limits on single counts are checked while decoding.
 */
import { RingfenceError } from '../errors.ts';
import { LIMITS, STRUCTURE, type StructureLimits } from '../limits.ts';
import { Arities, paramsOf } from '../wasm/arities.ts';
import type { CodeBuffer } from '../wasm/code.ts';
import type { Body, Module } from '../wasm/module.ts';
import { type Control, OPCODES } from '../wasm/opcodes.ts';
import { hex, overLimit } from '../wasm/reader.ts';
import { compileWork } from './compile-work.ts';

const OPENS_BLOCK: ReadonlySet<Control> = new Set<Control>(['block', 'loop', 'if', 'try', 'try-table']);

/**
 * V8 allocates every entry of every table when it instantiates, and aborts the process when it cannot.
 * @throws LIMIT_EXCEEDED naming the table
 */
export function checkTables({ imports, tables }: Module): void {
  const allowed = LIMITS.tableEntries.max;
  let entries = 0;
  const all = [
    ...imports.flatMap(({ type, offset }) => (type.kind === 'table' ? [{ limits: type.table.limits, offset }] : [])),
    ...tables,
  ];
  all.forEach(({ limits, offset }, tableIndex) => {
    entries += limits.min;
    if (entries > allowed) {
      throw overLimit(
        `table ${tableIndex}: ${entries} entries of all tables`,
        'tableEntries',
        entries,
        allowed,
        offset,
      );
    }
  });
}

/**
 * What the functions of a module cost V8 to compile. Linear in the size of the code. To be asked before V8 is: V8 spends
 * some of what is bounded here on validating.
 */
export class CodeStructure {
  readonly #module: Module;
  readonly #limits: StructureLimits;
  readonly #arities: Arities;
  #locals = 0;
  #work = 0;
  #excess: RingfenceError | undefined;

  constructor(module: Module, limits: StructureLimits = STRUCTURE) {
    this.#module = module;
    this.#limits = limits;
    this.#arities = new Arities(module);
  }

  /**
   * Adds a function up. Functions come in their order.
   * @param code its scanned instructions
   */
  add(definedFuncIndex: number, code: CodeBuffer): void {
    if (this.#excess !== undefined) return;
    const { bytes, bodies, imported } = this.#module;
    const { localCount } = bodies[definedFuncIndex] as Body;
    // A parameter is a local too, and a type with many costs its functions nothing in bytes.
    const slots = localCount + paramsOf(this.#arities.func(imported.func + definedFuncIndex));
    this.#locals += slots;
    this.#expect(
      'totalLocals',
      this.#locals,
      'parameters and locals in all functions up to this one',
      definedFuncIndex,
    );
    const { work, loops, loopBytes } = compileWork(code, slots, this.#arities, bytes);
    this.#work += work;
    const { compileWork: allowed } = this.#limits;
    if (work > allowed) {
      const made = `${code.count} instructions, ${countBlocks(code)} blocks, ${slots} locals`;
      this.#expect('compileWork', work, `units of work for the compiler (${made})`, definedFuncIndex);
    }
    this.#expect('functionLoops', loops, 'loops', definedFuncIndex);
    this.#expect('loopBytes', loopBytes, 'bytes of loops, each with all that is inside it', definedFuncIndex);
    this.#expect(
      'totalCompileWork',
      this.#work,
      'units of work for the compiler in all functions up to this one',
      definedFuncIndex,
    );
  }

  /** @throws LIMIT_EXCEEDED naming the limit, what came, what is allowed, the function and the offset */
  check(): void {
    if (this.#excess !== undefined) throw this.#excess;
  }

  #expect(limit: keyof StructureLimits, used: number, what: string, definedFuncIndex: number): void {
    const allowed = this.#limits[limit];
    if (used <= allowed) return;
    const { bodies, imported } = this.#module;
    const { code } = bodies[definedFuncIndex] as Body;
    this.#excess ??= tooMuchCode(imported.func + definedFuncIndex, what, limit, used, allowed, code.start);
  }
}

function countBlocks({ ids, count }: CodeBuffer): number {
  return ids.subarray(0, count).filter((id) => OPENS_BLOCK.has(OPCODES[id]?.control ?? 'none')).length;
}

function tooMuchCode(
  funcIndex: number,
  what: string,
  limit: string,
  used: number,
  allowed: number,
  offset: number,
): RingfenceError {
  return new RingfenceError(
    'LIMIT_EXCEEDED',
    `function ${funcIndex}: ${used} ${what}: at most ${allowed} are allowed. ` +
      `Compile with optimisation, or split what is large (at offset ${hex(offset)})`,
    { stage: 'validate', details: { limit, used, allowed, offset, funcIndex } },
  );
}
