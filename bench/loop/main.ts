/**
 * How free the event loop stays while plugins compute in the executor `inline`: `npm run bench:loop -- [options]`.
 *
 * Plugins that never return, and beside them a timer of one millisecond and a plugin that is called every few milliseconds.
 * And how much more two workers get done than one. A fresh process for each case.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../support/machine.ts';
import { spawnChild } from '../support/spawn.ts';
import type { LoopJob } from './measure-child.ts';
import { CASES, type LoopResults, type LoopRow, printResults, type ScalingRow } from './results.ts';
import type { ScalingJob } from './scaling-child.ts';

const HELP = `Usage: npm run bench:loop -- [options]
  --json       one JSON document on stdout, progress on stderr
  --quick      a third of a second each: a look, not a measurement`;

const NODE = { nodePath: process.execPath, flags: [] };
const { values: given } = parseArgs({
  options: { help: { type: 'boolean' }, json: { type: 'boolean' }, quick: { type: 'boolean' } },
});

if (given.help === true) {
  console.log(HELP);
} else {
  const seconds = given.quick === true ? 0.3 : 4;
  const child = join(import.meta.dirname, 'measure-child.ts');
  const rows = CASES.map((one) => {
    console.error(`${one.spinners} × ${one.kind}`);
    const job: LoopJob = { ...one, seconds };
    return spawnChild<LoopRow>(NODE, child, [], job);
  });
  console.error('one worker and two');
  const scaling = spawnChild<ScalingRow>(NODE, join(import.meta.dirname, 'scaling-child.ts'), [], {
    seconds,
  } satisfies ScalingJob);
  const results: LoopResults = { suite: 'loop', machine: describeMachine(), seconds, rows, scaling };
  if (given.json === true) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}
