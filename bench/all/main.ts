/**
 * All benchmarks one after the other, and the report of them: `npm run bench -- [options]`.
 *
 * Each writes its document into a folder, as <suite>.json; then the report is made of those that are there. `npm run bench:quick`
 * makes every one of them short: a look, not a measurement. Ctrl-C ends the suite that runs, and the report says what is missing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RUN_FILE, type Run, readRun, type SuiteRun } from '../report/run.ts';
import { writeReport } from '../report/write.ts';
import { choose } from '../support/arguments.ts';
import { describeMachine } from '../support/machine.ts';
import { commandOf, runSuite } from './run-suite.ts';
import { SUITES } from './suites.ts';

const HELP = `Usage: npm run bench -- [options]
  --out folder     where to write <suite>.json and the report   [bench-results]
  --suites a,b     only these: ${SUITES.map(({ name }) => name).join(', ')}
  --quick          the short form of each: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: 'bench-results' },
    suites: { type: 'string' },
  },
});

async function runAll(folder: string, isQuick: boolean): Promise<void> {
  const chosen = choose(SUITES, given.suites);
  mkdirSync(folder, { recursive: true });
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  const startedAt = performance.now();
  const suites: SuiteRun[] = [];
  for (const [i, { name, patience, takes, missing }] of chosen.entries()) {
    if (interrupt.signal.aborted) break;
    if (missing !== undefined) {
      suites.push({ suite: name, command: commandOf(name, isQuick), isQuick, seconds: 0, skipped: missing });
      console.error(`\n[${i + 1}/${chosen.length}] ${name}: left out, ${missing}`);
      continue;
    }
    const isThere = suites.some(({ suite, problem }) => suite === takes && problem === undefined);
    console.error(`\n[${i + 1}/${chosen.length}] ${name}, ${elapsed(startedAt)} so far`);
    const run = await runSuite({
      name,
      isQuick,
      ...(isThere ? { options: [`--${takes}`, join(folder, `${takes}.json`)] } : {}),
      folder,
      patienceSeconds: isQuick ? patience.quick : patience.full,
      signal: interrupt.signal,
    });
    suites.push(run);
    console.error(`${name}: ${run.problem === undefined ? 'done' : `FAILED, ${run.problem}`} after ${run.seconds} s`);
  }
  // What others have left in the folder stays in the report.
  const earlier = (readRun(folder)?.suites ?? []).filter(({ suite }) => !suites.some((own) => own.suite === suite));
  const run: Run = { machine: describeMachine(), suites: [...earlier, ...suites] };
  writeFileSync(join(folder, RUN_FILE), `${JSON.stringify(run, undefined, 2)}\n`);
  const pages = writeReport(folder, folder);
  console.error(`\n${chosen.length} suites in ${elapsed(startedAt)}`);
  console.log(pages.join('\n'));
  // All of them run, also after one that fails.
  if (suites.length < chosen.length || suites.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
}

function elapsed(startedAt: number): string {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

if (given.help === true) console.log(HELP);
else await runAll(given.out, given.quick);
