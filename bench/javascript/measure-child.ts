/** The measuring process: a ChildJob on stdin, Sample[] on stdout. */
import { readFileSync } from 'node:fs';
import { createEngine } from '../../engine/index.ts';
import { random } from '../../test/support/random.ts';
import type { ChildJob } from '../support/command-line.ts';
import type { Sample } from '../support/comparison.ts';
import { shuffle } from '../support/shuffle.ts';
import { atOnce, awaited, takeTurns } from '../support/turns.ts';
import { unseen } from '../support/unseen.ts';
import { openQuickjs } from './quickjs-host.ts';
import { AGAIN, CALLS, CONTROL, FIRST, PLUGIN, QUICKJS } from './subjects.ts';

const job = JSON.parse(readFileSync(0, 'utf8')) as ChildJob;
const below = random(job.seed);
const CALL_OPTIONS = {
  rounds: job.quick ? 3 : 14,
  warmUpUs: job.quick ? 2_000 : 200_000,
  batchUs: job.quick ? 500 : 8_000,
  below,
};
/** One load is long. */
const LOAD_OPTIONS = { rounds: job.quick ? 1 : 8, warmUpUs: 1, batchUs: 1, below };
const BYTES = new Uint8Array(readFileSync(new URL('../../plugins/template/template.wasm', import.meta.url)));

const engine = await createEngine({ executor: 'inline' });
const loadQuickjs = await openQuickjs();

async function load(bytes: Uint8Array): Promise<void> {
  const plugin = await engine.load(bytes, { id: 'loaded' });
  await plugin.unload();
}

async function measureLoads(size: string, bytes: () => Uint8Array): Promise<Sample[]> {
  const peer = (): void => loadQuickjs().close();
  return takeTurns(
    size,
    [awaited(PLUGIN, () => load(bytes())), atOnce(QUICKJS, peer), atOnce(CONTROL, peer)],
    LOAD_OPTIONS,
  );
}

const samples: Sample[] = await measureLoads(FIRST, () => unseen(BYTES));
const plugin = await engine.load(BYTES);
samples.push(...(await measureLoads(AGAIN, () => BYTES)));
const [peer, again] = [loadQuickjs(), loadQuickjs()];
for (const [size, input] of shuffle(Object.entries(CALLS), below)) {
  const by = (call: (name: string, input: string) => string) => () => JSON.parse(call('render', JSON.stringify(input)));
  if (plugin.callSync('render', input) !== by(peer.call)()) throw new Error(`${size}: answers differ`);
  const variants = [
    atOnce(PLUGIN, () => plugin.callSync('render', input)),
    atOnce(QUICKJS, by(peer.call)),
    atOnce(CONTROL, by(again.call)),
  ];
  samples.push(...(await takeTurns(size, variants, CALL_OPTIONS)));
}
for (const one of [peer, again]) one.close();
await engine.close();
process.stdout.write(JSON.stringify(samples));
