/** The measuring process: a ChildJob on stdin, samples on stdout. All subjects take turns, round by round. */
import { readFileSync } from 'node:fs';
import { createEngine, type Plugin } from '../../engine/index.ts';
import { random } from '../../test/support/random.ts';
import { compilePlugin } from '../../test/support/wat.ts';
import { count } from '../loop/plugins.ts';
import type { ChildJob } from '../support/command-line.ts';
import type { Sample } from '../support/comparison.ts';
import { shuffle } from '../support/shuffle.ts';
import { CONTROL, SIZE, SUBJECTS, type Subject } from './subjects.ts';

const FUNCTION = 'compute';
/** Some milliseconds of work. */
const ITERATIONS = 5_000_000;
/** Calls under way for each worker: it always has the next. */
const CALLERS = 3;

const { seed, quick } = JSON.parse(readFileSync(0, 'utf8')) as ChildJob;
const below = random(seed);
const rounds = quick ? 2 : 3;
const roundMs = quick ? 150 : 300;
const bytes = compilePlugin({ name: 'long', functions: { [FUNCTION]: count(ITERATIONS) } });

/** Microseconds from one answer to the next. */
async function timePerCall(plugin: Plugin, workers: number, ms: number): Promise<number> {
  const startedAt = performance.now();
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - startedAt < ms) {
      await plugin.call(FUNCTION);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: CALLERS * workers }, caller));
  return ((performance.now() - startedAt) * 1_000) / calls;
}

async function start({ executor, workers, name }: Subject) {
  const engine = await createEngine({ executor, workers, limits: { instances: CALLERS * workers } });
  const plugin = await engine.load(bytes);
  // The first calls compile.
  await timePerCall(plugin, workers, roundMs / 2);
  return { name, engine, workers, plugin, us: [] as number[] };
}

const live: Awaited<ReturnType<typeof start>>[] = [];
const first = SUBJECTS[0] as Subject;
for (const subject of [...SUBJECTS, { ...first, name: CONTROL }]) live.push(await start(subject));
for (let round = 0; round < rounds; round++) {
  for (const { plugin, workers, us } of shuffle(live, below)) us.push(await timePerCall(plugin, workers, roundMs));
}
await Promise.all(live.map(({ engine }) => engine.close()));
const samples: Sample[] = live.map(({ name, us }) => ({ subject: name, size: SIZE, us }));
process.stdout.write(JSON.stringify(samples));
