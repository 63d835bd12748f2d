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
  /** Milliseconds: half of them warm V8 up. */
  readonly ms: number;
}

export interface PublishedSample {
  /** Milliseconds of one work: the median of the second half. */
  readonly ms: number;
  /** Digest of what it came to. */
  readonly answer: string;
}

const FEWEST = 5;
const { name, metered, ms } = JSON.parse(readFileSync(0, 'utf8')) as PublishedJob;
const found = PACKAGES.find((one) => one.name === name);
if (found === undefined) throw new Error(`no package ${name}`);
const watch: MeteredWebAssembly = metered ? meterAllWebAssembly(found.usesTable) : { modules: 0 };
const work = await found.prepare();
const times: number[] = [];
let answer: unknown;
const until = performance.now() + ms;
while (times.length < FEWEST || performance.now() < until) {
  const start = now();
  answer = await work();
  times.push(microsecondsSince(start) / 1_000);
}
// Glue that comes to V8 by another way would be measured raw.
if (metered && watch.modules === 0) throw new Error(`nothing of ${name} was metered`);
const sample: PublishedSample = {
  ms: median(times.slice(times.length >> 1)),
  answer: createHash('sha256').update(JSON.stringify(answer)).digest('hex'),
};
process.stdout.write(JSON.stringify(sample), () => process.exit(0));
