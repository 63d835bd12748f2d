/** What a plugin costs in each form: the document of `--json`, and its tables. */
import type { CaseResult } from '../isolation/results.ts';
import { printComparison, type Results, type Row } from '../support/comparison.ts';
import type { Machine } from '../support/machine.ts';
import { table } from '../support/table.ts';
import { BASELINE, FORM_TABLE, FORMS, type FormName } from './subjects.ts';

/** What was measured of one form in a process of its own. Of the host and its children; undefined where only Linux tells. */
export interface FormRow {
  readonly form: FormName;
  /** Memory that one more loaded plugin takes. */
  readonly memoryKiB: number | undefined;
  /** CPU time of a call with 2,000 lines: of the plugin, the way there and back, and its request. */
  readonly cpuMs: number | undefined;
  /** A refused call: half of them, and all but one in a hundred, are answered sooner. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Memory that a reload leaves behind. */
  readonly reloadKiB: number | undefined;
}

export interface SafetyRow extends CaseResult {
  readonly form: FormName;
  readonly case: string;
}

export interface FormsResults extends Results {
  readonly suite: 'forms';
  readonly machine: Machine;
  /** Times: ratios against the ES module. */
  readonly rows: readonly Row[];
  readonly forms: readonly FormRow[];
  readonly safety: readonly SafetyRow[];
  readonly fairness: Readonly<Record<FormName, string>>;
}

const size = (kib: number | undefined): string => (kib === undefined ? '-' : kib.toFixed(kib < 100 ? 1 : 0));

export function printForms(results: FormsResults): void {
  const { forms, safety, rows } = results;
  printComparison('One plugin in several forms', results);
  const base = forms.find(({ form }) => form === BASELINE)?.cpuMs;
  const body = forms.map(({ form, memoryKiB, cpuMs, p50Us, p99Us, reloadKiB }) => {
    const load = rows.find(({ subject, size: work }) => subject === form && work === 'load');
    const loadMs = (load?.us ?? rows.find(({ size: work }) => work === 'load')?.baselineUs ?? 0) / 1_000;
    const cases = safety.filter((row) => row.form === form);
    return [
      form,
      loadMs.toFixed(1),
      size(memoryKiB),
      cpuMs === undefined ? '-' : cpuMs.toFixed(2),
      cpuMs === undefined || base === undefined ? '-' : `${(cpuMs / base).toFixed(2)}x`,
      p50Us.toFixed(0),
      p99Us.toFixed(0),
      size(reloadKiB),
      `${cases.filter(({ outcome }) => outcome === 'clean').length} of ${cases.length}`,
    ];
  });
  const head = ['form', 'load ms', 'KiB each', 'CPU ms', '', 'call µs', 'p99', 'KiB a reload', 'stopped cleanly'];
  console.log(`\n${table(head, body)}\n`);
  for (const form of FORMS) {
    const { title, fairness } = FORM_TABLE[form];
    console.log(`${form}: ${title}. ${fairness.replaceAll('\n', ' ')}`);
    for (const row of safety) if (row.form === form) console.log(`  ${row.case}: ${row.outcome}. ${row.detail}`);
  }
}
