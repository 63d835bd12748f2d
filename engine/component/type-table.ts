/** The function types of the linked module: those of all core modules, each once. */
import { RingfenceError } from '../errors.ts';
import type { Module } from '../wasm/module.ts';
import type { FunctionType, RecGroup, ValueType } from '../wasm/types.ts';
import { type Signature, signatureKey } from './signature.ts';

export class TypeTable {
  readonly #indices = new Map<string, number>();
  readonly #types: FunctionType[] = [];

  add(signature: Signature): number {
    const key = signatureKey(signature);
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.#types.length;
      this.#indices.set(key, index);
      this.#types.push({ kind: 'func', params: signature.params, results: signature.results });
    }
    return index;
  }

  /** Takes over the types of a module. @returns the index here of each of them */
  addModule(module: Module): Uint32Array {
    const map = new Uint32Array(module.types.length);
    module.types.forEach(({ composite, supertypes, final }, i) => {
      if (composite.kind !== 'func' || supertypes.length > 0 || !final) throw noFunctionType(i);
      const mapped = (type: ValueType): ValueType => {
        if (typeof type === 'string' || typeof type.heap !== 'number') return type;
        if (type.heap >= i) throw noFunctionType(i);
        return { ...type, heap: map[type.heap] as number };
      };
      map[i] = this.add({ params: composite.params.map(mapped), results: composite.results.map(mapped) });
    });
    return map;
  }

  get(index: number): FunctionType | undefined {
    return this.#types[index];
  }

  groups(): RecGroup[] {
    return this.#types.map((composite) => ({
      explicit: false,
      types: [{ final: true, supertypes: [], composite, explicit: false, offset: 0 }],
    }));
  }
}

/** The feature policy has refused garbage-collected types already; what is left are function types that name themselves. */
const noFunctionType = (index: number): RingfenceError =>
  new RingfenceError(
    'UNSUPPORTED_FEATURE',
    `type ${index} of a core module is no plain function type: modules inside a component are linked by those`,
    { stage: 'validate', details: { feature: 'gc' } },
  );
