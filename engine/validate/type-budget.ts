/**
 * V8 keeps every distinct function type that it ever saw for as long as the process lives, in all threads together, and
 * aborts the process at two million of them (Node 26; `WebAssembly.validate` is enough). A host that loads modules from
 * strangers could be killed with a few hundred small ones. So distinct types are counted here as V8 counts them, and
 * modules that bring still more new ones are refused long before that.
 *
 * Where threads check modules, each has a budget of its own, and they tell each other what they have counted. A type that
 * refers to another is then counted twice at worst, when two threads meet it at the same time.
 */
import { RingfenceError } from '../errors.ts';
import { STRUCTURE } from '../limits.ts';
import type { Module } from '../wasm/module.ts';
import { hex } from '../wasm/reader.ts';
import type { FunctionType, ValueType } from '../wasm/types.ts';

/** A type that was counted: its text, and what it is called in the texts of types that refer to it. Plain data. */
export type CountedType = readonly [text: string, name: string];

export class TypeBudget {
  readonly limit: number;
  /** Begins the names that this budget gives; different in each thread. */
  prefix = '';
  /** Told what a module brought, before V8 sees it. */
  onCounted: ((types: readonly CountedType[]) => void) | undefined;
  readonly #seen = new Map<string, string>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#seen.size;
  }

  /** What was counted after the first `count`. */
  countedSince(count: number): readonly CountedType[] {
    return this.#seen.size === count ? [] : [...this.#seen].slice(count);
  }

  /** Types that another thread has counted. There may be more of them than the limit: V8 has seen them. */
  learn(types: readonly CountedType[]): void {
    for (const [text, name] of types) if (!this.#seen.has(text)) this.#seen.set(text, name);
  }

  /**
   * Counts the function types of a module that is about to be shown to V8. Types that were seen before are free.
   * @throws LIMIT_EXCEEDED when there would be more than `limit`
   */
  admit({ types }: Module): void {
    const before = this.#seen.size;
    try {
      this.#count(types);
    } finally {
      if (this.#seen.size > before) this.onCounted?.(this.countedSince(before));
    }
  }

  #count(types: Module['types']): void {
    const names: string[] = [];
    types.forEach(({ composite, offset }, typeIndex) => {
      // The policy has refused modules with other types, and with groups of types.
      if (composite.kind !== 'func') return;
      const text = describe(composite, names);
      let name = this.#seen.get(text);
      if (name === undefined) {
        if (this.#seen.size >= this.limit) throw exhausted(this.limit, typeIndex, offset);
        name = `${this.prefix}${this.#seen.size}`;
        this.#seen.set(text, name);
      }
      names[typeIndex] = name;
    });
  }
}

/** One for the process, or for a thread of it: what V8 keeps of types, it keeps for all. */
export const processTypes = new TypeBudget(STRUCTURE.processTypes);

/** `names`: those of the types before this one; a type that refers to itself has none yet. */
function describe({ params, results }: FunctionType, names: readonly string[]): string {
  const text = (type: ValueType): string => {
    if (typeof type === 'string') return type;
    const heap = typeof type.heap === 'string' ? type.heap : (names[type.heap] ?? 'self');
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
