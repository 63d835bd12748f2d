/** The measuring process: a ChildJob on stdin, Sample[] on stdout. */
import { readFileSync } from 'node:fs';
import { createEngine } from '../../engine/index.ts';
import { random } from '../../test/support/random.ts';
import type { ChildJob } from '../support/command-line.ts';
import type { Sample } from '../support/comparison.ts';
import { shuffle } from '../support/shuffle.ts';
import { microsecondsSince, now } from '../support/stopwatch.ts';
import { Bridge } from './bridge.ts';
import { compileEchoPlugin, ECHO_FUNCTION } from './echo-plugin.ts';
import { startPipeEcho, startWorkerEcho } from './echoes.ts';
import { compileExtismEcho, startExtismEcho } from './extism-echo.ts';
import {
  ASYNC_BRIDGE,
  BRIDGE,
  CONTROL,
  EXTISM,
  EXTISM_GUEST,
  EXTISM_GUEST_SYNC,
  INLINE,
  INLINE_SYNC,
  INPUT_BYTES,
  PIPE_ECHO,
  PROCESS,
  WORKER,
  WORKER_ECHO,
} from './subjects.ts';

type Echo = (input: Uint8Array) => Uint8Array;
type EchoLater = (input: Uint8Array) => Promise<Uint8Array>;

interface Variant {
  readonly subject: string;
  /** Microseconds that this many calls take. */
  readonly time: (input: Uint8Array, calls: number) => number | Promise<number>;
  /** @throws if it does not echo */
  readonly check: (input: Uint8Array) => Promise<void>;
}

const job = JSON.parse(readFileSync(0, 'utf8')) as ChildJob;
const below = random(job.seed);
const ROUNDS = job.quick ? 3 : 18;
const WARM_UP_US = job.quick ? 1_000 : 60_000;
/** Long against the clocks, short against the time slices of the system; copies of large outputs need a share of the collector's work. */
const batchUs = (bytes: number): number => (job.quick ? 200 : bytes < 4096 ? 2_000 : 4_000);

const checked =
  (subject: string, echo: (input: Uint8Array) => Uint8Array | Promise<Uint8Array>): Variant['check'] =>
  async (input) => {
    const output = await echo(input);
    if (Buffer.compare(input, output) !== 0) throw new Error(`${subject} does not echo ${input.length} bytes`);
  };

// The loops are shared by all variants: V8 inlines none of them into its loop and thereby favours it.
const direct = (subject: string, echo: Echo): Variant => ({
  subject,
  check: checked(subject, echo),
  time(input, calls) {
    let bytes = 0;
    const start = now();
    for (let i = 0; i < calls; i++) bytes += echo(input).length;
    const us = microsecondsSince(start);
    if (bytes !== input.length * calls) throw new Error(`${subject} lost bytes`);
    return us;
  },
});

const later = (subject: string, echo: EchoLater): Variant => ({
  subject,
  check: checked(subject, echo),
  async time(input, calls) {
    let bytes = 0;
    const start = now();
    for (let i = 0; i < calls; i++) bytes += (await echo(input)).length;
    const us = microsecondsSince(start);
    if (bytes !== input.length * calls) throw new Error(`${subject} lost bytes`);
    return us;
  },
});

/**
 * Warms it up.
 * @returns the calls of a batch, from those that were long enough for the clocks: one call alone may take no time that they see
 */
async function calibrate({ time }: Variant, input: Uint8Array): Promise<number> {
  const target = batchUs(input.length);
  let fastest = Number.POSITIVE_INFINITY;
  let calls = 1;
  for (let spent = 0; spent < WARM_UP_US || fastest === Number.POSITIVE_INFINITY; ) {
    const batch = await time(input, calls);
    spent += batch;
    if (batch >= target / 2) fastest = Math.min(fastest, batch / calls);
    else calls *= 2;
  }
  return Math.max(1, Math.round(target / fastest));
}

async function measure(size: string, bytes: number, variants: readonly Variant[]): Promise<Sample[]> {
  const input = Uint8Array.from({ length: bytes }, (_, i) => i * 31);
  const live: { readonly variant: Variant; readonly calls: number; readonly us: number[] }[] = [];
  for (const variant of shuffle(variants, below)) {
    await variant.check(input);
    live.push({ variant, calls: await calibrate(variant, input), us: [] });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { variant, calls, us } of shuffle(live, below)) us.push((await variant.time(input, calls)) / calls);
  }
  return live.map(({ variant: { subject }, us }) => ({ subject, size, us }));
}

const bytes = compileEchoPlugin();
const module = await WebAssembly.compile(bytes);
const limits = { inputBytes: '2MiB', outputBytes: '2MiB' };
const executors = ['inline', 'worker', 'process'] as const;
const engines = await Promise.all(executors.map((executor) => createEngine({ executor, workers: 1, limits })));
const [plugin, inWorker, inProcess] = await Promise.all(engines.map((engine) => engine.load(bytes)));
if (plugin === undefined || inWorker === undefined || inProcess === undefined) throw new Error('no plugin');
const extismGuest = await (engines[0] as (typeof engines)[number]).load(compileExtismEcho(), { id: EXTISM_GUEST });
const [workerEcho, pipeEcho, extism] = [startWorkerEcho(), startPipeEcho(), await startExtismEcho()];
const [bridge, again, asyncBridge] = [new Bridge(module), new Bridge(module), new Bridge(module)];
const variants = [
  direct(BRIDGE, (input) => bridge.echo(input)),
  direct(CONTROL, (input) => again.echo(input)),
  direct(INLINE_SYNC, (input) => plugin.callBytesSync(ECHO_FUNCTION, input)),
  later(ASYNC_BRIDGE, (input) => asyncBridge.echoLater(input)),
  later(INLINE, (input) => plugin.callBytes(ECHO_FUNCTION, input)),
  later(WORKER_ECHO, workerEcho.echo),
  later(WORKER, (input) => inWorker.callBytes(ECHO_FUNCTION, input)),
  later(PIPE_ECHO, pipeEcho.echo),
  later(PROCESS, (input) => inProcess.callBytes(ECHO_FUNCTION, input)),
  later(EXTISM, extism.echo),
  later(EXTISM_GUEST_SYNC, async (input) => extismGuest.callBytesSync(ECHO_FUNCTION, input)),
  later(EXTISM_GUEST, (input) => extismGuest.callBytes(ECHO_FUNCTION, input)),
];
const samples: Sample[] = [];
for (const [size, length] of shuffle(Object.entries(INPUT_BYTES), below)) {
  samples.push(...(await measure(size, length, variants)));
}
workerEcho.close();
pipeEcho.close();
extism.close();
await Promise.all(engines.map((engine) => engine.close()));
process.stdout.write(JSON.stringify(samples));
