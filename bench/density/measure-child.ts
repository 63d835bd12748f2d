/** The measuring process: a DensityJob on stdin, its answer on stdout. */
import { readFileSync } from 'node:fs';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { resolveLimits } from '../../engine/limits.ts';
import { EvictableInstance } from '../../engine/runtime/evictable-instance.ts';
import { Residency } from '../../engine/runtime/residency.ts';
import { runnable } from '../../test/executors/support/runnable.ts';
import { median } from '../support/statistics.ts';
import { countMemories, measureMemory, residentLinearMemory } from './memory.ts';
import type { LiveRow, MoveRow, RegisteredRow } from './results.ts';
import { compileTenantPlugin, KEEP_FUNCTION } from './tenant-plugin.ts';

export type DensityJob =
  | { readonly task: 'memories' }
  | { readonly task: 'live' | 'moves'; readonly plugins: number }
  | { readonly task: 'registered'; readonly plugins: number; readonly maxLive: number };

/** Loaded before anything is measured: code and caches are not any plugin's. */
const WARM_UP = 50;
const KIB = 1_024;
const INPUT = JSON.stringify('x'.repeat(400));

async function load(engine: Engine, bytes: Uint8Array, from: number, to: number): Promise<Plugin[]> {
  const plugins: Plugin[] = [];
  for (let i = from; i < to; i++) {
    const plugin = await engine.load(bytes, { id: `tenant-${i}`, config: { tenant: i } });
    await plugin.call(KEEP_FUNCTION, INPUT);
    plugins.push(plugin);
  }
  return plugins;
}

async function measureLive(count: number): Promise<LiveRow> {
  const engine = await createEngine({ executor: 'inline', limits: { idleMs: '1h' }, maxLiveInstances: 16_000 });
  const bytes = compileTenantPlugin();
  await load(engine, bytes, 0, WARM_UP);
  const before = { ...measureMemory(), linear: residentLinearMemory() ?? 0 };
  const startedAt = performance.now();
  await load(engine, bytes, WARM_UP, WARM_UP + count);
  const loadUs = ((performance.now() - startedAt) * 1_000) / count;
  const { live } = engine.memory();
  if (live !== WARM_UP + count) throw new Error(`${live} instances are live`);
  const after = measureMemory();
  const linear = residentLinearMemory();
  const rssKiB = (after.rss - before.rss) / count / KIB;
  const ownKiB = linear === undefined ? undefined : (linear - before.linear) / count / KIB;
  return {
    plugins: count,
    plugin: 'tenant',
    rssKiB,
    ownKiB,
    beyondKiB: ownKiB === undefined ? undefined : rssKiB - ownKiB,
    heapKiB: (after.heap - before.heap) / count / KIB,
    loadUs,
  };
}

async function measureRegistered(count: number, maxLive: number): Promise<RegisteredRow> {
  const engine = await createEngine({ executor: 'inline', limits: { idleMs: '1h' }, maxLiveInstances: maxLive });
  const bytes = compileTenantPlugin();
  // As many as may be live: from here on each that comes makes another go.
  const first = await load(engine, bytes, 0, maxLive);
  const before = measureMemory();
  const startedAt = performance.now();
  const others = await load(engine, bytes, maxLive, maxLive + count);
  const loadUs = ((performance.now() - startedAt) * 1_000) / count;
  const after = measureMemory();
  const { instances, live, snapshots } = engine.memory();
  const callUs = async (plugin: Plugin): Promise<number> => {
    const calledAt = performance.now();
    await plugin.call(KEEP_FUNCTION, INPUT);
    return (performance.now() - calledAt) * 1_000;
  };
  const evictedCalls: number[] = [];
  const liveCalls: number[] = [];
  for (const plugin of [...first, ...others].slice(0, Math.min(2_000, count))) {
    evictedCalls.push(await callUs(plugin));
    liveCalls.push(await callUs(plugin));
  }
  return {
    plugins: instances,
    plugin: 'tenant',
    maxLive,
    live,
    rssKiB: (after.rss - before.rss) / count / KIB,
    heapKiB: (after.heap - before.heap) / count / KIB,
    snapshotBytes: snapshots / (instances - live),
    loadUs,
    evictedCallUs: median(evictedCalls),
    liveCallUs: median(liveCalls),
  };
}

async function measureMoves(count: number): Promise<MoveRow> {
  const settings = { limits: resolveLimits({ idleMs: '1h' }), signal: undefined, context: undefined };
  const plugin = await runnable(compileTenantPlugin());
  const residency = new Residency(16_000);
  const time = (action: () => void): number => {
    const startedAt = performance.now();
    action();
    return (performance.now() - startedAt) * 1_000;
  };
  const instance = new EvictableInstance(plugin, residency);
  instance.startSync(settings, performance.now());
  const call = (of: EvictableInstance): number =>
    time(() => of.callSync(KEEP_FUNCTION, INPUT, 'text', settings, performance.now()));
  for (let i = 0; i < 100; i++) call(instance);
  const [evict, revive, stay] = [[], [], []] as number[][];
  for (let i = 0; i < count; i++) {
    evict?.push(time(() => instance.evict()));
    revive?.push(call(instance));
    stay?.push(call(instance));
  }
  const resetting = new EvictableInstance({ ...plugin, reset: 'per-call' }, residency);
  resetting.startSync(settings, performance.now());
  const reset = Array.from({ length: count }, () => call(resetting));
  return {
    plugin: 'tenant',
    evictUs: median(evict ?? []),
    reviveUs: median(revive ?? []) - median(stay ?? []),
    resetUs: median(reset) - median(stay ?? []),
  };
}

const job = JSON.parse(readFileSync(0, 'utf8')) as DensityJob;
const answer =
  job.task === 'memories'
    ? countMemories()
    : job.task === 'live'
      ? await measureLive(job.plugins)
      : job.task === 'registered'
        ? await measureRegistered(job.plugins, job.maxLive)
        : await measureMoves(job.plugins);
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
