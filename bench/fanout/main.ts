/** What it costs to send an event to many plugins: `npm run bench:fanout -- [options]`. A fresh process for each case. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../support/machine.ts';
import { spawnChild } from '../support/spawn.ts';
import type { FanoutJob } from './measure-child.ts';
import { CASES, type FanoutResults, type FanoutRow, printResults } from './results.ts';

const HELP = `Usage: npm run bench:fanout -- [options]
  --json       one JSON document on stdout, progress on stderr
  --quick      a third of a second each: a look, not a measurement`;

const NODE = { nodePath: process.execPath, flags: [] };
const { values: given } = parseArgs({
  options: { help: { type: 'boolean' }, json: { type: 'boolean' }, quick: { type: 'boolean' } },
});

if (given.help === true) {
  console.log(HELP);
} else {
  const seconds = given.quick === true ? 0.3 : 5;
  const child = join(import.meta.dirname, 'measure-child.ts');
  const rows = CASES.map((one) => {
    console.error(`${one.executor}, ${one.subscribers} that ${one.kind}${one.withRunaway ? ', and a runaway' : ''}`);
    const job: FanoutJob = { ...one, seconds };
    return spawnChild<FanoutRow>(NODE, child, [], job);
  });
  const results: FanoutResults = { suite: 'fanout', machine: describeMachine(), seconds, rows };
  if (given.json === true) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}
