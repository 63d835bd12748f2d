/** What `npm run bench` did: run.json beside the documents of the suites. */
import type { Machine } from '../support/machine.ts';

export interface SuiteRun {
  readonly suite: string;
  readonly command: string;
  readonly seconds: number;
  /** Why there is no document of it; undefined where there is one. */
  readonly problem?: string;
}

export interface Run {
  readonly machine: Machine;
  readonly isQuick: boolean;
  readonly suites: readonly SuiteRun[];
}
