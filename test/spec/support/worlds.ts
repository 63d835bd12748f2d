/**
 * The same script is played in several worlds that know nothing of each other: modules as they are, metered, and counted
 * by the reference counter. Modules of a world see only modules of their world.
 */
import { isRingfenceError } from '../../../engine/errors.ts';
import { meter } from '../../../engine/meter/index.ts';
import { decodeModule } from '../../../engine/wasm/decode.ts';
import { functionTypeOf, type Module } from '../../../engine/wasm/module.ts';
import { Driver, type DriverOptions } from '../../meter/support/driver.ts';
import { countingModule, startCounting, takeCount } from '../../meter/support/reference-counter.ts';
import { type BitCaller, type Bits, bitCaller, bitsOf } from './bits.ts';
import type { Action } from './script.ts';

/** How an action ended. Messages are V8's own. */
export type Outcome =
  | { readonly kind: 'returned'; readonly bits: Bits }
  | { readonly kind: 'trapped'; readonly message: string }
  | { readonly kind: 'exhausted' }
  | { readonly kind: 'unlinkable' };

/** Enough for any action of the scripts. */
const PLENTY = 2 ** 40;

interface Live {
  readonly instance: WebAssembly.Instance;
  readonly module: Module;
  readonly callers: Map<string, BitCaller>;
}

/** What makes one kind of world. */
interface Kind {
  transform(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  imports(own: WebAssembly.Imports): WebAssembly.Imports;
  started(instance: WebAssembly.Instance): void;
  spend<Result>(action: () => Result): Result;
  /** Fuel of the action before. */
  used(): number;
  /** The guest's stack was too deep. */
  overflowed(error: unknown): boolean;
}

const nativeOverflow = (error: unknown): boolean => error instanceof RangeError;

function rawKind(): Kind {
  return {
    transform: (bytes) => bytes,
    imports: (own) => own,
    started: () => undefined,
    spend: (action) => action(),
    used: () => 0,
    overflowed: nativeOverflow,
  };
}

function countingKind(): Kind {
  const instances: WebAssembly.Instance[] = [];
  return {
    ...rawKind(),
    transform: (bytes) => countingModule(bytes),
    started(instance) {
      instances.push(instance);
      startCounting(instance);
    },
    spend(action) {
      for (const instance of instances) takeCount(instance);
      return action();
    },
    used: () => instances.reduce((sum, instance) => sum + takeCount(instance), 0),
  };
}

function meteredKind(options: DriverOptions = {}): Kind {
  const drivers: Driver[] = [];
  let next: Driver | undefined;
  return {
    transform(bytes) {
      const { bytes: metered, report } = meter(bytes);
      next = new Driver(report.hidden, options);
      return metered;
    },
    imports: (own) => next?.imports(own) ?? own,
    started(instance) {
      if (next === undefined) return;
      const driver = next;
      driver.attach(instance);
      drivers.push(driver);
      this.spend(() => driver.start(instance));
    },
    // Instances call each other, and each pays for its own code.
    spend: (action) => drivers.reduce((inner, driver) => () => driver.spend(PLENTY, inner), action)(),
    used: () => drivers.reduce((sum, driver) => sum + driver.used, 0),
    overflowed: (error) => nativeOverflow(error) || drivers.some((driver) => driver.overflowed),
  };
}

export const WORLDS = {
  raw: rawKind,
  metered: meteredKind,
  /** Metered, and asking for more fuel at almost every check. */
  sliced: () => meteredKind({ firstSlice: 3, largestSlice: 3 }),
  counted: countingKind,
} as const;

export class World {
  readonly #kind: Kind;
  readonly #registry = new Map<string, WebAssembly.ModuleImports>();
  readonly #named = new Map<string, Live>();
  readonly #all: Live[] = [];
  #current: Live | undefined;

  constructor(kind: keyof typeof WORLDS) {
    this.#kind = WORLDS[kind]();
    this.#registry.set('spectest', spectest());
  }

