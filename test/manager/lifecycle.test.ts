/** Plugins start in order, stop in order, and tell of each step. */
import { describe, expect, test } from 'vitest';
import type { LogEntry, PluginConfiguration } from '../../engine/index.ts';
import { add, counter, manage, one } from './support/managed.ts';

const plugin = (id: string, more: Partial<PluginConfiguration> = {}, manifest = {}): PluginConfiguration => ({
  id,
  source: counter({ name: id, manifest }),
  ...more,
});
const starts = (states: readonly string[]): string[] =>
  states.filter((line) => line.endsWith('-> starting')).map((line) => line.split(':')[0] as string);

test('a plugin starts, answers and stops; each transition is an event, a line in the log and a count', async () => {
  const lines: LogEntry[] = [];
  const { manager, states, told } = await manage({
    ...one(),
    engine: { logger: { log: (line: LogEntry) => void lines.push(line) } },
  });
  expect(manager.get('counter')?.state).toBe('installed');
  await manager.start();
  expect(await add(manager)).toBe('1.0.0 1');
  expect(manager.get('counter')?.status()).toMatchObject({
    id: 'counter',
    state: 'running',
    version: '1.0.0',
    breaker: 'closed',
    counters: { 'state.starting': 1, 'state.running': 1 },
  });
  await manager.close();
  expect(states('counter')).toEqual([
    'installed -> starting',
    'starting -> running',
    'running -> stopping',
    'stopping -> stopped',
  ]);
  expect(lines.map(({ message }) => message)).toEqual([
    'installed -> starting: started',
    'starting -> running: started',
    'running -> stopping: the manager is closed',
    'stopping -> stopped: the manager is closed',
  ]);
  expect(told[0]).toMatchObject({ name: 'state', plugin: 'counter', version: '1.0.0', reason: 'started' });
  await expect(add(manager)).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { state: 'stopped' } });
});

test('plugins start after those that they need, and by priority; they stop the other way round', async () => {
  const { manager, states } = await manage({
    plugins: [
      plugin('app', { dependencies: ['store'], priority: 100 }),
      plugin('low', { priority: -5 }),
      plugin('store', {}, { dependencies: { base: '^1.0.0' } }),
      plugin('base', { priority: 1 }),
      plugin('high', { priority: 50 }),
    ],
  });
  await manager.start();
  expect(starts(states())).toEqual(['high', 'base', 'low', 'store', 'app']);
  await manager.close();
  const stops = states().filter((line) => line.endsWith('-> stopped'));
  const place = (id: string): number => stops.indexOf(`${id}: stopping -> stopped`);
  expect(place('app')).toBeLessThan(place('store'));
  expect(place('store')).toBeLessThan(place('base'));
});

test('those that do not need each other start in parallel', async () => {
  const { manager, faults, states } = await manage({
    plugins: [plugin('a'), plugin('b'), plugin('c', { dependencies: ['a'] })],
  });
  const slow = Promise.withResolvers<void>();
  faults.plan('a', 'start', slow.promise);
  const started = manager.start();
  await expect.poll(() => manager.get('b')?.state).toBe('running');
  expect(states()).not.toContain('a: starting -> running');
  expect(manager.get('c')?.state).toBe('installed');
  slow.resolve();
  await started;
  expect(manager.get('c')?.state).toBe('running');
  await manager.close();
});

test('a cycle in manifests is refused by name; the others start', async () => {
  await using test = await manage({
    plugins: [
      plugin('a', {}, { dependencies: { b: '*' } }),
      plugin('b', {}, { dependencies: { c: '*' } }),
      plugin('c', {}, { dependencies: { a: '*' } }),
      plugin('d'),
    ],
  });
  await test.manager.start();
  expect(test.manager.plugins.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'a failed',
    'b failed',
    'c failed',
    'd running',
  ]);
  expect(test.manager.get('a')?.status().reason).toMatch(/cycle: (a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)/);
});

