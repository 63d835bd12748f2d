/** What main and the measuring process say to each other. */

/** A loop, assembled: compiling the assembler itself with the optimising compiler would take minutes. */
export interface LoopModule {
  readonly id: string;
  /** Path of the module. */
  readonly file: string;
  /** In one round. */
  readonly repetitions: number;
}

export interface GrowthModule {
  readonly instruction: string;
  readonly unit: string;
  /** Exports `each(n)` and `all(n)`. */
  readonly file: string;
  readonly count: number;
}

export interface PriceJob {
  readonly loops: readonly LoopModule[];
  readonly growth: readonly GrowthModule[];
  /** Milliseconds that one loop is measured, at least, and windows. */
  readonly loopMs: number;
  readonly windows: number;
}

export interface LoopTime {
  readonly id: string;
  /** Of one repetition, the fastest. */
  readonly ns: number;
  /** Fuel of one repetition, as the reference counter counts it. */
  readonly fuel: number;
}

export interface Growth {
  readonly instruction: string;
  readonly unit: string;
  /** For each unit, when they come one by one, and all at once. */
  readonly oneByOneNs: number;
  readonly atOnceNs: number;
}

export interface Measured {
  readonly loops: readonly LoopTime[];
  readonly growth: readonly Growth[];
}
