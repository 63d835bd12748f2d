/** The documents of all suites in a folder, and what is known of the run that made them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DensityResults } from '../density/results.ts';
import type { FormsResults } from '../forms/results.ts';
import type { Results as FuelResults } from '../fuel/results.ts';
import type { GrowthResults } from '../growth/results.ts';
import type { IsolationResults } from '../isolation/results.ts';
import type { LoopResults } from '../loop/results.ts';
import type { Results as MeterResults } from '../meter/results.ts';
import type { PublishedResults } from '../published/results.ts';
import type { ReloadResults } from '../reload/results.ts';
import type { Results, Row } from '../support/comparison.ts';
import type { Machine } from '../support/machine.ts';
import { RUN_FILE, type Run, readRun } from './run.ts';

export interface SuiteDocument {
  readonly suite: string;
  readonly machine: Machine;
  readonly [member: string]: unknown;
}

/** What the first page reads. */
interface Known {
  readonly isolation: IsolationResults;
  readonly call: Results;
  readonly host: Results;
  readonly load: Results;
  readonly fuel: FuelResults;
  readonly published: PublishedResults;
  readonly meter: MeterResults;
  readonly density: DensityResults;
  readonly loop: LoopResults;
  readonly reload: ReloadResults;
  readonly forms: FormsResults;
  readonly growth: GrowthResults;
}

export interface Documents {
  readonly all: ReadonlyMap<string, SuiteDocument>;
  readonly run: Run | undefined;
  /** Files that are no documents, and why. */
  readonly broken: readonly (readonly [file: string, reason: string])[];
}

/** A file that cannot be read, or is none, is told and left out. */
export function readDocuments(folder: string): Documents {
  const all = new Map<string, SuiteDocument>();
  const broken: [string, string][] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json') || file === RUN_FILE) continue;
    try {
      const document = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Partial<SuiteDocument>;
      if (typeof document.suite !== 'string' || typeof document.machine !== 'object')
        throw new Error('no document of a suite');
      all.set(document.suite, document as SuiteDocument);
    } catch (error) {
      broken.push([file, (error as Error).message]);
    }
  }
  return { all, run: readRun(folder), broken };
}

/** The document of a suite that this page knows; undefined where it did not run. */
export const documentOf = <Name extends keyof Known>({ all }: Documents, name: Name): Known[Name] | undefined =>
  all.get(name) as Known[Name] | undefined;

/** The row of a subject at a size; of several against different baselines the one that is named. */
export const rowOf = (
  results: Results | undefined,
  subject: string,
  size: string,
  baseline?: string,
): Row | undefined =>
  results?.rows.find(
    (row) => row.subject === subject && row.size === size && (baseline === undefined || row.baseline === baseline),
  );
