/** The measuring process: a ReloadJob on stdin, a ReloadRow on stdout. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createManager } from '../../engine/index.ts';
import { countingPlugin } from '../../test/support/counting-plugin.ts';
import { compilePlugin } from '../../test/support/wat.ts';
import { spreadOf } from '../loop/results.ts';
import type { ReloadCase, ReloadRow } from './results.ts';

export interface ReloadJob extends ReloadCase {
  readonly seconds: number;
}

const CALLERS = 4;
const VERSIONS = 40;
const PAUSE_MS = 20;
const EMPTY = new Uint8Array(0);

const { executor, seconds } = JSON.parse(readFileSync(0, 'utf8')) as ReloadJob;
const compile = (i: number): Uint8Array<ArrayBuffer> => compilePlugin(countingPlugin({ version: `1.0.${i}` }));
const versions = Array.from({ length: VERSIONS }, (_, i) => compile(i));
await using manager = await createManager({
  configuration: {
    engine: { executor, workers: 1, limits: { fuel: '50M' } },
    reload: { watchMs: 1 },
    supervision: { breakerFailures: 0 },
    plugins: [{ id: 'counter', source: versions[0] as Uint8Array }],
  },
});
await manager.start();

let [calls, failed] = [0, 0];
let isDone = false;
/** Since the last look: when each call was made, and when it was answered. */
let answered: { readonly askedAt: number; readonly doneAt: number }[] = [];
async function keepCalling(): Promise<void> {
  while (!isDone) {
    const askedAt = performance.now();
    calls++;
    try {
      await manager.get('counter')?.callBytes('add', EMPTY);
    } catch {
      failed++;
    }
    answered.push({ askedAt, doneAt: performance.now() });
    // Timers and messages get their turn, whatever the executor.
    await sleep(1);
  }
}

/** Milliseconds of it, and of the longest call of those that were under way meanwhile. */
async function during(work: () => Promise<unknown>): Promise<{ took: number; call: number }> {
  answered = [];
  const startedAt = performance.now();
  await work();
  const doneAt = performance.now();
  await sleep(PAUSE_MS);
  const touched = answered.filter((call) => call.askedAt < doneAt).map((call) => call.doneAt - call.askedAt);
  return { took: doneAt - startedAt, call: Math.max(0, ...touched) };
}

const callers = Array.from({ length: CALLERS }, keepCalling);
await sleep(300);
const reloads: number[] = [];
const [meanwhile, quiet]: [number[], number[]] = [[], []];
const until = performance.now() + seconds * 1_000;
for (let i = 1; performance.now() < until || i < 4; i++) {
  const reload = await during(() => manager.reload('counter', versions[i % VERSIONS] as Uint8Array));
  // The first compile what the rest runs.
  if (i > 2) {
    reloads.push(reload.took);
    meanwhile.push(reload.call);
  }
  const still = await during(() => sleep(reload.took));
  if (i > 2) quiet.push(still.call);
}
isDone = true;
await Promise.all(callers);
const answer = await manager.get('counter')?.callBytes('count', EMPTY);
const counted = Number(new TextDecoder().decode(answer));
const row: ReloadRow = {
  executor,
  reloads: reloads.length,
  reload: spreadOf(reloads),
  longestCall: spreadOf(meanwhile),
  quietCall: spreadOf(quiet),
  calls,
  failed,
  forgotten: calls - failed - counted,
};
console.log(JSON.stringify(row));
