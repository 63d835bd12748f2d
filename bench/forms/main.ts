/**
 * One plugin in several forms: `npm run bench:forms -- [options]`.
 *
 * plugins/music-source as WebAssembly in Ringfence, as an ES module in the process, as a child over JSON messages, and as a gRPC
 * service in a child: how long loading and reloading it takes, what calls of it cost in time and CPU, how much memory one more
 * takes and a reload leaves behind, and what it stops. Times in fresh processes in which all forms take turns, against the ES module.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, type Sample } from '../support/comparison.ts';
import { describeMachine } from '../support/machine.ts';
import { spawnChild } from '../support/spawn.ts';
import { buildSources } from './built-sources.ts';
import { startCatalogueProcess } from './catalogue.ts';
import type { FormsJob } from './measure-child.ts';
import type { MemoryJob } from './memory-child.ts';
import { type FormRow, type FormsResults, printForms } from './results.ts';
import { trySafety } from './safety.ts';
import { COMPARISONS, FORM_TABLE, FORMS, type FormName, WORK_NAMES } from './subjects.ts';

const PROCESSES = 3;
const HELP = `Usage: npm run bench:forms -- [options]
  --json               one JSON document on stdout, progress on stderr
  --processes N        fresh processes for the times            [${PROCESSES}]
  --quick              one process, few rounds: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    processes: { type: 'string' },
  },
});

const NODE = { nodePath: process.execPath, flags: [] };
const child = (name: string): string => join(import.meta.dirname, name);

async function measure(count: number, quick: boolean): Promise<FormsResults> {
  const started = performance.now();
  const say = (what: string): void => console.error(`${what}, ${Math.round((performance.now() - started) / 1000)} s`);
  const sources = await buildSources();
  const catalogue = await startCatalogueProcess();
  const common = { sources, catalogue: catalogue.origin, quick };
  const processes = Array.from({ length: count }, (_, i) => {
    const job: FormsJob = { ...common, seed: i + 1 };
    const samples = spawnChild<Sample[]>(NODE, child('measure-child.ts'), [], job);
    say(`process ${i + 1} of ${count}`);
    return samples;
  });
  const forms = FORMS.map((form) => {
    const job: MemoryJob = { ...common, form };
    const row = spawnChild<FormRow>(NODE, child('memory-child.ts'), ['--expose-gc'], job);
    say(`memory of ${form}`);
    return row;
  });
  await catalogue.close();
  const safety = await trySafety(quick);
  say('safety');
  return {
    suite: 'forms',
    machine: describeMachine(),
    processes: count,
    rows: compare(COMPARISONS, WORK_NAMES, processes),
    forms,
    safety,
    fairness: Object.fromEntries(
      FORMS.map((form) => [form, FORM_TABLE[form].fairness.replaceAll('\n', ' ')]),
    ) as Record<FormName, string>,
  };
}

if (given.help) console.log(HELP);
else {
  const count = Number(given.processes ?? (given.quick ? 1 : PROCESSES));
  if (!Number.isInteger(count) || count < 1) {
    throw new Error(`Expected --processes to be a positive whole number, got ${given.processes}`);
  }
  const results = await measure(count, given.quick);
  if (given.json) console.log(JSON.stringify(results, undefined, 2));
  else printForms(results);
}
