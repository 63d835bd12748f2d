/**
 * The host's half of the fuel contract, as small as it can be: grants slices, keeps the books, tells why a guest ended.
 * Tests and benchmarks drive metered modules with it; it shares no code with the engine's runtime.
 */
import { STACK_OVERFLOW_FUEL } from '../../../engine/meter/counter.ts';
import type { HiddenNames } from '../../../engine/meter/report.ts';

export type { HiddenNames };

/** Fuel of the first slice, and of the largest: slices double in between. */
export const FIRST_SLICE = 100_000;
export const LARGEST_SLICE = 5_000_000;

export interface DriverOptions {
  /** @default FIRST_SLICE */
  readonly firstSlice?: number;
  /** @default LARGEST_SLICE */
  readonly largestSlice?: number;
  /** Looked at whenever a slice ends; an answer of true ends the guest. @default never */
  readonly stop?: () => boolean;
}

export class Driver {
  readonly #hidden: HiddenNames;
  readonly #first: number;
  readonly #largest: number;
  readonly #stop: () => boolean;
  #getFuel!: () => number;
  #begin!: (fuel: number) => void;
  #setFuel!: (fuel: number) => void;
  /** Fuel of the budget that was not handed out yet, and that was. */
  #left = 0;
  #granted = 0;
  #slice = 0;
  /** How often a slice ended in this run. */
  refills = 0;
  /** Greatest debt at the end of a slice, over all runs. */
  deepestDebt = 0;
  /** The guest was refused more fuel. */
  refused = false;

  constructor(
    hidden: HiddenNames,
    { firstSlice = FIRST_SLICE, largestSlice = LARGEST_SLICE, stop = () => false }: DriverOptions = {},
  ) {
    this.#hidden = hidden;
    this.#first = firstSlice;
    this.#largest = largestSlice;
    this.#stop = stop;
  }

  /** The module's own imports and the refill hook. */
  imports(own: WebAssembly.Imports = {}): WebAssembly.Imports {
    const { refill } = this.#hidden;
    if (refill === undefined) return own;
    return { ...own, [refill.module]: { ...own[refill.module], [refill.name]: this.#refill } };
  }

  /** Takes charge of an instance. The start function, if there was one, has not run yet. */
  attach({ exports }: WebAssembly.Instance): void {
    this.#getFuel = exports[this.#hidden.getFuel] as () => number;
    this.#setFuel = exports[this.#hidden.setFuel] as (fuel: number) => void;
    this.#begin = exports[this.#hidden.begin] as (fuel: number) => void;
  }

  /** Runs the module's start function, if it had one; call it inside `spend`. */
  start({ exports }: WebAssembly.Instance): void {
    if (this.#hidden.start !== undefined) (exports[this.#hidden.start] as () => void)();
  }

  /** Runs `action` with this much fuel. What it throws passes through. */
  spend<Result>(budget: number, action: () => Result): Result {
    this.refills = 0;
    this.refused = false;
    this.#slice = this.#first;
    this.#granted = Math.min(budget, this.#first);
    this.#left = budget - this.#granted;
    this.#begin(this.#granted);
    return action();
  }

  /** Fuel that the last run used: exact if it returned, or if a host function ended it. */
  get used(): number {
    return this.#granted - this.#getFuel();
  }

  /** The last run used more than its budget, and came to its end before anyone looked. */
  get overdrawn(): boolean {
    return this.#left + this.#getFuel() < 0;
  }

  /** What a host function does that costs fuel. */
  charge(fuel: number): void {
    this.#setFuel(this.#getFuel() - fuel);
  }

  /** The guest's stack was too deep: the last run ended for that. */
  get overflowed(): boolean {
    return this.#getFuel() === STACK_OVERFLOW_FUEL;
  }

  /** Fuel handed out in the last run: what a trap bills. */
  get granted(): number {
    return this.#granted;
  }

  readonly #refill = (rest: number): number => {
    this.refills++;
    this.deepestDebt = Math.max(this.deepestDebt, -rest);
    this.#slice = Math.min(this.#slice * 2, this.#largest);
    const grant = Math.min(this.#left, Math.max(this.#slice, -rest));
    if (rest + grant < 0 || this.#stop()) {
      this.refused = true;
      return -1;
    }
    this.#left -= grant;
    this.#granted += grant;
    return rest + grant;
  };
}
