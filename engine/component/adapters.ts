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
import { hostSignature, loweredSignature, REALLOC, type Signature, signatureKey } from './signature.ts';
import type { TypeTable } from './type-table.ts';
import { WASI_FUNCTIONS, WASI_HOST, WASI_MODULE } from './wasi.ts';

export type OutsideItem = Extract<CoreItem, { kind: 'lower' | 'drop' | 'handle' }>;
/** Index of a core function of the component, which must have that signature. */
export type FunctionIndex = (item: CoreItem, expected: Signature, what: string) => number;
type Make = (indexOf: FunctionIndex) => AddedFunction;

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

const DROP: Signature = { params: ['i32'], results: [] };
const HANDLE: Signature = { params: ['i32'], results: ['i32'] };
const HOST_ERROR: Signature = { params: [], results: ['i64'] };
/** Instructions of a function that does nothing but trap. */
const UNREACHABLE = [0x00, 0x0b];
const NOTHING = [0x0b];

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

  write(types: TypeTable, indexOf: FunctionIndex): AddedFunction[] {
    const functions = this.#makers.map((make) => make(indexOf));
    for (const { signature } of functions) types.add(signature);
    return functions;
  }

  #make(item: OutsideItem, type: FunctionType, title: string, offset: number): Place {
    if (item.kind === 'drop') {
      expectType(type, DROP, title, offset);
      const { destructor } = item;
      const stub = destructor && this.#stubOf(destructor);
      if (stub === 'trap') return this.#added(() => trapAdapter(title, DROP));
      if (stub === 'nothing') return this.#added(() => dropAdapter(title, undefined));
      return this.#added((indexOf) =>
        dropAdapter(title, destructor && indexOf(destructor, DROP, `destructor behind ${quote(title)}`)),
      );
    }
    if (item.kind === 'handle') {
      expectType(type, HANDLE, title, offset);
      return this.#added(() => added(title, HANDLE, [], (code) => code.get(0)));
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
    return this.#added((indexOf) =>
      added(found.name, wasi.signature, wasi.locals, (code) =>
        wasi.write(code, {
          host,
          realloc: () => {
            if (options.realloc === undefined) throw noRealloc(title);
            return indexOf(options.realloc, REALLOC, 'realloc');
          },
        }),
      ),
    );
  }

  #added(make: Make): Place {
    return { space: 'added', index: this.#makers.push(make) - 1 };
  }

  /** Real ones would need a memory each. */
  #otherComponent(func: Extract<Func, { kind: 'lift' }>, type: FunctionType, title: string): Place {
    if (this.#stubOf(func.core) === 'trap') return this.#added(() => trapAdapter(title, type));
    throw composed(quote(title));
  }

  /** Tools leave stubs behind, as components of their own: functions that only trap, and destructors that do nothing. */
  #stubOf(item: CoreItem): 'trap' | 'nothing' | undefined {
    const resolved = this.#modules.resolveItem(item, 'func');
    if (resolved.kind !== 'defined') return undefined;
    const { module } = this.#modules.valid(resolved.instance);
    const body = module.bodies[resolved.index - module.imported.func];
    const code =
      body === undefined
        ? ''
        : module.bytes.subarray(body.code.start, Math.min(body.code.end, body.code.start + 3)).join();
    return code === UNREACHABLE.join() ? 'trap' : code === NOTHING.join() ? 'nothing' : undefined;
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
