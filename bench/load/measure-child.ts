/** The measuring process: a ChildJob on stdin, Sample[] on stdout. */
import { readFileSync } from 'node:fs';
import { createEngine, type Engine } from '../../engine/index.ts';
import { random } from '../../test/support/random.ts';
import type { ChildJob } from '../support/command-line.ts';
import type { Sample } from '../support/comparison.ts';
import { shuffle } from '../support/shuffle.ts';
import { microsecondsSince, now } from '../support/stopwatch.ts';
import { compileAndStart, start } from './plain.ts';
import { PluginPress, SOURCES } from './plugins.ts';
import { CACHED, COLD, COMPILED, CONTROL, PLAIN } from './subjects.ts';

interface Variant {
  readonly subject: string;
  /** @returns microseconds of one load */
  readonly time: () => Promise<number>;
}

const job = JSON.parse(readFileSync(0, 'utf8')) as ChildJob;
const below = random(job.seed);
/** Of small modules more: they are noisier. */
const roundsFor = (bytes: number): number => (job.quick ? 1 : bytes < 100_000 ? 60 : bytes < 1_000_000 ? 30 : 10);
/** Before all others: the host has loaded plugins before, so V8 has compiled the engine itself. */
const WARM_UP_SIZE = '200 KB';
const WARM_UP_LOADS = job.quick ? 0 : 15;
/** Of each size. */
const WARM_UP_ROUNDS = job.quick ? 0 : 2;
/** Loads in one sample of what takes microseconds. */
const SHORT_LOADS = job.quick ? 1 : 10;

async function timeLoad(engine: Engine, bytes: Uint8Array): Promise<number> {
  const begun = now();
  const plugin = await engine.load(bytes);
  const us = microsecondsSince(begun);
  await plugin.unload();
  return us;
}

/** The mean of several. */
async function repeat(time: () => number | Promise<number>): Promise<number> {
  let us = 0;
  for (let i = 0; i < SHORT_LOADS; i++) us += await time();
  return us / SHORT_LOADS;
}

/** In an engine of its own: what an engine keeps of the modules that it has seen must not pile up. */
async function loadCold(press: PluginPress): Promise<number> {
  const engine = await createEngine();
  const us = await timeLoad(engine, press.copy());
  await engine.close();
  return us;
}

async function variantsOf(press: PluginPress, keeper: Engine): Promise<Variant[]> {
  const known = press.copy();
  const module = await WebAssembly.compile(press.copy());
  const plain = async (): Promise<number> => {
    const bytes = press.copy();
    const begun = now();
    await compileAndStart(bytes);
    return microsecondsSince(begun);
  };
  await timeLoad(keeper, known);
  return [
    { subject: PLAIN, time: plain },
    { subject: CONTROL, time: plain },
    { subject: COLD, time: () => loadCold(press) },
    { subject: CACHED, time: () => repeat(() => timeLoad(keeper, known)) },
    {
      subject: COMPILED,
      time: () =>
        repeat(() => {
          const begun = now();
          start(module);
          return microsecondsSince(begun);
        }),
    },
  ];
}

async function measure(size: string, press: PluginPress): Promise<Sample[]> {
  const keeper = await createEngine();
  const live = (await variantsOf(press, keeper)).map((variant) => ({ variant, us: [] as number[] }));
  for (let round = -WARM_UP_ROUNDS; round < roundsFor(press.size); round++) {
    for (const { variant, us } of shuffle(live, below)) {
      const time = await variant.time();
      if (round >= 0) us.push(time);
    }
  }
  await keeper.close();
  return live.map(({ variant: { subject }, us }) => ({ subject, size, us }));
}

const presses = new Map(Object.entries(SOURCES).map(([size, source]) => [size, new PluginPress(source)]));
const warmUp = presses.get(WARM_UP_SIZE);
for (let i = 0; i < WARM_UP_LOADS && warmUp !== undefined; i++) await loadCold(warmUp);

const samples: Sample[] = [];
for (const [size, press] of shuffle([...presses], below)) samples.push(...(await measure(size, press)));
process.stdout.write(JSON.stringify(samples));
