import { createEngine, type Plugin } from '../../engine/index.ts';
import { compileTenantPlugin, KEEP_FUNCTION } from '../density/tenant-plugin.ts';
import { median } from '../support/statistics.ts';
import type { Effort } from './measure-child.ts';
import { timesOf } from './repeat.ts';
import type { GrowthSample } from './results.ts';

const INPUT = JSON.stringify('a line of text');
/** Loads at the end of each stretch: their median is the row. */
const TIMED_LOADS = 200;
/** Loaded and called before anything is measured: V8 has compiled the engine. */
const WARM_UP = 300;

/** All live, of one module, each with a state of its own. */
export async function measurePlugins({ points, pointMs, below }: Effort): Promise<GrowthSample[]> {
  const bytes = compileTenantPlugin();
  const limits = { idleMs: '1h' };
  const loadInto = (engine: Awaited<ReturnType<typeof createEngine>>, i: number): Promise<Plugin> =>
    engine.load(bytes, { id: `tenant-${i}`, config: { tenant: i } });
  const warmUp = await createEngine({ executor: 'inline', limits });
  for (let i = 0; i < WARM_UP; i++) await (await loadInto(warmUp, i)).call(KEEP_FUNCTION, INPUT);
  await warmUp.close();

  const engine = await createEngine({ executor: 'inline', limits, maxLiveInstances: 12_000 });
  const plugins: Plugin[] = [];
  const loads: number[] = [];
  const samples: GrowthSample[] = [];
  for (const at of points) {
    while (plugins.length < at) {
      const startedAt = performance.now();
      plugins.push(await loadInto(engine, plugins.length));
      loads.push((performance.now() - startedAt) * 1_000);
    }
    const call = (): Promise<unknown> => (plugins[below(plugins.length)] as Plugin).call(KEEP_FUNCTION, INPUT);
    samples.push({ subject: 'call', at, us: await timesOf(pointMs, call) });
    samples.push({ subject: 'load', at, us: median(loads.slice(-TIMED_LOADS)) });
  }
  return samples;
}
