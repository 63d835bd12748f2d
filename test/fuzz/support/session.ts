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
  | { readonly kind: 'stack overflow' }
  /** An exception left the guest inside of a call, and the host went on: that costs the fuel at hand, however much it is. */
  | { readonly kind: 'swallowed' };

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
    stopped: () =>
      driver.overflowed ? 'stack overflow' : driver.refused || driver.overdrawn ? 'out of fuel' : undefined,
    billed: () => driver.granted,
    own: new Set([hidden, hidden.state ?? {}].flatMap(Object.values).filter((name) => typeof name === 'string')),
  };
}

/** What a host can do with the session it belongs to. */
export interface SessionView {
  /** Undefined while the instance comes up. */
  readonly exports: WebAssembly.Exports | undefined;
  /** Exports that are the module's own, in their order. */
  readonly own: readonly WebAssembly.ExportValue[];
  /** One thing more that the guest told. */
  tell(what: unknown): void;
  charge(fuel: number): void;
  /** Runs something, and goes on if an exception comes out. Answers whether none did. */
  swallow(action: () => void): boolean;
  /** Calls the guest from inside a call, a few times at most. Answers undefined when there were too many. */
  reenter<Result>(action: () => Result): Result | undefined;
}

export type Host = (session: SessionView) => WebAssembly.Imports;

/** What hosts throw that throw. */
export class HostFailure extends Error {}

const MAX_REENTRIES = 3;

export class Session {
  readonly #module: WebAssembly.Module;
  readonly #meter: Meter;
  readonly #host: Host;
  /** What the guest told its host, in order. */
  readonly #told: unknown[] = [];
  #instance: WebAssembly.Instance | undefined;
  #reentries = 0;
  #swallowed = false;

  constructor(module: WebAssembly.Module, meter: Meter, host: Host) {
    this.#module = module;
    this.#meter = meter;
    this.#host = host;
  }

  /** Instantiates, and runs the start function. */
  start(budget: number): Outcome {
    return this.#outcome(() => {
      const imports = this.#host(this.#view());
      const instance = new WebAssembly.Instance(this.#module, this.#meter.imports(imports));
      this.#meter.attach(instance);
      this.#meter.spend(budget, () => this.#meter.start(instance));
      this.#instance = instance;
      return undefined;
    });
  }

  call({ name, args }: Call, budget: number): Outcome {
    const [exported = name, slot] = name.split(/[[\]]/);
    const found = this.#instance?.exports[exported];
    const called = (slot === undefined ? found : (found as WebAssembly.Table).get(Number(slot))) as (
      ...args: unknown[]
    ) => unknown;
    return this.#outcome(() => this.#meter.spend(budget, () => called(...args)));
  }

  get used(): number {
    return this.#meter.used();
  }

  get billed(): number {
    return this.#meter.billed();
  }

  /** All that can be seen from outside: memories, globals, tables, and what the host heard. */
  state(): readonly unknown[] {
    const seen: unknown[] = [...this.#told];
    for (const [name, value] of this.#ownExports()) {
      if (value instanceof WebAssembly.Memory) seen.push(name, Buffer.from(value.buffer).toString('latin1'));
      else if (value instanceof WebAssembly.Global) seen.push(name, seenValue(value));
      else if (value instanceof WebAssembly.Table)
        seen.push(name, ...Array.from({ length: value.length }, (_, i) => value.get(i) === null));
    }
    return seen;
  }

  #ownExports(): [string, WebAssembly.ExportValue][] {
    return Object.entries(this.#instance?.exports ?? {}).filter(([name]) => !this.#meter.own.has(name));
  }

  #view(): SessionView {
    const session = this;
    return {
      get exports() {
        return session.#instance?.exports;
      },
      get own() {
        return session.#ownExports().map(([, value]) => value);
      },
      tell: (what) => {
        session.#told.push(what);
      },
      charge: (fuel) => {
        if (session.#instance !== undefined) session.#meter.charge(fuel);
      },
      swallow: (action) => {
        try {
          action();
          return true;
        } catch (error) {
          // Traps are not to be swallowed: a guest that was stopped would go on.
          if (!isException(error)) throw error;
          session.#swallowed = true;
          return false;
        }
      },
      reenter: (action) => (session.#reentries++ < MAX_REENTRIES ? action() : undefined),
    };
  }

  #outcome(action: () => unknown): Outcome {
    this.#reentries = 0;
    this.#swallowed = false;
    const outcome = this.#endOf(action);
    return this.#swallowed ? { kind: 'swallowed' } : outcome;
  }

  #endOf(action: () => unknown): Outcome {
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
      if (isException(error)) return { kind: 'thrown', what: this.#describe(error) };
      if (error instanceof RangeError) return { kind: 'stack overflow' };
      throw error;
    }
  }

  #describe(exception: WebAssembly.Exception | Error): string {
    if (exception instanceof Error) return exception.message;
    const tag = this.#instance?.exports.tag as WebAssembly.Tag | undefined;
    return tag !== undefined && exception.is(tag) ? `exception ${exception.getArg(tag, 0)}` : 'exception';
  }
}

/** What guests can catch. A TypeError comes from V8, for values that JavaScript cannot have. */
const isException = (error: unknown): error is WebAssembly.Exception | Error =>
  error instanceof WebAssembly.Exception || error instanceof HostFailure || error instanceof TypeError;

function seenValue(global: WebAssembly.Global): unknown {
  try {
    return typeof global.value === 'function' ? 'a function' : global.value;
  } catch {
    // A v128 or an exnref: JavaScript cannot see it.
    return 'hidden';
  }
}
