/** Which executor a plugin gets: the engine's, or one of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine, EXECUTORS } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

const wasm = compilePlugin({ functions: { echo: ECHO, trap: '(unreachable)' } });

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ workers: 1, executor: 'inline', limits: { startTimeoutMs: '5m' } });
});
afterAll(() => engine.close());

test('the same bytes behind every wall of one engine, loaded in whatever order', async () => {
  const plugins = [];
  for (const executor of [...EXECUTORS, ...EXECUTORS].reverse()) {
    plugins.push(await engine.load(wasm, { id: `${executor}${plugins.length}`, executor }));
  }
  expect(plugins.map(({ info }) => info.executor)).toEqual([...EXECUTORS, ...EXECUTORS].reverse());
  expect(await Promise.all(plugins.map((plugin) => plugin.call('echo', plugin.id)))).toEqual(
    plugins.map(({ id }) => id),
  );
  const fuel = await Promise.all(plugins.map(async (plugin) => (await plugin.invoke('echo', 'x')).usage.fuel.used));
  expect(new Set(fuel).size).toBe(1);
});

test('a plugin without a choice of its own gets that of the engine', async () => {
  const plugin = await engine.load(wasm, { id: 'any' });
  expect(plugin.info.executor).toBe('inline');
  expect(plugin.callSync('echo', 1)).toBe(1);
});

test.each(['worker', 'process'] as const)(
  'one in a %s cannot be called synchronously, and says so',
  async (executor) => {
    const plugin = await engine.load(wasm, { id: `sync-${executor}`, executor });
    await failure(async () => plugin.callSync('echo', 1), 'UNSUPPORTED_PLATFORM');
    const error = await failure(() => plugin.call('trap'), 'TRAP');
    expect(error.message).toContain('plugin_trap');
    expect(error.details).toMatchObject({ frames: [{ function: 'plugin_trap' }] });
  },
);
