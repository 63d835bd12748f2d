/** The measuring process: a PublishedJob on stdin, a PublishedSample on stdout. One package, raw or metered. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { median } from '../support/statistics.ts';
import { microsecondsSince, now } from '../support/stopwatch.ts';
import { type MeteredWebAssembly, meterAllWebAssembly } from './metered-webassembly.ts';
import { PACKAGES } from './packages.ts';

export interface PublishedJob {
  readonly name: string;
  readonly metered: boolean;
  /** Exports all tables, also where the glue does not use them. */
  readonly exportTables: boolean;
  /** Times the usual warm-up. */
  readonly warmUp: number;
  /** Milliseconds that are measured behind it. */
  readonly ms: number;
}

export interface PublishedSample {
  /** Milliseconds of one work: the median. */
  readonly ms: number;
  /** Digest of what it came to. */
  readonly answer: string;
}

const FEWEST = 3;
const { name, metered, exportTables, warmUp, ms } = JSON.parse(readFileSync(0, 'utf8')) as PublishedJob;
const found = PACKAGES.find((one) => one.name === name);
if (found === undefined) throw new Error(`no package ${name}`);
const watch: MeteredWebAssembly = metered ? meterAllWebAssembly(exportTables || found.usesTable) : { modules: 0 };
const work = await found.prepare();
const times: number[] = [];
let answer: unknown;
const warm = performance.now() + found.warmUpMs * warmUp;
do answer = await work();
while (performance.now() < warm);
const until = performance.now() + ms;
while (times.length < FEWEST || performance.now() < until) {
  const start = now();
  answer = await work();
  times.push(microsecondsSince(start) / 1_000);
}
// Glue that comes to V8 by another way would be measured raw.
if (metered && watch.modules === 0) throw new Error(`nothing of ${name} was metered`);
const sample: PublishedSample = {
  ms: median(times),
  answer: createHash('sha256').update(JSON.stringify(answer)).digest('hex'),
};
process.stdout.write(JSON.stringify(sample), () => process.exit(0));
