/** What is measured: executors with a number of threads or child processes, each against one of its kind. */
import { availableParallelism } from 'node:os';
import type { ExecutorName } from '../../engine/index.ts';
import type { Comparison } from '../support/comparison.ts';

export interface Subject {
  readonly name: string;
  readonly executor: ExecutorName;
  readonly workers: number;
}

/** Of the calls: calling takes nothing against the work. */
export const SIZE = 'calls of some milliseconds';
const MOST_WORKERS = 8;
const cores = availableParallelism();
const counts = [...new Set([1, 2, cores, 2 * cores])].filter((workers) => workers <= MOST_WORKERS);
const nameOf = (executor: ExecutorName, workers: number): string => `${executor} x${workers}`;

export const SUBJECTS: readonly Subject[] = (['worker', 'process'] as const).flatMap((executor) =>
  counts.map((workers) => ({ name: nameOf(executor, workers), executor, workers })),
);
export const CONTROL = 'worker x1 again';

export const COMPARISONS: readonly Comparison[] = [
  ...SUBJECTS.filter(({ workers }) => workers > 1).map(({ name, executor }) => ({
    subject: name,
    baseline: nameOf(executor, 1),
  })),
  { subject: CONTROL, baseline: nameOf('worker', 1) },
];
