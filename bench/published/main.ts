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

/** A database in C, a codec and a parser of Rust. */
const QUICK_PACKAGES = 'sql.js,brotli-wasm,source-map';
const PROCESSES = 2;
const MEASURED_MS = 300;
const HELP = `Usage: npm run bench:published -- [options]      after npm ci --prefix bench/published
  --json             one JSON document on stdout, progress on stderr
  --packages a,b     only these: ${PACKAGES.map(({ name }) => name).join(', ')}
  --processes N      pairs of processes for each                [${PROCESSES}]
  --warm-up N        times the usual warm-up of each            [1]
  --export-tables    export all tables, as ringfence/meter does by itself; else only those that the glue uses
  --quick            three packages, one pair, no warm-up: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean' },
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    packages: { type: 'string' },
    processes: { type: 'string' },
    'warm-up': { type: 'string' },
    'export-tables': { type: 'boolean' },
  },
});

function measure(): PublishedResults {
  const isQuick = given.quick === true;
  const processes = whole('--processes', given.processes, isQuick ? 1 : PROCESSES);
  const warmUp = isQuick ? 0 : whole('--warm-up', given['warm-up'], 1);
  const child = join(import.meta.dirname, 'measure-child.ts');
  const run = (name: string, metered: boolean): PublishedSample => {
    const exportTables = given['export-tables'] === true;
    const job: PublishedJob = { name, metered, exportTables, warmUp, ms: isQuick ? 100 : MEASURED_MS };
    return spawnChild<PublishedSample>({ nodePath: process.execPath, flags: [] }, child, [], job);
  };
  const rows = choose(PACKAGES, given.packages ?? (isQuick ? QUICK_PACKAGES : undefined)).map((one) => {
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
