/** Two documents of one suite, row by row. */
import { halfRange, median } from '../support/statistics.ts';
import { type Interval, intervalOfQuotient } from './bootstrap.ts';

/** What is read of a document; everything else in it may be there. */
export interface Document {
  readonly suite: string;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * `fewer-samples`: with so few processes on one side no interval says anything. `noise`: the interval holds 1, or the processes of one
 * run differ by more than the runs do.
 */
export type Verdict = 'faster' | 'slower' | 'noise' | 'fewer-samples';

export interface Change {
  readonly row: string;
  /** Medians over the processes. */
  readonly before: number;
  readonly after: number;
  /** After against before. */
  readonly quotient: number;
  /** Of the quotient, 95 %. */
  readonly interval: Interval;
  readonly verdict: Verdict;
}

export interface Changes {
  readonly suite: string;
  /** What of the machines is not the same: figures of different machines are not compared without saying so. */
  readonly differences: readonly string[];
  readonly changes: readonly Change[];
  /** Rows that one of the documents does not have, or has without the figures of its processes. */
  readonly left: readonly string[];
}

const LEAST_PROCESSES = 3;

/** @throws when they are of different suites */
export function compareDocuments(a: Document, b: Document): Changes {
  if (a.suite !== b.suite) throw new Error(`Expected two documents of one suite, got ${a.suite} and ${b.suite}`);
  const after = new Map(b.rows.map((row) => [nameOf(row), ratiosOf(row)]));
  const names = new Set([...a.rows, ...b.rows].map(nameOf));
  const changes = a.rows.flatMap((row): Change[] => {
    const name = nameOf(row);
    const [before, later] = [ratiosOf(row), after.get(name)];
    return before === undefined || later === undefined ? [] : [changeOf(name, before, later)];
  });
  for (const { row } of changes) names.delete(row);
  const keys = new Set([...Object.keys(a.machine), ...Object.keys(b.machine)]);
  keys.delete('date');
  return {
    suite: a.suite,
    differences: [...keys]
      .filter((key) => a.machine[key] !== b.machine[key])
      .map((key) => `${key}: ${String(a.machine[key])} and ${String(b.machine[key])}`),
    changes,
    left: [...names],
  };
}

function changeOf(row: string, before: readonly number[], after: readonly number[]): Change {
  const quotient = median(after) / median(before);
  const interval = intervalOfQuotient(before, after);
  const noise = Math.max(halfRange(before) / median(before), halfRange(after) / median(after));
  const isNoise = (interval.low <= 1 && interval.high >= 1) || noise >= Math.abs(quotient - 1);
  return {
    row,
    before: median(before),
    after: median(after),
    quotient,
    interval,
    verdict:
      Math.min(before.length, after.length) < LEAST_PROCESSES
        ? 'fewer-samples'
        : isNoise
          ? 'noise'
          : quotient < 1
            ? 'faster'
            : 'slower',
  };
}

/** All texts of a row: subject, size, baseline. */
const nameOf = (row: Readonly<Record<string, unknown>>): string =>
  Object.values(row)
    .filter((value) => typeof value === 'string')
    .join(', ');

function ratiosOf({ ratios }: Readonly<Record<string, unknown>>): readonly number[] | undefined {
  return Array.isArray(ratios) && ratios.length > 0 && ratios.every((ratio) => Number.isFinite(ratio))
    ? ratios
    : undefined;
}
