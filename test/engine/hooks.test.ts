/** Optional exports of the guest ABI, called by the engine: health, events, and state from one instance to another. */
import { describe, expect, test } from 'vitest';
import { UsageRecord } from '../../engine/host/usage-counters.ts';
import { createEngine, EXECUTORS, type Plugin } from '../../engine/index.ts';
import { countingPlugin } from '../support/counting-plugin.ts';
import { compilePlugin } from '../support/wat.ts';

const NOTHING = new Uint8Array(0);
const text = async (plugin: Plugin, name: string): Promise<string> =>
  new TextDecoder().decode(await plugin.callBytes(name, NOTHING));
const hook = (plugin: Plugin, name: string, input = ''): Promise<unknown> =>
  plugin.account('hook', 'text', name, input, undefined, new UsageRecord(plugin.info.limits));

describe.each(EXECUTORS)('in the executor %s', (executor) => {
  test('hooks answer, and a status that is not 0 is a failure', async () => {
    await using engine = await createEngine({ executor, workers: 1 });
    const well = await engine.load(compilePlugin(countingPlugin()), { id: 'well' });
    expect(well.info.hooks).toEqual(['health', 'on_event', 'save_state', 'restore_state']);
    expect(await hook(well, 'health')).toBe(undefined);
    expect(await hook(well, 'on_event', '{"event":"a"}')).toEqual({ event: 'a' });
    const ill = await engine.load(compilePlugin(countingPlugin({ hooks: { health: '(i32.const 3)' } })), { id: 'ill' });
    await expect(hook(ill, 'health')).rejects.toMatchObject({ code: 'GUEST_ERROR', message: /status 3/ });
    // It answered in good order: the same instance goes on.
    expect(ill.instances).toBe(1);
  });

  test('state goes from one plugin to another, and to instances that start later', async () => {
    await using engine = await createEngine({ executor, workers: 1 });
    const bytes = compilePlugin(countingPlugin());
    const old = await engine.load(bytes, { id: 'old' });
    await text(old, 'add');
    expect(await text(old, 'add')).toBe('1.0.0 00000002');
    const state = await old.saveState();
    const next = await engine.load(bytes, { id: 'next' });
    await next.restoreState(state);
    expect(await text(next, 'add')).toBe('1.0.0 00000003');
    // The instance is lost with what it had counted since.
    await expect(text(next, 'trap')).rejects.toMatchObject({ code: 'TRAP' });
    expect(await text(next, 'count')).toBe('00000002');
    await next.warm(3);
    expect(next.instances).toBe(3);
    await Promise.all([1, 2, 3].map(() => text(next, 'add')));
    expect(Number(await text(next, 'count'))).toBeGreaterThan(2);
  });

  test('state that is too large, or that the plugin does not take, is refused', async () => {
    await using engine = await createEngine({ executor, workers: 1 });
    const plugin = await engine.load(compilePlugin(countingPlugin()), { id: 'a', limits: { stateBytes: 3 } });
    await expect(plugin.saveState()).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { limit: 'stateBytes' },
    });
    await expect(plugin.restoreState(new Uint8Array(4))).rejects.toMatchObject({ details: { limit: 'stateBytes' } });
    await expect(plugin.restoreState(new Uint8Array(2))).rejects.toMatchObject({ code: 'GUEST_ERROR' });
    expect(await text(plugin, 'add')).toBe('1.0.0 00000001');
  });
});

test('a hook that a plugin does not export is named', async () => {
  await using engine = await createEngine();
  const plugin = await engine.load(
    compilePlugin(countingPlugin({ hooks: { health: undefined, save_state: undefined } })),
  );
  await expect(hook(plugin, 'health')).rejects.toMatchObject({ code: 'UNKNOWN_FUNCTION', message: /plugin_health/ });
  await expect(plugin.saveState()).rejects.toMatchObject({ code: 'UNKNOWN_FUNCTION' });
});

test('callers cannot reach hooks by name', async () => {
  await using engine = await createEngine();
  const plugin = await engine.load(compilePlugin(countingPlugin()));
  await expect(plugin.call('save_state')).rejects.toMatchObject({ code: 'UNKNOWN_FUNCTION' });
});
