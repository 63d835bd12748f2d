/** The document of the growth benchmark, and how it is printed. */
import type { Machine } from '../support/machine.ts';
import { halfRange, median } from '../support/statistics.ts';
import { table } from '../support/table.ts';
import { type Curve, curveOf, type Line } from './curves.ts';
import { fitExponent } from './fit.ts';

/** What one process measured at one point of one curve. */
export interface GrowthSample {
  readonly subject: string;
  readonly at: number;
  /** Microseconds. */
  readonly us: number;
}

export interface GrowthRow {
  readonly curve: string;
  readonly subject: string;
  /** Of what grows. */
  readonly at: number;
  /** Microseconds: the median over the processes. */
  readonly us: number;
  /** Half the distance between the fastest and the slowest process, against the median. */
  readonly spread: number;
  readonly baseline: string | undefined;
  /** Times the baseline at the same point. */
  readonly ratio: number | undefined;
  /** The same of each process: what `npm run bench:compare` reads. */
  readonly ratios: readonly number[] | undefined;
}

export interface GrowthFit {
  readonly curve: string;
  readonly subject: string;
  /** Time grows with this power of what grows, over the points from `from` on. */
  readonly exponent: number;
  readonly error: number | undefined;
  readonly from: number;
  readonly ideal: number;
}

export interface GrowthResults {
  readonly suite: 'growth';
  readonly machine: Machine;
  readonly processes: number;
  readonly rows: readonly GrowthRow[];
  readonly fits: readonly GrowthFit[];
}

/** @param processes the samples of one curve, by process */
export function rowsOf(curve: Curve, processes: readonly (readonly GrowthSample[])[]): GrowthRow[] {
  const times = (subject: string, at: number): number[] =>
    processes.flatMap((samples) =>
      samples.filter((sample) => sample.subject === subject && sample.at === at).map(({ us }) => us),
    );
  const points = [...new Set(processes.flat().map(({ at }) => at))].sort((a, b) => a - b);
  return curve.lines.flatMap(({ subject, baseline }: Line) =>
    points.map((at) => {
      const own = times(subject, at);
      const us = median(own);
      const base = baseline === undefined ? undefined : times(baseline, at);
      const ratio = base === undefined ? undefined : us / median(base);
      const ratios = base === undefined ? undefined : own.map((time, i) => time / (base[i] ?? Number.NaN));
      return { curve: curve.name, subject, at, us, spread: halfRange(own) / us, baseline, ratio, ratios };
    }),
  );
}

export function fitsOf(curve: Curve, rows: readonly GrowthRow[]): GrowthFit[] {
  const { fitFrom: from, ideal, name } = curve;
  return curve.lines.map(({ subject }) => {
    const points = rows.filter((row) => row.curve === name && row.subject === subject && row.at >= from);
    const { exponent, error } = fitExponent(points.map(({ at, us }) => ({ x: at, y: us })));
    return { curve: name, subject, exponent, error, from, ideal };
  });
}

export function printResults({ machine, processes, rows, fits }: GrowthResults): void {
  const { cpu, cores, node, date } = machine;
  console.log(`How costs grow, on Node ${node}, ${cpu} x${cores}, ${date}; medians over ${processes} processes`);
  for (const name of [...new Set(rows.map(({ curve }) => curve))]) {
    const curve = curveOf(name);
    const of = rows.filter((row) => row.curve === name);
    const points = [...new Set(of.map(({ at }) => at))];
    console.log(`\n${name}: µs of ${curve.timed}, by ${curve.grows}`);
    const body = curve.lines.map(({ subject }) => {
      const fit = fits.find((one) => one.curve === name && one.subject === subject);
      const cells = points.map((at) => of.find((row) => row.subject === subject && row.at === at)?.us ?? Number.NaN);
      return [subject, ...cells.map(short), fit === undefined ? '' : exponentOf(fit)];
    });
    console.log(table(['', ...points.map((at) => at.toLocaleString('en')), `exponent, ideal ${curve.ideal}`], body));
  }
}

const short = (us: number): string => (us < 100 ? us.toFixed(2) : us.toFixed(0));
const exponentOf = ({ exponent, error }: GrowthFit): string =>
  `${exponent.toFixed(2)}${error === undefined ? '' : ` ±${error.toFixed(2)}`}`;
