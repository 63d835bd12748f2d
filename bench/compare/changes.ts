/** Two documents of one suite, row by row. */
import { halfRange, median } from '../support/statistics.ts';
import { type Interval, intervalOfQuotient } from './bootstrap.ts';
import { type FigureChange, figureChanges, type OutcomeChange, outcomeChange, type Row, rowsOf } from './figures.ts';

/** What is read of a document; everything else in it may be there. */
export interface Document {
  readonly suite: string;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly [list: string]: unknown;
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
  /** Of rows of which nothing is known by process, all figures that differ: no interval, so no verdict. */
  readonly figures: readonly FigureChange[];
  /** What guests could do to their hosts, and now can or cannot. */
  readonly outcomes: readonly OutcomeChange[];
  /** Rows that one of the documents does not have. */
  readonly left: readonly string[];
}

const LEAST_PROCESSES = 3;

/** @throws when they are of different suites */
export function compareDocuments(a: Document, b: Document): Changes {
  if (a.suite !== b.suite) throw new Error(`Expected two documents of one suite, got ${a.suite} and ${b.suite}`);
  const [before, after] = [rowsOf(a), rowsOf(b)];
  const both = [...before].flatMap(([name, row]) => {
    const later = after.get(name);
    return later === undefined ? [] : [{ name, row, later, own: ratiosOf(row), others: ratiosOf(later) }];
  });
  const keys = new Set([...Object.keys(a.machine), ...Object.keys(b.machine)]);
  keys.delete('date');
  return {
    suite: a.suite,
    differences: [...keys]
      .filter((key) => a.machine[key] !== b.machine[key])
      .map((key) => `${key}: ${String(a.machine[key])} and ${String(b.machine[key])}`),
    changes: both.flatMap(({ name, own, others }) =>
      own === undefined || others === undefined ? [] : [changeOf(name, own, others)],
    ),
    figures: both.flatMap(({ name, row, later, own, others }) =>
      own === undefined || others === undefined ? figureChanges(name, row, later) : [],
    ),
    outcomes: both.flatMap(({ name, row, later }) => outcomeChange(name, row, later)),
    left: [...new Set([...before.keys(), ...after.keys()])].filter((name) => !before.has(name) || !after.has(name)),
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

function ratiosOf({ ratios }: Row): readonly number[] | undefined {
  return Array.isArray(ratios) && ratios.length > 0 && ratios.every((ratio) => Number.isFinite(ratio))
    ? ratios
    : undefined;
}
