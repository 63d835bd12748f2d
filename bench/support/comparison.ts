/** From the samples of several processes to rows of "how many times the baseline": the document of `--json`, and its table. */
import type { Machine } from './machine.ts';
import { halfRange, least, median } from './statistics.ts';
import { factor, table } from './table.ts';

/** What one process measured of one subject. */
export interface Sample {
  readonly subject: string;
  /** What the work was done on: "64 KiB". */
  readonly size: string;
  /** Microseconds of one operation, by round: in one round all subjects take their turns, close to each other in time. */
  readonly us: readonly number[];
}

/** A subject and what it is held against. */
export interface Comparison {
  readonly subject: string;
  readonly baseline: string;
  /** What it is made for. @default all */
  readonly sizes?: readonly string[];
}

export interface Row extends Omit<Comparison, 'sizes'> {
  readonly size: string;
  /** Time against the baseline in the same round: the median over the rounds of a process, then over the processes. */
  readonly ratio: number;
  /** The same of each process: what `npm run bench:compare` reads. */
  readonly ratios: readonly number[];
  /** Half the distance between the lowest and the highest process. */
  readonly spread: number;
  /** Fastest round against fastest round: the median over the processes. */
  readonly bestRatio: number;
  /** Microseconds of one operation: the median over the processes of their medians. */
  readonly us: number;
  /** The same of the baseline. */
  readonly baselineUs: number;
}

export interface Results {
  readonly suite: string;
  readonly machine: Machine;
  readonly processes: number;
  readonly rows: readonly Row[];
}

/** A row for each comparison and size, in the order of the comparisons. */
export function compare(
  comparisons: readonly Comparison[],
  sizes: readonly string[],
  processes: readonly (readonly Sample[])[],
): Row[] {
  const timesOf = (subject: string, size: string): (readonly number[])[] =>
    processes.map((samples) => {
      const found = samples.find((sample) => sample.subject === subject && sample.size === size);
      if (found === undefined) throw new Error(`no sample of ${subject} at ${size}`);
      return found.us;
    });
  return comparisons.flatMap(({ subject, baseline, sizes: some = sizes }) =>
    some.map((size): Row => {
      const own = timesOf(subject, size);
      const base = timesOf(baseline, size);
      // Round by round, so that what slows the machine down for a while slows both sides.
      const ratios = own.map((us, i) => median(us.map((value, round) => value / (base[i]?.[round] ?? Number.NaN))));
      return {
        subject,
        size,
        baseline,
        ratio: median(ratios),
        ratios,
        spread: halfRange(ratios),
        bestRatio: median(own.map((us, i) => least(us) / least(base[i] ?? []))),
        us: median(own.map(median)),
        baselineUs: median(base.map(median)),
      };
    }),
  );
}

export function printComparison(title: string, { machine, processes, rows }: Results): void {
  const { cpu, cores, node, v8, date } = machine;
  console.log(`${title} on Node ${node} (V8 ${v8}), ${cpu} x${cores}, ${date}`);
  console.log(
    `Medians over ${processes} processes; ± is half the range of their ratios. The control is the baseline again.\n`,
  );
  const body = rows.map(({ subject, size, baseline, ratio, spread, bestRatio, us, baselineUs }) => [
    subject,
    size,
    microseconds(us),
    baseline,
    microseconds(baselineUs),
    factor(ratio),
    `±${spread.toFixed(3)}`,
    factor(bestRatio),
  ]);
  console.log(table(['subject', 'size', 'µs', 'against', 'its µs', 'ratio', '', 'ratio of best'], body));
}

const microseconds = (us: number): string => us.toFixed(us < 100 ? 3 : us < 10_000 ? 1 : 0);
