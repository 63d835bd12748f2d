/** What two workers get done against one: a ScalingJob on stdin, a ScalingRow on stdout. Both take turns. */
import { readFileSync } from 'node:fs';
import { createEngine, type Plugin } from '../../engine/index.ts';
import { halfRange, median } from '../support/statistics.ts';
import { compileLongPlugin, LONG_FUNCTION } from './plugins.ts';
import type { ScalingRow } from './results.ts';

export interface ScalingJob {
  readonly seconds: number;
}

/** Calls that are under way at the same time: each worker always has the next. */
const CALLERS = 6;
const ROUNDS = 9;

async function callsPerSecond(plugin: Plugin, seconds: number): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      await plugin.call(LONG_FUNCTION);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (calls * 1_000) / (performance.now() - startedAt);
}

const { seconds } = JSON.parse(readFileSync(0, 'utf8')) as ScalingJob;
const bytes = compileLongPlugin();
const engines = await Promise.all(
  [1, 2].map((workers) => createEngine({ executor: 'worker', workers, limits: { instances: CALLERS } })),
);
const [one, two] = await Promise.all(engines.map((engine) => engine.load(bytes)));
if (one === undefined || two === undefined) throw new Error('no plugin');
const rounds: { one: number; two: number }[] = [];
for (let round = -1; round < ROUNDS; round++) {
  const share = (2 * seconds) / ROUNDS;
  const rates = { one: await callsPerSecond(one, share), two: await callsPerSecond(two, share) };
  // The first compiles.
  if (round >= 0) rounds.push(rates);
}
await Promise.all(engines.map((engine) => engine.close()));
const ratios = rounds.map((round) => round.two / round.one);
const row: ScalingRow = {
  one: median(rounds.map((round) => round.one)),
  two: median(rounds.map((round) => round.two)),
  ratio: median(ratios),
  spread: halfRange(ratios),
};
console.log(JSON.stringify(row));
