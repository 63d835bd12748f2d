/** From samples to the figures that are reported: the document of `--json`. */
import type { Machine } from '../support/machine.ts';
import { geomean, halfRange, least, median } from '../support/statistics.ts';
import { type SpeedSample, STAGES, type Stage } from './job.ts';
import { SOURCES } from './modules.ts';

export interface SpeedRow {
  readonly module: string;
  readonly bytes: number;
  readonly codeBytes: number;
  readonly functions: number;
  readonly stage: Stage;
  /** Fastest round; the median over the processes. */
  readonly ms: number;
  readonly mbPerSecond: number;
  /** Half the distance between the slowest and the fastest process, in MB/s. */
  readonly spread: number;
  /** Time against V8 alone validating the same module, of each process: what `npm run bench:compare` reads. */
  readonly ratios: readonly number[];
}

/** How time grows with size: within a family everything but the size is the same. */
export interface LinearityRow {
  readonly family: string;
  readonly stage: Stage;
  /** Time for a byte of code of each module against that of the smallest, by size. */
  readonly perByte: readonly { readonly bytes: number; readonly ratio: number }[];
}

export interface CodeRow {
  readonly module: string;
  /** Size of the metered module over that of the original. */
  readonly growth: number;
  /** CPU time of compiling the metered module over that of the original; undefined where it was not measured. */
  readonly turbofanCompile: number | undefined;
  readonly liftoffCompile: number | undefined;
}

export interface MemoryRow {
  readonly module: string;
  /** Peak memory beside input and output, over the size of the input; undefined where it was too little to be seen. */
  readonly extraPerByte: number | undefined;
}

export interface Results {
  readonly suite: 'meter';
  readonly machine: Machine;
  readonly processes: number;
  readonly rows: readonly SpeedRow[];
  readonly linearity: readonly LinearityRow[];
  readonly code: readonly CodeRow[];
  readonly memory: readonly MemoryRow[];
  readonly summary: {
    /** MB/s of checking and metering together: the slowest module, and the geometric mean. */
    readonly slowest: number;
    readonly geomean: number;
    readonly growth: number;
    readonly turbofanCompile: number | undefined;
    readonly liftoffCompile: number | undefined;
  };
}

export function summarise(
  machine: Machine,
  processes: readonly (readonly SpeedSample[])[],
  compile: readonly Omit<CodeRow, 'growth'>[],
  memory: readonly MemoryRow[],
): Results {
  const rows = (processes[0] ?? []).flatMap(({ name }) => STAGES.map((stage) => speedRow(name, stage, processes)));
  const both = rows.filter(({ stage }) => stage === 'both').map(({ mbPerSecond }) => mbPerSecond);
  const code = (processes[0] ?? []).map(({ name, growth }): CodeRow => {
    const timed = compile.find(({ module }) => module === name);
    return {
      module: name,
      growth,
      turbofanCompile: timed?.turbofanCompile,
      liftoffCompile: timed?.liftoffCompile,
    };
  });
  return {
    suite: 'meter',
    machine,
    processes: processes.length,
    rows,
    linearity: linearity(rows),
    code,
    memory,
    summary: {
      slowest: least(both),
      geomean: geomean(both),
      growth: geomean(code.map(({ growth }) => growth)),
      turbofanCompile: meanOf(code, 'turbofanCompile'),
      liftoffCompile: meanOf(code, 'liftoffCompile'),
    },
  };
}

function speedRow(name: string, stage: Stage, processes: readonly (readonly SpeedSample[])[]): SpeedRow {
  const samples = processes.flatMap((all) => all.filter((sample) => sample.name === name));
  const [{ bytes, codeBytes, functions }] = samples as [SpeedSample];
  const us = samples.map((sample) => sample.us[stage]);
  return {
    module: name,
    bytes,
    codeBytes,
    functions,
    stage,
    ms: median(us) / 1000,
    // A byte for each microsecond is a megabyte for each second.
    mbPerSecond: bytes / median(us),
    spread: halfRange(us.map((time) => bytes / time)),
    ratios: samples.map((sample) => sample.us[stage] / sample.us.validate),
  };
}

function linearity(rows: readonly SpeedRow[]): LinearityRow[] {
  const families = [...new Set(SOURCES.flatMap(({ family }) => family ?? []))];
  return families.flatMap((family) => {
    const names = new Set(SOURCES.filter((source) => source.family === family).map(({ name }) => name));
    return STAGES.map((stage): LinearityRow => {
      const own = rows.filter((row) => row.stage === stage && names.has(row.module)).sort((a, b) => a.bytes - b.bytes);
      const smallest = (own[0]?.ms ?? Number.NaN) / (own[0]?.codeBytes ?? Number.NaN);
      return {
        family,
        stage,
        perByte: own.map(({ bytes, codeBytes, ms }) => ({ bytes, ratio: ms / codeBytes / smallest })),
      };
    });
  });
}

function meanOf(code: readonly CodeRow[], key: 'turbofanCompile' | 'liftoffCompile'): number | undefined {
  const values = code.flatMap((row) => row[key] ?? []);
  return values.length === 0 ? undefined : geomean(values);
}
