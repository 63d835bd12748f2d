/**
 * What metering costs programs that others have published: `npm run bench:published -- [options]`.
 *
 * Each package runs in processes of its own, raw and metered in turns, with its own glue: only the modules inside are others.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { choose, whole } from '../support/arguments.ts';
import { describeMachine } from '../support/machine.ts';
import { spawnChild } from '../support/spawn.ts';
import type { PublishedJob, PublishedSample } from './measure-child.ts';
import { PACKAGES, whyMissing } from './packages.ts';
import { type PublishedResults, printResults, rowOf, summarise } from './results.ts';

const HELP = `Usage: npm run bench:published -- [options]      after npm ci --prefix bench/published
  --json             one JSON document on stdout, progress on stderr
  --packages a,b     only these: ${PACKAGES.map(({ name }) => name).join(', ')}
  --processes N      pairs of processes for each                [3]
  --seconds N        for each process, half of them warm up     [5]
  --quick            one pair, a tenth of a second: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean' },
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    packages: { type: 'string' },
    processes: { type: 'string' },
    seconds: { type: 'string' },
  },
});

function measure(): PublishedResults {
  const isQuick = given.quick === true;
  const processes = whole('--processes', given.processes, isQuick ? 1 : 3);
  const ms = isQuick ? 100 : 1_000 * whole('--seconds', given.seconds, 5);
  const child = join(import.meta.dirname, 'measure-child.ts');
  const run = (name: string, metered: boolean): PublishedSample => {
    const job: PublishedJob = { name, metered, ms };
    return spawnChild<PublishedSample>({ nodePath: process.execPath, flags: [] }, child, [], job);
  };
  const rows = choose(PACKAGES, given.packages).map((one) => {
    console.error(one.name);
    const pairs = Array.from({ length: processes }, () => ({
      raw: run(one.name, false),
      metered: run(one.name, true),
    }));
    return rowOf(one, pairs);
  });
  return { suite: 'published', machine: describeMachine(), processes, rows, summary: summarise(rows) };
}

const missing = whyMissing();
if (given.help === true) console.log(HELP);
else if (missing !== undefined) {
  console.error(`The packages are ${missing}`);
  process.exitCode = 1;
} else {
  const results = measure();
  if (given.json === true) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}
