/** What the measuring processes are asked for, and what they answer. */

export interface MeteredFile {
  readonly name: string;
  readonly file: string;
}

export interface SpeedJob {
  readonly modules: readonly MeteredFile[];
  /** Measured rounds of each module: until so many ms are over, and so many at least. */
  readonly roundMs: number;
  readonly minRounds: number;
  readonly warmUpMs: number;
}

/** The stages that are timed; `both` is what loading bytes that were never seen takes before V8 compiles. */
export const STAGES = ['check', 'meter', 'both', 'validate'] as const;
export type Stage = (typeof STAGES)[number];

/** One module in one process. */
export interface SpeedSample {
  readonly name: string;
  readonly bytes: number;
  /** Of them in the code section: what the time depends on. */
  readonly codeBytes: number;
  readonly functions: number;
  /** Size of the metered module over that of the original. */
  readonly growth: number;
  /** Microseconds of the fastest round. */
  readonly us: Readonly<Record<Stage, number>>;
}

export interface MemoryJob {
  readonly file: string;
}

export interface MemorySample {
  /**
   * Bytes by which the process was larger at its peak than before, the metered module left out; undefined where starting the
   * process took more.
   */
  readonly extraBytes: number | undefined;
}