  /** @throws RingfenceError if the module is refused */
  instantiate(bytes: Uint8Array<ArrayBuffer>, name?: string): Outcome {
    const module = decodeModule(bytes);
    const compiled = new WebAssembly.Module(this.#kind.transform(bytes));
    const own: Record<string, WebAssembly.ModuleImports> = {};
    for (const item of module.imports) {
      const value = this.#registry.get(item.module)?.[item.name];
      own[item.module] ??= {};
      if (value !== undefined) (own[item.module] as WebAssembly.ModuleImports)[item.name] = value;
    }
    let instance: WebAssembly.Instance | undefined;
    const outcome = this.#outcome(() => {
      instance = new WebAssembly.Instance(compiled, this.#kind.imports(own));
      this.#kind.started(instance);
      return [];
    });
    this.#current = undefined;
    if (outcome.kind !== 'returned' || instance === undefined) return outcome;
    const live: Live = { instance, module, callers: new Map() };
    this.#all.push(live);
    this.#current = live;
    if (name !== undefined) this.#named.set(name, live);
    return outcome;
  }

  register(as: string, name?: string): void {
    const live = this.#find(name);
    if (live !== undefined) this.#registry.set(as, { ...live.instance.exports } as WebAssembly.ModuleImports);
  }

  /** Whether there is a module to act on: none if it was refused. */
  has(name: string | undefined): boolean {
    return this.#find(name) !== undefined;
  }

  act({ type, module: name, field, args = [] }: Action): { readonly outcome: Outcome; readonly used: number } {
    const live = this.#find(name);
    if (live === undefined) throw new Error(`no module ${name ?? 'at hand'}`);
    const exported = live.instance.exports[field] as WebAssembly.ExportValue;
    if (type === 'get')
      return { outcome: { kind: 'returned', bits: globalBits(exported as WebAssembly.Global) }, used: 0 };
    const caller = live.callers.get(field) ?? bitCaller(exported, exportedType(live.module, field));
    live.callers.set(field, caller);
    const bits = args.flatMap(bitsOf);
    const outcome = this.#outcome(() => this.#kind.spend(() => caller(...bits)));
    return { outcome, used: this.#kind.used() };
  }

  /** What can be seen of the instances from outside: memories, globals, tables. Names that only this world has are left out. */
  state(): readonly unknown[] {
    return this.#all.map(({ instance, module }) =>
      module.exports
        .filter(({ kind }) => kind !== 'func' && kind !== 'tag')
        .map(({ name, kind }) => {
          const value = instance.exports[name];
          if (kind === 'memory') return [name, Buffer.from((value as WebAssembly.Memory).buffer).toString('latin1')];
          if (kind === 'global') return [name, globalBits(value as WebAssembly.Global)];
          const table = value as WebAssembly.Table;
          return [name, Array.from({ length: table.length }, (_, i) => table.get(i) === null)];
        }),
    );
  }

  #find(name: string | undefined): Live | undefined {
    return name === undefined ? this.#current : this.#named.get(name);
  }

  #outcome(action: () => Bits): Outcome {
    try {
      return { kind: 'returned', bits: action() };
    } catch (error) {
      if (isRingfenceError(error)) throw error;
      if (error instanceof WebAssembly.LinkError) return { kind: 'unlinkable' };
      if (this.#kind.overflowed(error)) return { kind: 'exhausted' };
      if (error instanceof WebAssembly.RuntimeError) return { kind: 'trapped', message: error.message };
      throw error;
    }
  }
}

function exportedType(module: Module, field: string): NonNullable<ReturnType<typeof functionTypeOf>> {
  const item = module.exports.find(({ name }) => name === field);
  const type = item && functionTypeOf(module, item.index);
  if (type === undefined) throw new Error(`${field} is not an exported function`);
  return type;
}

function globalBits(global: WebAssembly.Global): Bits {
  try {
    const { value } = global;
    if (typeof value === 'function') return ['a function'];
    if (typeof value !== 'number' || Number.isInteger(value)) return [value];
    return [new BigInt64Array(new Float64Array([value]).buffer)[0]];
  } catch {
    // A v128 has no value in JavaScript.
    return ['v128'];
  }
}

/** The host module of the scripts. */
function spectest(): WebAssembly.ModuleImports {
  const print = (): void => undefined;
  return {
    print,
    print_i32: print,
    print_i64: print,
    print_f32: print,
    print_f64: print,
    print_i32_f32: print,
    print_f64_f64: print,
    global_i32: new WebAssembly.Global({ value: 'i32' }, 666),
    global_i64: new WebAssembly.Global({ value: 'i64' }, 666n),
    global_f32: new WebAssembly.Global({ value: 'f32' }, 666.6),
    global_f64: new WebAssembly.Global({ value: 'f64' }, 666.6),
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: 'anyfunc' }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}
