import { createEngine } from '../../engine/index.ts';
import { compileAndStart } from '../load/plain.ts';
import { PluginPress } from '../load/plugins.ts';
import { shuffle } from '../support/shuffle.ts';
import type { Effort } from './measure-child.ts';
import { timesOf } from './repeat.ts';
import type { GrowthSample } from './results.ts';

const PROGRAM = 'word-count';
const FUNCTION = 'run';

/** Each load is of bytes that nobody has seen: neither the engine's caches nor V8's know them. */
export async function measureModules({ points, pointMs, below }: Effort): Promise<GrowthSample[]> {
  const engine = await createEngine({ executor: 'inline' });
  const samples: GrowthSample[] = [];
  const load = async (press: PluginPress): Promise<void> => {
    const plugin = await engine.load(press.copy());
    await plugin.call(FUNCTION);
    await plugin.unload();
  };
  // V8 has compiled the engine itself.
  const warmUp = new PluginPress({ program: PROGRAM, bytes: points[1] ?? 0 });
  for (let i = 0; i < 20; i++) await load(warmUp);
  for (const at of shuffle(points, below)) {
    const press = new PluginPress({ program: PROGRAM, bytes: at });
    const lines: readonly (readonly [string, () => Promise<void>])[] = [
      ['plain-v8', () => compileAndStart(press.copy())],
      ['inline', () => load(press)],
    ];
    for (const [subject, action] of shuffle(lines, below))
      samples.push({ subject, at, us: await timesOf(pointMs, action) });
  }
  await engine.close();
  return samples;
}
