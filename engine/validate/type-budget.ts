/**
 * V8 keeps every distinct function type that it ever saw for as long as the process lives, in all threads together, and
 * aborts the process at two million of them (Node 26; `WebAssembly.validate` is enough). A host that loads modules from
 * strangers could be killed with a few hundred small ones. So distinct types are counted here as V8 counts them, and
 * modules that bring still more new ones are refused long before that.
 */
import { RingfenceError } from '../errors.ts';
import type { Module } from '../wasm/module.ts';
import { hex } from '../wasm/reader.ts';
import type { FunctionType, ValueType } from '../wasm/types.ts';

export class TypeBudget {
  readonly limit: number;
  /** Number of each distinct type by its text. A type that another refers to stands in that text by its number. */
  readonly #seen = new Map<string, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#seen.size;
  }

  /**
   * Counts the function types of a module that is about to be shown to V8. Types that were seen before are free.
   * @throws LIMIT_EXCEEDED when there would be more than `limit`
   */
  admit({ types }: Module): void {
    const numbers: number[] = [];
    types.forEach(({ composite, offset }, typeIndex) => {
      // The policy has refused modules with other types, and with groups of types.
      if (composite.kind !== 'func') return;
      const text = describe(composite, numbers);
      let number = this.#seen.get(text);
      if (number === undefined) {
        if (this.#seen.size >= this.limit) throw exhausted(this.limit, typeIndex, offset);
        number = this.#seen.size;
        this.#seen.set(text, number);
      }
      numbers[typeIndex] = number;
    });
  }
}

/** `numbers`: those of the types before this one; a type that refers to itself has none yet. */
function describe({ params, results }: FunctionType, numbers: readonly number[]): string {
  const text = (type: ValueType): string => {
    if (typeof type === 'string') return type;
    const heap = typeof type.heap === 'string' ? type.heap : (numbers[type.heap] ?? 'self');
    return `${type.nullable ? 'null ' : ''}${heap}`;
  };
  return `${params.map(text).join()}>${results.map(text).join()}`;
}

function exhausted(limit: number, typeIndex: number, offset: number): RingfenceError {
  return new RingfenceError(
    'LIMIT_EXCEEDED',
    `type ${typeIndex}: this process has seen ${limit} distinct function types, and V8 never forgets one. ` +
      `Start a new process to load modules with new types (at offset ${hex(offset)})`,
    { stage: 'validate', details: { limit: 'processTypes', used: limit, allowed: limit, offset } },
  );
}
