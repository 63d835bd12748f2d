/**
 * What a call through a table or a reference may reach: the referenced functions of its type. Each function type that such
 * calls name is a *group*, which stands in the call graph as one more function that calls all its members; so the graph stays linear in
 * the size of the module however many calls and members there are.
 */
import type { Module } from '../wasm/module.ts';
import type { FunctionType, ValueType } from '../wasm/types.ts';

/** The call graph, with calls through references resolved to groups. Indices as in the summary of the module. */
export interface CallGraph {
  readonly calleeStarts: Uint32Array;
  readonly callees: Uint32Array;
  /** Functions and groups. */
  readonly nodes: number;
}

export class CallGroups {
  readonly #module: Module;
  /** Group by type index. */
  readonly #byType: Int32Array;
  readonly #count: number;

  constructor(module: Module) {
    this.#module = module;
    const groups = new Map<string, number>();
    this.#byType = Int32Array.from(module.types, ({ composite }) => {
      if (composite.kind !== 'func') return -1;
      const key = keyOf(composite);
      const known = groups.get(key);
      if (known !== undefined) return known;
      groups.set(key, groups.size);
      return groups.size - 1;
    });
    this.#count = groups.size;
  }

  /** Stands for the functions that a call through a reference of the type may reach, behind the function indices of the module. */
  calleeOf(typeIndex: number): number {
    const { imported, functions } = this.#module;
    return imported.func + functions.length + (this.#byType[typeIndex] as number);
  }

  /**
   * Whether something holds for all that a call through a reference of a type may reach.
   * @param holds of a defined function; negative for the thunks of imports
   */
  whereAll(referenced: Uint8Array, holds: (definedFuncIndex: number) => boolean): (typeIndex: number) => boolean {
    const fails = new Uint8Array(this.#count);
    for (const [funcIndex, typeIndex] of this.#referencedTypes(referenced)) {
      if (!holds(funcIndex - this.#module.imported.func)) fails[this.#byType[typeIndex] as number] = 1;
    }
    return (typeIndex) => fails[this.#byType[typeIndex] as number] === 0;
  }

  /** The call graph of a summary with the groups behind its functions. */
  join(
    summary: { readonly calleeStarts: Uint32Array; readonly callees: Uint32Array },
    referenced: Uint8Array,
  ): CallGraph {
    const functions = this.#module.functions.length;
    const nodes = functions + this.#count;
    const sizes = new Uint32Array(this.#count);
    let total = 0;
    for (const [, typeIndex] of this.#referencedTypes(referenced)) {
      const group = this.#byType[typeIndex] as number;
      sizes[group] = (sizes[group] as number) + 1;
      total++;
    }
    const direct = summary.calleeStarts[functions] as number;
    const callees = new Uint32Array(direct + total);
    callees.set(summary.callees.subarray(0, direct));
    const calleeStarts = new Uint32Array(nodes + 1);
    calleeStarts.set(summary.calleeStarts);
    for (let group = 0; group < this.#count; group++) {
      calleeStarts[functions + group + 1] = (calleeStarts[functions + group] as number) + (sizes[group] as number);
    }
    const at = calleeStarts.slice(functions, nodes);
    for (const [funcIndex, typeIndex] of this.#referencedTypes(referenced)) {
      const group = this.#byType[typeIndex] as number;
      callees[at[group] as number] = funcIndex;
      at[group] = (at[group] as number) + 1;
    }
    return { calleeStarts, callees, nodes };
  }

  *#referencedTypes(referenced: Uint8Array): Generator<readonly [funcIndex: number, typeIndex: number]> {
    const { imports, functions } = this.#module;
    let funcIndex = 0;
    for (const { type } of imports) {
      if (type.kind !== 'func') continue;
      if (referenced[funcIndex] === 1) yield [funcIndex, type.typeIndex];
      funcIndex++;
    }
    for (const typeIndex of functions) {
      if (referenced[funcIndex] === 1) yield [funcIndex, typeIndex];
      funcIndex++;
    }
  }
}

/**
 * Functions of equal types have equal keys. Types that name other types by index can be equal though their indices are not: they
 * are all in one group, which is larger than need be and never too small.
 */
function keyOf({ params, results }: FunctionType): string {
  const isNamed = (type: ValueType): boolean => typeof type !== 'string' && typeof type.heap === 'number';
  if (params.some(isNamed) || results.some(isNamed)) return 'named';
  return JSON.stringify([params, results]);
}
