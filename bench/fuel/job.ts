/** What the parent process asks of a measuring child, and what the child answers: JSON both ways. */
import type { HiddenNames } from '../../test/meter/support/driver.ts';

/** How a variant of a program is driven. */
export type Drive =
  | { readonly kind: 'raw' }
  /** Metered with slices: fuel is granted as the engine does it. */
  | { readonly kind: 'sliced'; readonly hidden: HiddenNames }
  /** Rewritten by \@permaweb/wasm-metering: a host function is called for each block. */
  | { readonly kind: 'use-gas' };

export interface Variant {
  readonly subject: string;
  /** Path of the wasm file. */
  readonly file: string;
  readonly drive: Drive;
  /** Measured runs; slow peers get fewer than the others. */
  readonly rounds: number;
}

export interface ProgramJob {
  readonly program: string;
  readonly n: number;
  readonly expected: number;
  readonly firstRun: { readonly n: number; readonly expected: number };
  readonly variants: readonly Variant[];
}

export interface MeasureJob {
  /** Seed of the order in which programs and variants run. */
  readonly seed: number;
  readonly warmUps: number;
  readonly programs: readonly ProgramJob[];
}

export interface Measured {
  readonly program: string;
  readonly subject: string;
  /** Milliseconds of CPU from the bytes to the answer of the first small run: compile, instantiate, call. */
  readonly firstRunMs: number;
  /** Milliseconds of CPU of the fastest run after the warm-up, and of all of them. */
  readonly bestMs: number;
  readonly runsMs: readonly number[];
  /** Fuel of one run, if the variant counts it. */
  readonly fuel: number | undefined;
  /** Slices that ended during one run. */
  readonly refills: number | undefined;
}
