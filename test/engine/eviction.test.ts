/** Idle instances make room: they are kept as snapshots, and come back in the state in which they were. */
import { afterEach, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type EngineOptions, EXECUTORS, type Plugin } from '../../engine/index.ts';
import { CLEAN, readSeen, STAINED, STATEFUL } from '../support/stateful-guest.ts';
import { compilePlugin, ECHO, type PluginWat } from '../support/wat.ts';

const none = new Uint8Array(0);
let engine: Engine;
const messages: string[] = [];

afterEach(() => engine.close());

async function open(options: EngineOptions = {}): Promise<void> {
  messages.length = 0;
  engine = await createEngine({
    executor: 'inline',
    logger: { log: ({ message }) => void messages.push(message) },
    ...options,
    limits: { idleMs: 1, ...options.limits },
  });
}

/** Waits until no instance of it is live. */
async function evicted(plugin: Plugin): Promise<Plugin> {
  while (plugin.memory().live > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return plugin;
}
const look = async (plugin: Plugin): Promise<bigint[]> => readSeen(await plugin.callBytes('look', none));

describe('an idle instance', () => {
  test('is evicted after a while, and comes back with the next call, memory and globals as they were', async () => {
    await open();
    const plugin = await engine.load(compilePlugin(STATEFUL));
    expect(await look(await evicted(plugin))).toEqual(CLEAN);
    await plugin.call('stain');
    for (let i = 0; i < 3; i++) expect(await look(await evicted(plugin))).toEqual(STAINED);
    await plugin.call('grow');
    expect((await look(await evicted(plugin))).at(-1)).toBe(5n);
    expect(plugin.state).toBe('running');
  });

  test('takes a few hundred bytes meanwhile, and says so', async () => {
    await open();
    const plugin = await engine.load(compilePlugin(STATEFUL));
    expect(plugin.memory()).toMatchObject({ instances: 1, live: 1, linear: 131_072, snapshots: 0, total: 131_072 });
    await evicted(plugin);
    const { instances, live, linear, snapshots, total } = plugin.memory();
    expect({ instances, live, linear }).toEqual({ instances: 1, live: 0, linear: 0 });
    expect(snapshots).toBeGreaterThan(0);
    expect(snapshots).toBeLessThan(1_000);
    expect(total).toBe(snapshots);
    expect(engine.memory()).toEqual(plugin.memory());
  });

  test.each(['worker', 'process'] as const)('says so from inside a %s, too', async (executor) => {
    await open({ executor, workers: 1 });
    const plugin = await engine.load(compilePlugin(STATEFUL));
    await plugin.call('stain');
    const { instances, linear, snapshots, total } = (await evicted(plugin)).memory();
    expect({ instances, linear }).toEqual({ instances: 1, linear: 0 });
    expect(snapshots).toBeGreaterThan(0);
    expect(total).toBe(snapshots);
    // One that is called is live, and is itself again.
    const stayed = await engine.load(compilePlugin(STATEFUL), { id: 'stayed', limits: { idleMs: '1h' } });
    expect(stayed.memory()).toMatchObject({ instances: 1, live: 1, linear: 131_072, snapshots: 0 });
    expect(await look(plugin)).toEqual(STAINED);
  });

  test('can be called synchronously, too', async () => {
    await open();
    const plugin = await engine.load(compilePlugin(STATEFUL));
    plugin.callSync('stain');
    expect(readSeen((await evicted(plugin)).callBytesSync('look', none))).toEqual(STAINED);
  });

  test('uses the same fuel as one that stayed', async () => {
    await open();
    const [moved, stayed] = [
      await engine.load(compilePlugin(STATEFUL), { id: 'moved' }),
      await engine.load(compilePlugin(STATEFUL), { id: 'stayed', limits: { idleMs: '1h' } }),
    ];
    for (const name of ['spend', 'spend', 'stain', 'grow', 'stain']) {
      await evicted(moved);
      const [a, b] = [await moved.invoke(name), await stayed.invoke(name)];
      expect({ name, fuel: a.usage.fuel.used }).toEqual({ name, fuel: b.usage.fuel.used });
    }
    expect(stayed.memory().live).toBe(1);
  });

  test('with `reset` comes back as it was when it had started', async () => {
    await open();
    const plugin = await engine.load(compilePlugin(STATEFUL), { reset: 'per-call' });
    for (const name of ['stain', 'grow']) {
      await plugin.call(name);
      expect(await look(await evicted(plugin))).toEqual(CLEAN);
    }
  });

  test('comes back to stop', async () => {
    await open();
    const plugin = await engine.load(
      compilePlugin({
        ...STATEFUL,
        replace: {
          plugin_stop: `(func (export "plugin_stop") (result i32) (i32.wrap_i64 (i64.load (i32.const 131064))))`,
        },
      }),
    );
    await plugin.call('stain');
    await evicted(plugin);
    await plugin.unload();
    expect(messages).toEqual([expect.stringContaining('While stopping: plugin_stop failed')]);
  });

  test('that keeps what cannot be carried over stays', async () => {
    await open({ maxLiveInstances: 1 });
    const keeping: PluginWat = {
      name: 'keeping',
      functions: {
        keep: '(global.set $f (ref.func $one)) (i64.const 0)',
        kept: '(i64.extend_i32_u (ref.is_null (global.get $f)))',
      },
      extra: '(global $f (mut funcref) (ref.null func)) (elem declare func $one) (func $one)',
    };
    const plugin = await engine.load(compilePlugin(keeping));
    const other = await engine.load(compilePlugin({ functions: { echo: ECHO } }));
    await plugin.call('keep');
    expect(await other.call('echo', 1)).toBe(1);
    await evicted(other);
    expect(plugin.memory().live).toBe(1);
    expect(await plugin.callBytes('kept', none)).toEqual(none);
  });
});

describe('more plugins than may be live', () => {
  test('all answer, and each keeps its own state', async () => {
    await open({ maxLiveInstances: 3, limits: { idleMs: '1h' } });
    const bytes = compilePlugin({
      functions: {
        count: `(i32.store8 (i32.const 12) (i32.add (i32.const 1) (i32.load8_u (i32.const 12))))
          (i32.store8 (i32.const 13) (i32.add (i32.const 48) (i32.load8_u (i32.const 12))))
          (call $pack (i32.const 13) (i32.const 1))`,
      },
    });
    const plugins: Plugin[] = [];
    for (let i = 0; i < 20; i++) plugins.push(await engine.load(bytes, { id: `p${i}` }));
    for (let round = 1; round <= 5; round++) {
      for (const plugin of plugins) expect(await plugin.call('count')).toBe(round);
      expect(engine.memory().live).toBeLessThanOrEqual(3);
    }
    // Those that were used last are the ones that are live.
    expect(plugins.slice(0, 16).map((plugin) => plugin.memory().live)).toEqual(Array(16).fill(0));
    expect(plugins.at(-1)?.memory().live).toBe(1);
    expect(engine.memory().instances).toBe(20);
  });

  test('calls at the same time all have their instance, even if that is more', async () => {
    await open({ maxLiveInstances: 2 });
    const plugins: Plugin[] = [];
    for (let i = 0; i < 6; i++)
      plugins.push(await engine.load(compilePlugin({ functions: { echo: ECHO } }), { id: `p${i}` }));
    expect(await Promise.all(plugins.map((plugin, i) => plugin.call('echo', i)))).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('spare instances', () => {
  const burst = (plugin: Plugin): Promise<unknown> =>
    Promise.all(Array.from({ length: 30 }, (_, i) => plugin.call('echo', i)));
  const settle = async (plugin: Plugin, count: number): Promise<void> => {
    while (plugin.memory().instances > count) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test('are stopped when nobody has needed them for a while, but for the last', async () => {
    await open({ limits: { idleMs: '1h', spareMs: 1, instances: 6 } });
    const stop = `(func (export "plugin_stop") (result i32)
      (call $log (i32.const 2) (i32.const 0) (i32.const 0)) (i32.const 0))`;
    const plugin = await engine.load(
      compilePlugin({
        imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
        functions: { echo: ECHO },
        replace: { plugin_stop: stop },
      }),
    );
    await burst(plugin);
    const most = plugin.memory().instances;
    expect(most).toBeGreaterThan(1);
    await settle(plugin, 1);
    await burst(plugin);
    await settle(plugin, 1);
    expect(plugin.memory().instances).toBe(1);
    await plugin.unload();
    // Each that ever ran has stopped.
    expect(messages.length).toBeGreaterThan(most);
  });

  test('as many as are to be kept stay', async () => {
    await open({ limits: { idleMs: '1h', spareMs: 1, instances: 6, minInstances: 3 } });
    const plugin = await engine.load(compilePlugin({ functions: { echo: ECHO } }));
    await burst(plugin);
    await settle(plugin, 3);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(plugin.memory().instances).toBe(3);
    expect(await plugin.call('echo', 1)).toBe(1);
  });
});

describe('closing the engine', () => {
  const leaving = compilePlugin({
    imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
    functions: { echo: ECHO },
    replace: {
      plugin_cleanup: `(func (export "plugin_cleanup") (result i32)
        (call $log (i32.const 2) (i32.const 0) (i32.const 0)) (i32.const 0))`,
    },
  });

  test.each(EXECUTORS)('lets every evicted plugin stop and clean up, a few at a time (%s)', async (executor) => {
    let most = 0;
    await open({
      executor,
      workers: 1,
      maxLiveInstances: 5,
      logger: {
        log: ({ plugin }) => {
          messages.push(plugin);
          most = Math.max(most, engine.memory().live);
        },
      },
    });
    const plugins = await Promise.all(Array.from({ length: 150 }, (_, i) => engine.load(leaving, { id: `p${i}` })));
    if (executor === 'inline') await Promise.all(plugins.map(evicted));
    await engine.close();
    expect(messages.toSorted()).toEqual(plugins.map(({ id }) => id).toSorted());
    // Of the others only the executor knows which of them are live.
    if (executor === 'inline') expect(most).toBeLessThan(50);
  });
});
