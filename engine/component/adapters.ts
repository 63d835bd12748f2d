/** What core modules import from outside the component: host functions, and small functions over them. */
import { RingfenceError } from '../errors.ts';
import { checkImportedFunction } from '../validate/component/check-component.ts';
import type { CoreItem, Func } from '../validate/component/values.ts';
import { HOST_MODULE } from '../validate/imports.ts';
import { quote } from '../validate/quote.ts';
import type { FunctionType } from '../wasm/types.ts';
import { sameSignature, signatureName } from '../wasm/types.ts';
import type { CoreModules } from './core-modules.ts';
import { type AddedFunction, added, dropAdapter, importAdapter, trapAdapter } from './functions.ts';
import { composed, notUtf8 } from './refusals.ts';
import { hostSignature, loweredSignature, type Signature, signatureKey } from './signature.ts';
import type { TypeTable } from './type-table.ts';
import { WASI_FUNCTIONS, WASI_HOST, WASI_MODULE } from './wasi.ts';

export type OutsideItem = Extract<CoreItem, { kind: 'lower' | 'drop' }>;
type Make = (realloc: (item: CoreItem) => number) => AddedFunction;

/** Where an imported function is: among the host functions, or among those that are added. */
export interface Place {
  readonly space: 'host' | 'added';
  readonly index: number;
}

export interface HostImport {
  readonly module: string;
  readonly name: string;
  readonly signature: Signature;
}

const HOST_ERROR: Signature = { params: [], results: ['i64'] };
/** Instructions of a function that does nothing but trap. */
const UNREACHABLE = [0x00, 0x0b];

export class Adapters {
  readonly #modules: CoreModules;
  readonly #hosts: HostImport[] = [];
  readonly #hostIndex = new Map<string, number>();
  /** By item and signature. */
  readonly #places = new Map<OutsideItem, Map<string, Place>>();
  readonly #makers: Make[] = [];

  constructor(modules: CoreModules) {
    this.#modules = modules;
  }

  /** The host functions that are imported, in order: they come first among all functions. */
  get hosts(): readonly HostImport[] {
    return this.#hosts;
  }

  get count(): number {
    return this.#makers.length;
  }

  host(name: string, signature: Signature, module: string = HOST_MODULE): number {
    const key = `${module} ${name}`;
    const known = this.#hostIndex.get(key);
    if (known !== undefined) return known;
    const index = this.#hosts.push({ module, name, signature }) - 1;
    this.#hostIndex.set(key, index);
    return index;
  }

  /**
   * @param type as the core module imports it
   * @throws IMPORT_DENIED; INVALID_MODULE where the core module imports it with another type
   */
  add(item: OutsideItem, type: FunctionType, title: string, offset: number): void {
    const key = signatureKey(type);
    const places = this.#places.get(item) ?? new Map<string, Place>();
    this.#places.set(item, places);
    if (!places.has(key)) places.set(key, this.#make(item, type, title, offset));
  }

  placeOf(item: OutsideItem, type: FunctionType): Place {
    return this.#places.get(item)?.get(signatureKey(type)) as Place;
  }

  /** @param realloc index of an allocator that an option names */
  write(types: TypeTable, realloc: (item: CoreItem) => number): AddedFunction[] {
    const functions = this.#makers.map((make) => make(realloc));
    for (const { signature } of functions) types.add(signature);
    return functions;
  }

  #make(item: OutsideItem, type: FunctionType, title: string, offset: number): Place {
    if (item.kind === 'drop') {
      expectType(type, { params: ['i32'], results: [] }, title, offset);
      return this.#added(() => dropAdapter(title));
    }
    const { func, options } = item;
    if (func.kind === 'lift') return this.#otherComponent(func, type, title);
    const found = checkImportedFunction(func, offset);
    if (found.kind === 'world') {
      const { row } = found;
      if (options.encoding !== 'utf8') throw notUtf8(title, options.encoding);
      expectType(type, loweredSignature(row), title, offset);
      const host = this.host(row.host, hostSignature(row));
      const { answer } = row;
      if (answer === 'direct') return { space: 'host', index: host };
      const hostError = this.host('host_error', HOST_ERROR);
      return this.#added(() => importAdapter(found.name, loweredSignature(row), answer, host, hostError));
    }
    const wasi = WASI_FUNCTIONS.get(found.name);
    if (wasi === undefined) return this.#added(() => trapAdapter(found.name, type));
    expectType(type, wasi.signature, title, offset);
    // Once more in `write`: its host functions must be known before functions are numbered.
    const host = (name: keyof typeof WASI_HOST): number => this.host(name, WASI_HOST[name], WASI_MODULE);
    added(found.name, wasi.signature, wasi.locals, (code) => wasi.write(code, { host, realloc: () => 0 }));
    return this.#added((realloc) =>
      added(found.name, wasi.signature, wasi.locals, (code) =>
        wasi.write(code, {
          host,
          realloc: () => {
            if (options.realloc === undefined) throw noRealloc(title);
            return realloc(options.realloc);
          },
        }),
      ),
    );
  }

  #added(make: Make): Place {
    return { space: 'added', index: this.#makers.push(make) - 1 };
  }

  /** Tools leave stubs behind that only trap, as components of their own. Real ones would need a memory each. */
  #otherComponent(func: Extract<Func, { kind: 'lift' }>, type: FunctionType, title: string): Place {
    const resolved = this.#modules.resolveItem(func.core, 'func');
    if (resolved.kind === 'defined') {
      const { module } = this.#modules.valid(resolved.instance);
      const body = module.bodies[resolved.index - module.imported.func];
      const code = body === undefined ? [] : [...module.bytes.subarray(body.code.start, body.code.end)];
      if (code.length === UNREACHABLE.length && UNREACHABLE.every((byte, i) => code[i] === byte)) {
        return this.#added(() => trapAdapter(title, type));
      }
    }
    throw composed(quote(title));
  }
}

function expectType(type: FunctionType, expected: Signature, title: string, offset: number): void {
  if (sameSignature(type, expected)) return;
  throw new RingfenceError(
    'IMPORT_DENIED',
    `The import ${quote(title)} is imported as ${signatureName(type)}, but the host offers it as ${signatureName(expected)}`,
    { stage: 'validate', details: { import: quote(title), offset } },
  );
}

const noRealloc = (title: string): RingfenceError =>
  new RingfenceError('INVALID_MODULE', `component: ${quote(title)} returns a list, but no realloc is given for it`, {
    stage: 'validate',
  });
