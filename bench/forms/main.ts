/**
 * One plugin in several forms: `npm run bench:forms -- [options]`.
 *
 * plugins/music-source as WebAssembly in Ringfence, as an ES module in the process, as a child over JSON messages, and as a gRPC
 * service in a child: how long loading and reloading it takes, what calls of it cost in time and CPU, how much memory one more
 * takes and a reload leaves behind, and what it stops. Times in fresh processes in which all forms take turns, against the ES module.
 */
import { join } from 'node:path';
import { measureInProcesses, readCommandLine, type Wanted } from '../support/command-line.ts';
import { compare } from '../support/comparison.ts';
import { describeMachine } from '../support/machine.ts';
import { spawnChild } from '../support/spawn.ts';
import { buildSources } from './built-sources.ts';
import { startCatalogueProcess } from './catalogue.ts';
import type { MemoryJob } from './memory-child.ts';
import { type FormRow, type FormsResults, printForms } from './results.ts';
import { safetyOf } from './safety.ts';
import { COMPARISONS, FORM_TABLE, FORMS, type FormName, WORK_NAMES } from './subjects.ts';

const NODE = { nodePath: process.execPath, flags: [] };
const child = (name: string): string => join(import.meta.dirname, name);

async function measure({ processes, quick, own: isolation }: Wanted): Promise<FormsResults> {
  const started = performance.now();
  const say = (what: string): void => console.error(`${what}, ${Math.round((performance.now() - started) / 1000)} s`);
  const sources = await buildSources();
  const catalogue = await startCatalogueProcess();
  const common = { sources, catalogue: catalogue.origin };
  const samples = measureInProcesses(child('measure-child.ts'), { processes, quick }, common);
  const forms = FORMS.map((form) => {
    const job: MemoryJob = { ...common, quick, form };
    const row = spawnChild<FormRow>(NODE, child('memory-child.ts'), ['--expose-gc'], job);
    say(`memory of ${form}`);
    return row;
  });
  await catalogue.close();
  const safety = await safetyOf(quick, isolation);
  say('safety');
  return {
    suite: 'forms',
    machine: describeMachine(),
    processes,
    rows: compare(COMPARISONS, WORK_NAMES, samples),
    forms,
    safety,
    fairness: Object.fromEntries(
      FORMS.map((form) => [form, FORM_TABLE[form].fairness.replaceAll('\n', ' ')]),
    ) as Record<FormName, string>,
  };
}

const wanted = readCommandLine('forms', 3, {
  name: 'isolation',
  help: '  --isolation file     a document of bench:isolation: what is in it is not tried again',
});
if (wanted !== undefined) {
  const results = await measure(wanted);
  if (wanted.json) console.log(JSON.stringify(results, undefined, 2));
  else printForms(results);
}