test('a cycle in the configuration is refused before anything runs', async () => {
  const plugins = [plugin('a', { dependencies: ['b'] }), plugin('b', { dependencies: ['a'] })];
  await expect(manage({ plugins })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining('a -> b -> a'),
  });
});

describe('what a plugin needs', () => {
  test('and is not there, or has the wrong version, is told', async () => {
    await using test = await manage({
      plugins: [
        plugin('a', {}, { dependencies: { nowhere: '*' } }),
        plugin('b', {}, { dependencies: { c: '^2.0.0' } }),
        plugin('c'),
      ],
    });
    await test.manager.start();
    expect(test.manager.get('a')?.status()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('"nowhere"'),
    });
    expect(test.manager.get('b')?.status().reason).toContain('it needs c ^2.0.0, and 1.0.0 is there');
    expect(test.manager.get('c')?.state).toBe('running');
  });

  test('and fails to start is waited for: it starts when the other has come back', async () => {
    await using test = await manage({ plugins: [plugin('a'), plugin('b', { dependencies: ['a'] })] });
    const { manager, clock, faults } = test;
    faults.plan('a', 'start', 'trap', { times: 1 });
    await manager.start();
    expect(manager.get('a')?.state).toBe('degraded');
    expect(manager.get('b')?.status()).toMatchObject({ state: 'installed', reason: 'waits for a' });
    await clock.advance(2_000);
    await expect.poll(() => manager.get('b')?.state).toBe('running');
  });
});

test('a start that hangs ends at its deadline', async () => {
  await using test = await manage(one({ limits: { startTimeoutMs: 5_000 } }));
  const { manager, clock, faults } = test;
  faults.plan('counter', 'start', 'hang', { times: 1 });
  const started = manager.start();
  await expect.poll(() => manager.get('counter')?.state).toBe('starting');
  await clock.advance(5_000);
  await started;
  expect(manager.get('counter')?.status()).toMatchObject({
    state: 'degraded',
    reason: expect.stringContaining('5000 ms'),
  });
  await clock.advance(1_000);
  await expect.poll(() => manager.get('counter')?.state).toBe('running');
});

test('a plugin that was not granted what it needs waits, and starts when it is', async () => {
  await using test = await manage(
    one({ source: counter({ manifest: { permissions: { kv: { reason: 'to count' } } } }) }),
  );
  const { manager } = test;
  await manager.start();
  expect(manager.get('counter')?.status()).toMatchObject({ state: 'pending-permission', reason: 'was not granted kv' });
  await expect(add(manager)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await manager.get('counter')?.grant({ kv: true });
  expect(manager.get('counter')?.state).toBe('running');
  expect(await add(manager)).toBe('1.0.0 1');
});

test('a path that is not a plugin is a finding, not a crash', async () => {
  await using test = await manage({
    plugins: [plugin('a'), { id: 'b', source: '/nowhere/b.wasm' }, { id: 'c', source: new Uint8Array(9) }],
  });
  await test.manager.start();
  expect(test.manager.status().map(({ state }) => state)).toEqual(['running', 'failed', 'failed']);
  expect(test.manager.get('b')?.status().reason).toContain('/nowhere/b.wasm');
});

test('a plugin is restarted as often as wanted, with its state', async () => {
  await using test = await manage(one());
  await test.manager.start();
  for (let i = 1; i <= 5; i++) {
    expect(await add(test.manager)).toBe(`1.0.0 ${i}`);
    await test.manager.get('counter')?.restart();
  }
});

test('closing while plugins start ends their starts', async () => {
  const { manager, faults } = await manage(one());
  faults.plan('counter', 'start', 'hang');
  const started = manager.start();
  await expect.poll(() => manager.get('counter')?.state).toBe('starting');
  await manager.close();
  await started;
  expect(manager.get('counter')?.state).toBe('stopped');
  await expect(manager.start()).rejects.toMatchObject({ code: 'CLOSED' });
});
