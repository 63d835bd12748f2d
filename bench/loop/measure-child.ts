/** The measuring process: a LoopJob on stdin, a LoopRow on stdout. */
import { readFileSync } from 'node:fs';
import { createEngine, isRingfenceError, type Plugin } from '../../engine/index.ts';
import { ANSWER_FUNCTIONS, compileAnswerPlugin, compileSpinPlugin, SPIN_FUNCTION } from './plugins.ts';
import { type LoopCase, type LoopRow, spreadOf } from './results.ts';

export interface LoopJob extends LoopCase {
  readonly seconds: number;
}

const { spinners, kind, seconds } = JSON.parse(readFileSync(0, 'utf8')) as LoopJob;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

await using engine = await createEngine({ executor: 'inline', limits: { timeoutMs: '1h', fuel: '60000G' } });
const answering = await engine.load(compileAnswerPlugin());
const spinning: Plugin[] = [];
for (let i = 0; i < spinners; i++) spinning.push(await engine.load(compileSpinPlugin(kind), { id: `spin-${i}` }));
// The first calls compile.
for (let i = 0; i < 5; i++) for (const name of ANSWER_FUNCTIONS) await answering.call(name, i);

const stop = new AbortController();
const ended = spinning.map((plugin) =>
  plugin.call(SPIN_FUNCTION, undefined, { signal: stop.signal }).catch((error: unknown) => {
    if (!isRingfenceError(error, 'CANCELLED')) throw error;
    return (error.details.usage as { fuel: { used: number } }).fuel.used;
  }),
);
await sleep(300);
const startedAt = performance.now();
const until = startedAt + seconds * 1_000;
const late: number[] = [];
const answers: Record<string, number[]> = Object.fromEntries(ANSWER_FUNCTIONS.map((name) => [name, []]));

async function watchTimers(): Promise<void> {
  while (performance.now() < until) {
    const asked = performance.now();
    await sleep(1);
    late.push(performance.now() - asked - 1);
  }
}

async function watchAnswers(): Promise<void> {
  for (let i = 0; performance.now() < until; i++) {
    // At no fixed place in the turns of the others.
    await sleep(1 + (i % 7));
    const name = ANSWER_FUNCTIONS[i % ANSWER_FUNCTIONS.length] ?? 'echo';
    const asked = performance.now();
    await answering.call(name, i);
    answers[name]?.push(performance.now() - asked);
  }
}

await Promise.all([watchTimers(), watchAnswers()]);
const elapsed = (performance.now() - startedAt) / 1_000 + 0.3;
stop.abort();
const fuel = ((await Promise.all(ended)) as number[]).reduce((sum, used) => sum + used, 0);
const row: LoopRow = {
  spinners,
  kind,
  delay: spreadOf(late.map((ms) => Math.max(0, ms))),
  answer: { echo: spreadOf(answers.echo ?? []), work: spreadOf(answers.work ?? []) },
  fuelPerSecond: fuel / elapsed,
};
console.log(JSON.stringify(row));
