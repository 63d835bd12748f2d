/** What is measured of the event loop, and how it is printed. */
import type { Machine } from '../support/machine.ts';
import { table } from '../support/table.ts';
import type { ANSWER_FUNCTIONS, SpinKind } from './plugins.ts';

export interface LoopCase {
  /** Plugins that compute all the time. */
  readonly spinners: number;
  readonly kind: SpinKind;
}

export const CASES: readonly LoopCase[] = [
  { spinners: 0, kind: 'arithmetic' },
  { spinners: 1, kind: 'arithmetic' },
  { spinners: 8, kind: 'arithmetic' },
  { spinners: 32, kind: 'arithmetic' },
  { spinners: 8, kind: 'random reads' },
  { spinners: 8, kind: 'copies' },
];

/** Milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoopRow extends LoopCase {
  /** How late a timer of one millisecond comes. */
  readonly delay: Spread;
  /** From the call of another plugin to its answer, by function. */
  readonly answer: Readonly<Record<(typeof ANSWER_FUNCTIONS)[number], Spread>>;
  /** Fuel that all spinners together used per second. */
  readonly fuelPerSecond: number;
}

export interface LoopResults {
  readonly suite: string;
  readonly machine: Machine;
  readonly seconds: number;
  readonly rows: readonly LoopRow[];
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

const milliseconds = ({ p50, p99, max }: Spread): string => [p50, p99, max].map((ms) => ms.toFixed(1)).join(' / ');

export function printResults({ machine, seconds, rows }: LoopResults): void {
  const { cpu, cores, node, date } = machine;
  console.log(`Event loop while plugins compute, on Node ${node}, ${cpu} x${cores}, ${date}`);
  console.log(`${seconds} s each; p50 / p99 / max in ms.\n`);
  const body = rows.map(({ spinners, kind, delay, answer, fuelPerSecond }) => [
    `${spinners} × ${kind}`,
    milliseconds(delay),
    milliseconds(answer.echo),
    milliseconds(answer.work),
    (fuelPerSecond / 1e9).toFixed(2),
  ]);
  console.log(table(['spinners', 'timer late', 'echo', '0.3 ms of work', 'Gfuel/s'], body));
}
