/** The measuring process: a FanoutJob on stdin, a FanoutRow on stdout. */
import { readFileSync } from 'node:fs';
import { createManager, type PluginConfiguration } from '../../engine/index.ts';
import { compileSubscriber } from './plugins.ts';
import type { FanoutCase, FanoutRow } from './results.ts';
import { compileRunaway } from './runaway.ts';

export interface FanoutJob extends FanoutCase {
  readonly seconds: number;
}

const { seconds, ...one } = JSON.parse(readFileSync(0, 'utf8')) as FanoutJob;
const { executor, subscribers, kind, withRunaway } = one;
const source = compileSubscriber(kind);
const plugins: PluginConfiguration[] = Array.from({ length: subscribers }, (_, i) => ({
  id: `subscriber-${i}`,
  source,
}));
if (withRunaway) {
  const supervision = { maxErrorRate: 1 };
  plugins.push({ id: 'runaway', source: compileRunaway(), eventTimeoutMs: 50, limits: { fuel: '60G' }, supervision });
}
await using manager = await createManager({ configuration: { engine: { executor }, plugins } });
await manager.start();
const payload = { from: 'ada', room: 'lobby', text: 'The quick brown fox jumps over the lazy dog.' };

async function send(): Promise<void> {
  const { results } = await manager.emit('message.incoming', payload);
  const passed = results.filter(({ outcome }) => outcome === 'passed').length;
  if (passed !== subscribers)
    throw new Error(`${passed} of ${subscribers} subscribers answered: ${JSON.stringify(results[0])}`);
}

for (let i = 0; i < 30; i++) await send();
const times: number[] = [];
const startedAt = performance.now();
const until = startedAt + seconds * 1_000;
for (let at = startedAt; at < until; ) {
  await send();
  const done = performance.now();
  times.push(done - at);
  at = done;
}
const elapsed = (performance.now() - startedAt) / 1_000;
times.sort((a, b) => a - b);
const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
const row: FanoutRow = {
  ...one,
  eventsPerSecond: times.length / elapsed,
  deliveriesPerSecond: (times.length * subscribers) / elapsed,
  p50: at(0.5),
  p99: at(0.99),
};
console.log(JSON.stringify(row));
