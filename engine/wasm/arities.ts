/** How many values the types, functions and tags of a module take and leave, to be looked up by index in hot loops. */
import type { Module } from './module.ts';
import type { FunctionType } from './types.ts';

/** The block type without values, as it is scanned (s33). Other negative ones stand for one result. */
const EMPTY_BLOCK_TYPE = -0x40;

/**
 * Answers are packed: `params << 16 | results`, see {@link paramsOf} and {@link resultsOf}. What does not exist takes and leaves
 * nothing: V8 will refuse the module.
 */
export class Arities {
  readonly #types: Uint32Array;
  /** Imports first. */
  readonly #functions: Uint32Array;
  /** Imports first. */
  readonly #tags: Uint32Array;

  constructor({ types, imports, functions, tags }: Module) {
    const byType = Uint32Array.from(types, ({ composite }) => (composite.kind === 'func' ? pack(composite) : 0));
    const of = (typeIndex: number): number => byType[typeIndex] ?? 0;
    const imported = (kind: 'func' | 'tag'): number[] =>
      imports.flatMap(({ type }) => (type.kind === kind ? [of(type.typeIndex)] : []));
    const importedFunctions = imported('func');
    this.#types = byType;
    this.#functions = new Uint32Array(importedFunctions.length + functions.length);
    this.#functions.set(importedFunctions);
    for (let f = 0; f < functions.length; f++)
      this.#functions[importedFunctions.length + f] = of(functions[f] as number);
    this.#tags = Uint32Array.from([...imported('tag'), ...tags.map(({ typeIndex }) => of(typeIndex))]);
  }

  block(blockType: number): number {
    if (blockType < 0) return blockType === EMPTY_BLOCK_TYPE ? 0 : 1;
    return this.type(blockType);
  }

  type(typeIndex: number): number {
    return typeIndex < this.#types.length ? (this.#types[typeIndex] as number) : 0;
  }

  func(funcIndex: number): number {
    return funcIndex < this.#functions.length ? (this.#functions[funcIndex] as number) : 0;
  }

  tag(tagIndex: number): number {
    return tagIndex < this.#tags.length ? (this.#tags[tagIndex] as number) : 0;
  }
}

/** Both fit in half a word: the structural limits on function types are far below. */
const pack = ({ params, results }: FunctionType): number => (params.length << 16) | results.length;

export const paramsOf = (arity: number): number => arity >>> 16;
export const resultsOf = (arity: number): number => arity & 0xffff;
/** Values that calling something of this arity adds to the stack, or takes off. */
export const changeOf = (arity: number): number => resultsOf(arity) - paramsOf(arity);
