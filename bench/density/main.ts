/**
 * How many plugins fit into a process: `npm run bench:density -- [options]`.
 *
 * Plugins that are all live; many more, of which most are evicted; and what evicting one, bringing it back, and going back after
 * a call take. All plugins are of the same module, each with a configuration and a state of its own.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../support/machine.ts';
import { spawnChild } from '../support/spawn.ts';
import type { DensityJob } from './measure-child.ts';
import { type DensityResults, type LiveRow, type MoveRow, printResults, type RegisteredRow } from './results.ts';

const HELP = `Usage: npm run bench:density -- [options]
  --json             one JSON document on stdout, progress on stderr
  --live N           plugins that are live                      [10000]
  --registered N     plugins besides those that may be live     [40000]
  --quick            a few hundred: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean' },
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    live: { type: 'string' },
    registered: { type: 'string' },
  },
});

const runtime = { nodePath: process.execPath, flags: ['--expose-gc'] };
const child = join(import.meta.dirname, 'measure-child.ts');
function run<Answer>(job: DensityJob): Answer {
  console.error(JSON.stringify(job));
  return spawnChild<Answer>(runtime, child, [], job);
}

if (given.help === true) {
  console.log(HELP);
} else {
  const isQuick = given.quick === true;
  const live = Number(given.live ?? (isQuick ? 300 : 10_000));
  const registered = Number(given.registered ?? (isQuick ? 600 : 40_000));
  const results: DensityResults = {
    suite: 'density',
    machine: describeMachine(),
    memories: run<number>({ task: 'memories' }),
    live: [run<LiveRow>({ task: 'live', plugins: live })],
    registered: [run<RegisteredRow>({ task: 'registered', plugins: registered, maxLive: live })],
    moves: [run<MoveRow>({ task: 'moves', plugins: isQuick ? 50 : 2_000 })],
  };
  if (given.json === true) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}
