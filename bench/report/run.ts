/** What `npm run bench` did: run.json beside the documents of the suites. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../support/machine.ts';

export const RUN_FILE = 'run.json';

export interface SuiteRun {
  readonly suite: string;
  readonly command: string;
  readonly isQuick: boolean;
  readonly seconds: number;
  /** Why there is no document of it; undefined where there is one. */
  readonly problem?: string;
  /** Why it was left out, which is no failure. A document of an earlier run stays. */
  readonly skipped?: string;
}

export interface Run {
  readonly machine: Machine;
  /** Also of earlier runs into the same folder. */
  readonly suites: readonly SuiteRun[];
}

/** What was run into a folder; undefined where nobody has written it down. */
export function readRun(folder: string): Run | undefined {
  const path = join(folder, RUN_FILE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Run) : undefined;
}
