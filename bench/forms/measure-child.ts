/** The measuring process of times: a FormsJob on stdin, Sample[] on stdout. All forms take turns. */
import { readFileSync } from 'node:fs';
import { random } from '../../test/support/random.ts';
import type { Sample } from '../support/comparison.ts';
import { shuffle } from '../support/shuffle.ts';
import type { BuiltSources } from './built-sources.ts';
import type { FormHost, LoadedSource } from './form.ts';
import { openHost } from './hosts.ts';
import { BASELINE, CONTROL, FORMS, WORK, WORK_NAMES, type WorkName } from './subjects.ts';

export interface FormsJob {
  readonly sources: BuiltSources;
  /** Origin of the catalogue. */
  readonly catalogue: string;
  /** Of the order in which forms take turns. */
  readonly seed: number;
  /** Enough for a look only. */
  readonly quick: boolean;
}

const job = JSON.parse(readFileSync(0, 'utf8')) as FormsJob;
const below = random(job.seed);
const ROUNDS = job.quick ? 2 : 9;
const WARM_UP_ROUNDS = job.quick ? 1 : 2;
/** Calls in one sample: of what takes microseconds more. */
const REPEATS: Partial<Record<WorkName, number>> = {
  'a call refused': 50,
  'a call with a request': 10,
  'a call with 2,000 lines': 3,
};

interface Turn {
  readonly subject: string;
  readonly host: FormHost;
  /** Called; it stays, so that its code is warm. */
  readonly caller: LoadedSource;
  /** Reloaded. */
  source: LoadedSource;
  readonly us: Record<WorkName, number[]>;
}

async function call(
  source: LoadedSource,
  work: 'a call refused' | 'a call with a request' | 'a call with 2,000 lines',
) {
  const { name, input } = WORK[work];
  await source.call(name, input).catch((error: unknown) => {
    if (work !== 'a call refused') throw error;
  });
}

/** Until the first answer. */
async function loadOne({ host }: Turn): Promise<LoadedSource> {
  const source = await host.load(job.catalogue);
  await call(source, 'a call refused');
  return source;
}

/** @returns microseconds */
async function time(turn: Turn, work: WorkName): Promise<number> {
  const started = performance.now();
  if (work === 'load') {
    const source = await loadOne(turn);
    const ms = performance.now() - started;
    await source.close();
    return ms * 1_000;
  }
  if (work === 'reload') {
    const next = await loadOne(turn);
    await turn.source.close();
    turn.source = next;
    return (performance.now() - started) * 1_000;
  }
  const repeats = REPEATS[work] ?? 1;
  for (let i = 0; i < repeats; i++) await call(turn.caller, work);
  return ((performance.now() - started) * 1_000) / repeats;
}

const turns: Turn[] = [];
for (const subject of [...FORMS, CONTROL]) {
  const host = await openHost(subject === CONTROL ? BASELINE : (subject as (typeof FORMS)[number]), job.sources);
  const us = Object.fromEntries(WORK_NAMES.map((work) => [work, []])) as unknown as Turn['us'];
  const [caller, source] = [await host.load(job.catalogue), await host.load(job.catalogue)];
  turns.push({ subject, host, caller, source, us });
}
for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
  for (const work of WORK_NAMES) {
    for (const turn of shuffle(turns, below)) {
      const us = await time(turn, work);
      if (round >= 0) turn.us[work].push(us);
    }
  }
}
for (const { host, caller, source } of turns) {
  await caller.close();
  await source.close();
  await host.close();
}
const samples: Sample[] = turns.flatMap(({ subject, us }) =>
  WORK_NAMES.map((size) => ({ subject, size, us: us[size] })),
);
process.stdout.write(JSON.stringify(samples), () => process.exit(0));
