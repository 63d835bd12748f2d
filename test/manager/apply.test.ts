/** Another configuration while plugins run: the difference is applied, and nothing that is good is given up for something that is not. */
import { expect, test } from 'vitest';
import type { ManagerConfiguration, PluginConfiguration } from '../../engine/index.ts';
import { add, counter, manage, type TestManager } from './support/managed.ts';

const sources = new Map<string, Uint8Array<ArrayBuffer>>();
const plugin = (id: string, more: Partial<PluginConfiguration> = {}): PluginConfiguration => {
  const source = sources.get(id) ?? counter({ name: id });
  sources.set(id, source);
  return { id, source, ...more };
};
const configured = (...plugins: PluginConfiguration[]): ManagerConfiguration => ({
  engine: { executor: 'inline' },
  plugins,
});
async function running(...plugins: PluginConfiguration[]): Promise<TestManager> {
  const managed = await manage(configured(...plugins));
  await managed.manager.start();
  managed.told.length = 0;
  return managed;
}

test('the same configuration changes nothing', async () => {
  await using test = await running(plugin('a'), plugin('b', { limits: { fuel: '10M' } }));
  expect(await test.manager.apply(configured(plugin('a'), plugin('b', { limits: { fuel: '10M' } })))).toEqual({
    added: [],
    removed: [],
    reloaded: [],
    adjusted: [],
    unchanged: ['a', 'b'],
    failed: [],
    engineChanged: false,
  });
  expect(test.told).toEqual([]);
});

test('what is added starts, what is taken out stops, what differs is loaded anew with its state, what is about supervision changes in place', async () => {
  await using test = await running(plugin('stays'), plugin('goes'), plugin('changes'), plugin('adjusts'));
  const { manager } = test;
  await add(manager, 'changes');
  const report = await manager.apply(
    configured(
      plugin('stays'),
      plugin('changes', { limits: { fuel: '20M' } }),
      plugin('adjusts', { priority: 5, supervision: { restarts: 1 } }),
      plugin('comes'),
      plugin('off', { enabled: false }),
    ),
  );
  expect(report).toMatchObject({
    added: ['comes'],
    removed: ['goes'],
    reloaded: ['changes'],
    adjusted: ['adjusts'],
    unchanged: ['stays'],
    failed: [],
  });
  expect(manager.plugins.map(({ id }) => id)).toEqual(['stays', 'changes', 'adjusts', 'comes']);
  expect(manager.get('changes')?.info?.limits.fuel).toBe(20_000_000);
  expect(await add(manager, 'changes')).toBe('1.0.0 2');
  expect(manager.engine.get('goes')).toBe(undefined);
  expect(test.states('stays')).toEqual([]);
  expect(test.states('adjusts')).toEqual([]);
});

test('an invalid configuration leaves the good one', async () => {
  await using test = await running(plugin('a'));
  const { manager } = test;
  const good = manager.configuration;
  for (const bad of [
    { plugins: [plugin('a'), plugin('a')] },
    { plugins: [{ ...plugin('b'), limts: {} }] },
    { plugins: [plugin('b', { limits: { fuel: 'much' } })] },
    { plugins: [plugin('b', { supervision: { windowMs: '5 parsecs' } })] },
    { plugins: [plugin('b', { dependencies: ['nobody'] })] },
    { plugins: 'none' },
    { plugins: [], engine: { executr: 'inline' } },
  ]) {
    await expect(manager.apply(bad as never)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      details: { path: expect.any(String) },
    });
  }
  expect(manager.configuration).toBe(good);
  expect(await add(manager, 'a')).toBe('1.0.0 1');
  expect(test.told).toEqual([]);
});

test('what cannot be changed goes on as it was, and the rest is applied', async () => {
  await using test = await running(plugin('a'), plugin('b'));
  const { manager } = test;
  const report = await manager.apply(
    configured({ ...plugin('a'), source: new Uint8Array(9) }, plugin('b', { limits: { fuel: '20M' } }), {
      id: 'c',
      source: '/nowhere.wasm',
    }),
  );
  expect(report.failed.map(({ plugin, error }) => [plugin, error.code])).toEqual([
    ['a', 'INVALID_MODULE'],
    ['c', 'UNAVAILABLE'],
  ]);
  expect(report.reloaded).toEqual(['b']);
  expect(await add(manager, 'a')).toBe('1.0.0 1');
  // Applied once more it is tried once more.
  expect((await manager.apply(configured(plugin('a'), plugin('b', { limits: { fuel: '20M' } })))).unchanged).toEqual([
    'a',
    'b',
  ]);
});

test('a plugin that others need cannot be taken out', async () => {
  await using test = await running(plugin('a'), {
    id: 'b',
    source: counter({ name: 'b', manifest: { dependencies: { a: '*' } } }),
  });
  const [, b] = test.manager.configuration.plugins;
  await expect(test.manager.apply(configured(b as PluginConfiguration))).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    details: { neededBy: 'b' },
  });
  expect(await add(test.manager, 'a')).toBe('1.0.0 1');
});

test('options of the engine wait for the next manager', async () => {
  await using test = await running(plugin('a'));
  const report = await test.manager.apply({
    engine: { executor: 'inline', limits: { fuel: 5_000 } },
    plugins: [plugin('a')],
  });
  expect(report).toMatchObject({ engineChanged: true, unchanged: ['a'] });
});
