/** The measuring process: a ChildJob on stdin, Sample[] on stdout. */
import { readFileSync } from 'node:fs';
import { createEngine, hostFunction } from '../../engine/index.ts';
import { random } from '../../test/support/random.ts';
import type { ChildJob } from '../support/command-line.ts';
import type { Sample } from '../support/comparison.ts';
import { shuffle } from '../support/shuffle.ts';
import { microsecondsSince, now } from '../support/stopwatch.ts';
import { DOCUMENT, hostCaller, plainCaller } from './guests.ts';
import { jsonAsGuest } from './json-as.ts';
import { PlainHost, type PlainLoop } from './plain-host.ts';
import {
  CONTROL,
  CUSTOM,
  INSTANCES,
  JSON_AS,
  JSON_PARSE,
  KV_GET,
  KV_SET,
  LOG,
  NOOP,
  PLAIN,
  PLAIN_GET,
  PLAIN_LOG,
  PLAIN_PARSE,
  PLAIN_SET,
} from './subjects.ts';

const job = JSON.parse(readFileSync(0, 'utf8')) as ChildJob;
const below = random(job.seed);
const ROUNDS = job.quick ? 3 : 24;
const WARM_UP_ROUNDS = job.quick ? 1 : 16;
/** Host calls in one call of the guest: what the call itself costs is a thousandth of that. */
const CALLS = job.quick ? 2_000 : 20_000;

/** Lines go somewhere: whoever is told of one keeps it until the next. */
let last: object | undefined;
const keep = (entry: object): void => {
  last = entry;
};

interface Variant {
  readonly subject: string;
  /** By instance. */
  readonly runs: readonly (() => void)[];
}

const noop = hostFunction({ name: 'noop', capability: 'noop', params: [], call: () => {} });
const bytes = hostCaller();
const module = plainCaller();
const input = new Uint8Array(Int32Array.of(CALLS).buffer);

/** Everything in one process with this many instances of each side. */
async function measure(size: string, instances: number): Promise<Sample[]> {
  const engine = await createEngine({
    executor: 'inline',
    hostFunctions: [noop],
    logger: { log: keep },
    // The limits are looked at as ever, but let a loop of this length pass.
    limits: { hostCalls: '1M', fuel: '100G', timeoutMs: '60s', logCallBytes: '60MiB', logLinesPerSecond: '900k' },
  });
  const grants = { kv: true, custom: true };
  const plugins = await Promise.all(
    Array.from({ length: instances }, (_, i) => engine.load(bytes, { id: `caller-${i}`, grants })),
  );
  const hosts = Array.from({ length: instances }, () => new PlainHost(module, keep));
  const ours = (subject: string, name: string): Variant => ({
    subject,
    runs: plugins.map((plugin) => () => void plugin.callBytesSync(name, input)),
  });
  const plain = (subject: string, name: PlainLoop): Variant => ({
    subject,
    runs: hosts.map(
      ({ exports }) =>
        () =>
          exports[name](CALLS),
    ),
  });
  const jsonAs = await Promise.all(Array.from({ length: instances }, () => jsonAsGuest(DOCUMENT)));
  const variants = [
    ours(NOOP, 'noop'),
    ours(CUSTOM, 'custom'),
    ours(LOG, 'log'),
    ours(JSON_PARSE, 'parse'),
    { subject: JSON_AS, runs: jsonAs.map((run) => () => run(CALLS)) },
    ours(KV_SET, 'set'),
    ours(KV_GET, 'get'),
    plain(PLAIN, 'noop'),
    plain(CONTROL, 'noop'),
    plain(PLAIN_LOG, 'log'),
    plain(PLAIN_PARSE, 'parse'),
    plain(PLAIN_SET, 'set'),
    plain(PLAIN_GET, 'get'),
  ];
  // What is read has been written.
  for (const variant of variants)
    if (variant.subject === KV_SET || variant.subject === PLAIN_SET) for (const run of variant.runs) run();
  const times = new Map(variants.map(({ subject }) => [subject, [] as number[]]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const { subject, runs } of shuffle(variants, below)) {
      // One instance after the other.
      const run = runs[(round + WARM_UP_ROUNDS) % runs.length] as () => void;
      const start = now();
      run();
      const us = microsecondsSince(start) / CALLS;
      if (round >= 0) times.get(subject)?.push(us);
    }
  }
  await engine.close();
  if (last === undefined || hosts[0]?.found === undefined) throw new Error('nothing was done');
  return [...times].map(([subject, us]) => ({ subject, size, us }));
}

const samples: Sample[] = [];
// One first: V8 does not forget that it has seen several.
for (const [size, instances] of Object.entries(INSTANCES)) samples.push(...(await measure(size, instances)));
process.stdout.write(JSON.stringify(samples));
