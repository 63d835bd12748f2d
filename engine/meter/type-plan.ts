/**
 * The types of the metered module.
 *
 * Inside the module a function takes the counter as one more parameter and gives it back as one more result: the
 * *threaded* form of its type. Where function references stay inside the module, each function type is replaced by its
 * threaded form under the same index, so that reference types and call_indirect need no change, and the original form is added at the end
 * where it is still needed (block types, imports, exports, tags). Where references cross the border it is the other way
 * round: original types stay, threaded forms are added.
 */
import { bug } from '../errors.ts';
import type { Module } from '../wasm/module.ts';
import { writeValueType } from '../wasm/type-codec.ts';
import type { FunctionType, RecGroup, SubType, ValueType } from '../wasm/types.ts';
import type { Writer } from '../wasm/writer.ts';
import { EMPTY_BLOCK } from './assembler.ts';

export class TypePlan {
  readonly #module: Module;
  readonly #inPlace: boolean;
  readonly #added: FunctionType[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #others: Int32Array;

  constructor(module: Module, sharesFunctions: boolean) {
    this.#module = module;
    this.#inPlace = !sharesFunctions;
    this.#others = new Int32Array(module.types.length).fill(-1);
  }

  /** The function type at an index of the original module. */
  source(typeIndex: number): FunctionType {
    const composite = this.#module.types[typeIndex]?.composite;
    if (composite?.kind !== 'func') throw bug(`type ${typeIndex} is not a function type`);
    return composite;
  }

  /** Index of the type as the module wrote it. */
  original(typeIndex: number): number {
    return this.#inPlace ? this.#other(typeIndex, this.source(typeIndex)) : typeIndex;
  }

  /** Index of the type with the counter as last parameter and last result. */
  threaded(typeIndex: number): number {
    return this.#inPlace ? typeIndex : this.#other(typeIndex, threadedType(this.source(typeIndex)));
  }

  /** Index of a type of our own. */
  add(params: readonly ValueType[], results: readonly ValueType[]): number {
    const type: FunctionType = { kind: 'func', params, results };
    const key = JSON.stringify([params, results]);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const index = this.#module.types.length + this.#added.length;
    this.#added.push(type);
    this.#byKey.set(key, index);
    return index;
  }

  /**
   * Writes a block type in its shortest form. It is not only shorter: V8 12 (Node 22) loses its place in a try_table whose type
   * has an index above 63, as the types that we add often have.
   */
  writeBlockType(out: Writer, params: readonly ValueType[], results: readonly ValueType[]): void {
    if (params.length === 0 && results.length === 0) out.u8(EMPTY_BLOCK);
    else if (params.length === 0 && results.length === 1) writeValueType(out, results[0] as ValueType);
    else out.s53(this.add(params, results));
  }

  /** All types, for the type section. */
  groups(): RecGroup[] {
    const mapped = this.#inPlace ? this.#module.recGroups.map(threadedGroup) : [...this.#module.recGroups];
    return [...mapped, ...this.#added.map((composite): RecGroup => ({ explicit: false, types: [plain(composite)] }))];
  }

  #other(typeIndex: number, type: FunctionType): number {
    const known = this.#others[typeIndex];
    if (known !== undefined && known >= 0) return known;
    const index = this.add(type.params, type.results);
    this.#others[typeIndex] = index;
    return index;
  }
}

function threadedType({ params, results }: FunctionType): FunctionType {
  return { kind: 'func', params: [...params, 'i64'], results: [...results, 'i64'] };
}

function threadedGroup({ explicit, types }: RecGroup): RecGroup {
  return {
    explicit,
    types: types.map((type): SubType => {
      const { composite } = type;
      return composite.kind === 'func' ? { ...type, composite: threadedType(composite) } : type;
    }),
  };
}

const plain = (composite: FunctionType): SubType => ({
  final: true,
  supertypes: [],
  composite,
  explicit: false,
  offset: 0,
});
