/** The measuring process: a ChildJob on stdin, Sample[] on stdout. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine } from '../../engine/index.ts';
import { ModuleCompiler } from '../../engine/runtime/compiler.ts';
import { random } from '../../test/support/random.ts';
import type { ChildJob } from '../support/command-line.ts';
import type { Sample } from '../support/comparison.ts';
import { shuffle } from '../support/shuffle.ts';
import { spawnChild } from '../support/spawn.ts';
import type { FillJob } from './fill-cache-child.ts';
import { PluginPress, SOURCES } from './plugins.ts';
import { rewriteWith, variantsOf } from './variants.ts';

const FILL_CACHE = join(import.meta.dirname, 'fill-cache-child.ts');
const job = JSON.parse(readFileSync(0, 'utf8')) as ChildJob;
const below = random(job.seed);
/** Of small modules more: they are noisier. */
const roundsFor = (bytes: number): number => (job.quick ? 1 : bytes < 100_000 ? 14 : bytes < 1_000_000 ? 8 : 3);
/** Before all others: the host has loaded plugins before, so V8 has compiled the engine itself, here and in its thread. */
const WARM_UP_SIZE = '200 KB';
const WARM_UP_LOADS = job.quick ? 0 : 30;
/** What comes from memory comes in microseconds, and takes V8's last compiler to do so. */
const WARM_UP_MEMORY_LOADS = job.quick ? 0 : 1_500;
/** Of each size; what is large warms up within one. */
const warmUpRoundsFor = (bytes: number): number => (job.quick ? 0 : bytes < 1_000_000 ? 2 : 1);
/** So long after it was written an engine believes that a file is what it was: see runtime/source.ts. */
const SETTLED_AFTER_MS = 3_100;
/** Loads in one sample of what takes microseconds. */
const SHORT_LOADS = job.quick ? 1 : 10;

async function measure(size: string, press: PluginPress, keeper: Engine): Promise<Sample[]> {
  const directory = mkdtempSync(join(tmpdir(), 'ringfence-bench-'));
  const cache = join(directory, 'cache');
  const rounds = roundsFor(press.size);
  const warmUpRounds = warmUpRoundsFor(press.size);
  const known = press.copy();
  const file = join(directory, 'known.wasm');
  writeFileSync(file, known);
  const writtenAt = performance.now();
  const fill: FillJob = { size, copies: warmUpRounds + rounds, directory: cache };
  spawnChild({ nodePath: process.execPath, flags: [] }, FILL_CACHE, [], fill);
  // A file that was written to just now is not taken for known.
  const untilSettledMs = job.quick ? 0 : Math.max(0, writtenAt + SETTLED_AFTER_MS - performance.now());
  await new Promise((resolve) => setTimeout(resolve, untilSettledMs));
  const variants = await variantsOf(press, keeper, { thread, known, file, cache, repeats: SHORT_LOADS });
  const live = variants.map((variant) => ({ variant, us: [] as number[] }));
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const { variant, us } of shuffle(live, below)) {
      const time = await variant.time();
      if (round >= 0) us.push(time);
    }
  }
  rmSync(directory, { recursive: true });
  return live.map(({ variant: { subject }, us }) => ({ subject, size, us }));
}

const presses = new Map(Object.entries(SOURCES).map(([size, source]) => [size, new PluginPress(source)]));
const keeper = await createEngine({ executor: 'inline' });
const thread = new ModuleCompiler({ inPlaceBytes: 0 });
const warmUp = presses.get(WARM_UP_SIZE);
for (let i = 0; i < WARM_UP_LOADS && warmUp !== undefined; i++) {
  await (await keeper.load(warmUp.copy())).unload();
  await rewriteWith(thread, warmUp.copy());
}

const again = warmUp?.copy();
for (let i = 0; i < WARM_UP_MEMORY_LOADS && again !== undefined; i++) {
  const plugin = await keeper.load(again);
  await plugin.callBytes('run', new Uint8Array());
  await plugin.unload();
}

const samples: Sample[] = [];
for (const [size, press] of shuffle([...presses], below)) samples.push(...(await measure(size, press, keeper)));
await keeper.close();
await thread.close();
process.stdout.write(JSON.stringify(samples));
