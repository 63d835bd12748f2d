/** One instance of a fuzzed module with its host: raw, metered or counted. Whatever can be seen of it is compared. */
import type { MeterReport } from '../../../engine/meter/index.ts';
import { Driver, type DriverOptions } from '../../meter/support/driver.ts';
import { addCount, COUNT, startCounting, takeCount } from '../../meter/support/reference-counter.ts';
import type { Call } from './module-generator.ts';

export type Outcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  /** A trap of the guest's own, with V8's message. */
  | { readonly kind: 'trapped'; readonly message: string }
  /** An exception left the guest. */
  | { readonly kind: 'thrown'; readonly what: string }
  | { readonly kind: 'out of fuel' }
  | { readonly kind: 'stack overflow' };

/** Ends in which all fuel is accounted for. */
export const isExact = ({ kind }: Outcome): boolean => kind === 'returned' || kind === 'thrown';

/** How one kind of session counts. */
export interface Meter {
  imports(own: WebAssembly.Imports): WebAssembly.Imports;
  attach(instance: WebAssembly.Instance): void;
  /** The start function, where instantiation did not run it. */
  start(instance: WebAssembly.Instance): void;
  spend<Result>(budget: number, action: () => Result): Result;
  charge(fuel: number): void;
  /** Fuel of the last call. */
  used(): number;
  /** Why the guest ended, if the meter ended it. */
  stopped(): 'out of fuel' | 'stack overflow' | undefined;
  /** Fuel that was handed out for the last call: what a trap bills. */
  billed(): number;
  /** Names of exports that are the meter's. */
  readonly own: ReadonlySet<string>;
}

export function rawMeter(): Meter {
  return {
    imports: (own) => own,
    attach: () => undefined,
    start: () => undefined,
    spend: (_, action) => action(),
    charge: () => undefined,
    used: () => 0,
    stopped: () => undefined,
    billed: () => 0,
    own: new Set(),
  };
}

export function countingMeter(): Meter {
  let instance: WebAssembly.Instance;
  let used = 0;
  return {
    ...rawMeter(),
    attach: (given) => {
      instance = given;
    },
    start: startCounting,
    spend(_, action) {
      takeCount(instance);
      try {
        return action();
      } finally {
        used = takeCount(instance);
      }
    },
    charge: (fuel) => addCount(instance, fuel),
    used: () => used,
    own: new Set([COUNT, 'reference start']),
  };
}

export function fuelMeter({ hidden }: MeterReport, options: DriverOptions): Meter {
  const driver = new Driver(hidden, options);
  return {
    imports: (own) => driver.imports(own),
    attach: (instance) => driver.attach(instance),
    start: (instance) => driver.start(instance),
    spend: (budget, action) => driver.spend(budget, action),
    charge: (fuel) => driver.charge(fuel),
    used: () => driver.used,
    stopped: () => (driver.overflowed ? 'stack overflow' : driver.refused || driver.overdrawn ? 'out of fuel' : undefined),
    billed: () => driver.granted,
    own: new Set(Object.values(hidden).filter((name) => typeof name === 'string')),
  };
}

const MAX_REENTRIES = 3;

export class Session {
  readonly #module: WebAssembly.Module;
  readonly #meter: Meter;
  /** What the guest told its host, in order. */
  readonly #log: unknown[] = [];
  #instance: WebAssembly.Instance | undefined;
  #reentries = 0;
  readonly #failure = new Error('the host fails');

  constructor(module: WebAssembly.Module, meter: Meter) {
    this.#module = module;
    this.#meter = meter;
  }

  /** Instantiates, and runs the start function. */
  start(budget: number): Outcome {
    return this.#outcome(() => {
      const instance = new WebAssembly.Instance(this.#module, this.#meter.imports({ env: this.#host() }));
      this.#meter.attach(instance);
      this.#meter.spend(budget, () => this.#meter.start(instance));
      this.#instance = instance;
      return undefined;
    });
  }

  call({ name, args }: Call, budget: number): Outcome {
    const exported = this.#instance?.exports[name] as (...args: unknown[]) => unknown;
    return this.#outcome(() => this.#meter.spend(budget, () => exported(...args)));
  }

  get used(): number {
    return this.#meter.used();
  }

  get billed(): number {
    return this.#meter.billed();
  }

  /** All that can be seen from outside: memories, globals, tables, and what the host heard. */
  state(): readonly unknown[] {
    const seen: unknown[] = [...this.#log];
    for (const [name, value] of Object.entries(this.#instance?.exports ?? {})) {
      if (this.#meter.own.has(name)) continue;
      if (value instanceof WebAssembly.Memory) seen.push(name, Buffer.from(value.buffer).toString('latin1'));
      else if (value instanceof WebAssembly.Global) seen.push(name, typeof value.value === 'function' ? 'a function' : value.value);
      else if (value instanceof WebAssembly.Table)
        seen.push(name, ...Array.from({ length: value.length }, (_, i) => value.get(i) === null));
    }
    return seen;
  }

  #outcome(action: () => unknown): Outcome {
    this.#reentries = 0;
    let stopped: ReturnType<Meter['stopped']>;
    try {
      const value = action();
      stopped = this.#instance === undefined ? undefined : this.#meter.stopped();
      return stopped === undefined ? { kind: 'returned', value } : { kind: stopped };
    } catch (error) {
      try {
        stopped = this.#meter.stopped();
      } catch {
        // There is no instance to ask: it trapped on its way up.
      }
      if (stopped !== undefined) return { kind: stopped };
      if (error instanceof WebAssembly.RuntimeError) return { kind: 'trapped', message: error.message };
      if (error instanceof WebAssembly.Exception) return { kind: 'thrown', what: this.#describe(error) };
      if (error === this.#failure) return { kind: 'thrown', what: error.message };
      if (error instanceof RangeError) return { kind: 'stack overflow' };
      throw error;
    }
  }

  #describe(exception: WebAssembly.Exception): string {
    const tag = this.#instance?.exports.tag as WebAssembly.Tag | undefined;
    return tag !== undefined && exception.is(tag) ? `exception ${exception.getArg(tag, 0)}` : 'exception';
  }

  #host(): WebAssembly.ModuleImports {
    return {
      log: (value: number) => {
        this.#log.push(value);
      },
      ask: (a: number, b: number) => (Math.imul(a, 31) + (Number.isFinite(b) ? Math.trunc(b) : 7)) | 0,
      pair: (a: bigint) => [BigInt.asIntN(64, a * 3n), 1.5],
      charge: (fuel: number) => {
        if (this.#instance !== undefined) this.#meter.charge(fuel & 0xff);
      },
      fail: (how: number) => {
        const tag = this.#instance?.exports.tag as WebAssembly.Tag | undefined;
        if (tag !== undefined && how % 2 === 0) throw new WebAssembly.Exception(tag, [how]);
        throw this.#failure;
      },
      reenter: (how: number) => {
        const callback = this.#instance?.exports.callback as (() => number) | undefined;
        if (callback === undefined || this.#reentries >= MAX_REENTRIES) return -1;
        this.#reentries++;
        try {
          return callback();
        } catch (error) {
          // A host may swallow exceptions of its guest, but must let traps pass.
          if (how % 2 === 0 || !(error instanceof WebAssembly.Exception)) throw error;
          return -2;
        }
      },
    };
  }
}
