/**
 * Whether memory stays what it was: `npm run bench:memory -- [options]`.
 *
 * Calls of one plugin, some of which fail or trap, and loads and unloads of many; a fresh process for each. The memory after the first
 * tenth, when everything has been used once, against that at the end. `npm run soak` does the same for hours.
 */
import { parseArgs } from 'node:util';
import type { SoakJob } from '../../test/executors/soak/job.ts';
import { soak } from '../../test/executors/soak/soak.ts';
import { choose, whole } from '../support/arguments.ts';
import { describeMachine } from '../support/machine.ts';
import { type MemoryResults, type MemoryRow, printResults } from './results.ts';

const MIB = 1024 * 1024;
const EXECUTORS = (['inline', 'worker', 'process'] as const).map((name) => ({ name }));
const HELP = `Usage: npm run bench:memory -- [options]
  --json           one JSON document on stdout, progress on stderr
  --executors a,b  only these: inline, worker, process
  --calls N        of one plugin                            [150000]
  --loads N        each with a call and an unload           [300]
  --quick          a few thousand, no child processes: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean' },
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    executors: { type: 'string' },
    calls: { type: 'string' },
    loads: { type: 'string' },
  },
});

async function run(job: SoakJob): Promise<MemoryRow> {
  console.error(`${job.executor}, ${job.count} ${job.work}`);
  const { tenths } = await soak(job);
  const tenthsMiB = tenths.map(({ rss }) => (rss === undefined ? null : rss / MIB));
  const [first = null, last = null] = [tenthsMiB[0], tenthsMiB.at(-1)];
  return {
    ...job,
    tenthsMiB,
    firstMiB: first,
    lastMiB: last,
    growth: first === null || last === null ? null : last / first,
    heapMiB: (tenths.at(-1)?.heap ?? 0) / MIB,
  };
}

if (given.help === true) console.log(HELP);
else {
  const isQuick = given.quick === true;
  const calls = whole('--calls', given.calls, isQuick ? 2_000 : 150_000);
  const loads = whole('--loads', given.loads, isQuick ? 10 : 300);
  const rows: MemoryRow[] = [];
  for (const { name: executor } of choose(EXECUTORS, given.executors ?? (isQuick ? 'inline,worker' : undefined))) {
    rows.push(await run({ executor, work: 'calls', count: calls }));
    rows.push(await run({ executor, work: 'loads', count: loads }));
  }
  const results: MemoryResults = { suite: 'memory', machine: describeMachine(), rows };
  if (given.json === true) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}
