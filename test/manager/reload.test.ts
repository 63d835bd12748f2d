/** A plugin changes its version while it is called: with its state, and back again if the new version is no good. */
import { describe, expect, test } from 'vitest';
import { add, counter, manage, one, type TestManager, trap } from './support/managed.ts';

const reloads = ({ told }: TestManager): string[] =>
  told.flatMap((event) =>
    event.name === 'reload' ? [`${event.outcome} ${event.from} -> ${event.to} at ${event.step}`] : [],
  );
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function running(configuration = one()): Promise<TestManager> {
  const managed = await manage(configuration);
  await managed.manager.start();
  await add(managed.manager);
  expect(await add(managed.manager)).toBe('1.0.0 2');
  return managed;
}

describe('a reload', () => {
  test('swaps, with the state of the old version', async () => {
    await using test = await running();
    const { manager, clock } = test;
    const report = await manager.reload('counter', counter({ version: '2.0.0' }));
    expect(report).toEqual({ plugin: 'counter', from: '1.0.0', to: '2.0.0', carriedState: true });
    expect(await add(manager)).toBe('2.0.0 3');
    expect(manager.engine.get('counter')?.info.version).toBe('2.0.0');
    await clock.advance(10_000);
    expect(reloads(test)).toEqual(['swapped 1.0.0 -> 2.0.0 at swap', 'accepted 1.0.0 -> 2.0.0 at watch']);
    expect(test.states('counter')).toEqual(['installed -> starting', 'starting -> running']);
  });

  test('lets calls in flight finish on the old version, and holds back those that come meanwhile', async () => {
    await using test = await running();
    const { manager, faults } = test;
    const slow = Promise.withResolvers<void>();
    faults.plan('counter', 'call', slow.promise, { times: 1 });
    const inFlight = add(manager);
    const reloaded = manager.reload('counter', counter({ version: '2.0.0' }));
    await expect.poll(() => manager.get('counter')?.record.gate.isClosed).toBe(true);
    const held = [add(manager), add(manager)];
    expect(manager.get('counter')?.status().inFlight).toBe(3);
    slow.resolve();
    expect(await inFlight).toBe('1.0.0 3');
    await reloaded;
    expect((await Promise.all(held)).sort()).toEqual(['2.0.0 4', '2.0.0 5']);
  });

  test('of a plugin without state holds back nothing', async () => {
    const stateless = { hooks: { save_state: undefined, restore_state: undefined } };
    await using test = await running(one({ source: counter(stateless) }));
    const { manager, faults } = test;
    const slow = Promise.withResolvers<void>();
    faults.plan('counter', 'call', slow.promise, { times: 1 });
    const inFlight = add(manager);
    const { carriedState } = await manager.reload('counter', counter({ version: '2.0.0', ...stateless }));
    expect(carriedState).toBe(false);
    expect(await add(manager)).toBe('2.0.0 1');
    slow.resolve();
    expect(await inFlight).toBe('1.0.0 3');
  });

  test('that waits too long for calls in flight is given up', async () => {
    await using test = await running(one({ reload: { drainMs: '3s' } }));
    const { manager, clock, faults } = test;
    const slow = Promise.withResolvers<void>();
    faults.plan('counter', 'call', slow.promise, { times: 1 });
    const inFlight = add(manager);
    const reloaded = manager.reload('counter', counter({ version: '2.0.0' }));
    reloaded.catch(() => {});
    await expect.poll(() => manager.get('counter')?.record.gate.isClosed).toBe(true);
    const held = add(manager);
    await clock.advance(3_000);
    await expect(reloaded).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      details: { step: 'state', running: '1.0.0' },
    });
    slow.resolve();
    expect((await Promise.all([inFlight, held])).sort()).toEqual(['1.0.0 3', '1.0.0 4']);
  });
});

describe('the old version goes on, and the reason is told, when the new one', () => {
  const CASES: Readonly<
    Record<string, { source: Uint8Array<ArrayBuffer>; step: string; code: string; message?: string }>
  > = {
    'is half-written': { source: counter({ version: '2.0.0' }).slice(0, 300), step: 'load', code: 'INVALID_MODULE' },
    'is another plugin': {
      source: counter({ name: 'other', version: '2.0.0' }),
      step: 'verify',
      code: 'INVALID_MANIFEST',
    },
    'is of an older ABI': {
      source: counter({ version: '2.0.0', manifest: { abi: 0 } }),
      step: 'load',
      code: 'ABI_MISMATCH',
    },
    'asks for more permissions': {
      source: counter({ version: '2.0.0', manifest: { permissions: { kv: { reason: 'to remember' } } } }),
      step: 'load',
      code: 'PERMISSION_DENIED',
      message: 'kv',
    },
    'fails to start': {
      source: counter({
        version: '2.0.0',
        replace: { plugin_start: '(func (export "plugin_start") (result i32) (i32.const 5))' },
      }),
      step: 'start',
      code: 'GUEST_ERROR',
    },
    'never stops starting': {
      source: counter({
        version: '2.0.0',
        replace: { plugin_start: '(func (export "plugin_start") (result i32) (loop $l (br $l)) (i32.const 0))' },
      }),
      step: 'start',
      code: 'OUT_OF_FUEL',
    },
    'is ill': {
      source: counter({ version: '2.0.0', hooks: { health: '(i32.const 1)' } }),
      step: 'health',
      code: 'GUEST_ERROR',
    },
    'traps while it restores the state': {
      source: counter({ version: '2.0.0', hooks: { restore_state: '(unreachable)' } }),
      step: 'state',
      code: 'TRAP',
    },
    'does not take the state': {
      source: counter({ version: '2.0.0', hooks: { restore_state: '(i32.const 9)' } }),
      step: 'state',
      code: 'GUEST_ERROR',
    },
    'is made ill by the state': {
      source: counter({ version: '2.0.0', hooks: { health: '(i32.gt_u (global.get $count) (i32.const 1))' } }),
      step: 'state',
      code: 'GUEST_ERROR',
    },
    'has state of another form': {
      source: counter({ version: '2.0.0', manifest: { state: { version: 2 } } }),
      step: 'state',
      code: 'STATE_MISMATCH',
    },
  };
  test.each(Object.entries(CASES))('%s', async (_, { source, step, code, message }) => {
    await using test = await running(one({ limits: { fuel: '50M' } }));
    const { manager } = test;
    const reload = manager.reload('counter', source);
    await expect(reload).rejects.toMatchObject({ code, plugin: 'counter', details: { step, running: '1.0.0' } });
    if (message !== undefined) await expect(reload).rejects.toThrow(message);
    expect(await add(manager)).toBe('1.0.0 3');
    expect(manager.get('counter')?.state).toBe('running');
    expect(manager.engine.plugins).toHaveLength(1);
    await settle();
    expect(test.told.at(-1)).toMatchObject({ name: 'reload', outcome: 'refused', step, error: { code } });
  });

  test('has a digest that is not the pinned one', async () => {
    const source = counter();
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha256').update(source).digest('hex');
    await using test = await running(one({ source, digest }));
    const reload = test.manager.reload('counter', counter({ version: '2.0.0' }));
    await expect(reload).rejects.toMatchObject({
      code: 'INTEGRITY_MISMATCH',
      details: { expected: digest, step: 'load' },
    });
    expect(await add(test.manager)).toBe('1.0.0 3');
  });

  test.each(['start', 'health', 'warm', 'swap', 'save-state', 'restore-state'] as const)(
    'fails at %s',
    async (point) => {
      await using test = await running();
      test.faults.plan('counter', point, 'trap', { times: 1 });
      await expect(test.manager.reload('counter', counter({ version: '2.0.0' }))).rejects.toMatchObject({
        code: 'TRAP',
      });
      expect(await add(test.manager)).toBe('1.0.0 3');
    },
  );

  test('starts so slowly that it is given up', async () => {
    await using test = await running();
    test.faults.plan('counter', 'start', 'hang', { version: '2.0.0' });
    const reload = test.manager.reload('counter', counter({ version: '2.0.0' }));
    reload.catch(() => {});
    await expect.poll(() => test.faults.struck).toEqual(['counter start 2.0.0']);
    await test.clock.advance(1_000);
    expect(await add(test.manager)).toBe('1.0.0 3');
    await test.clock.advance(30_000);
    await expect(reload).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', details: { step: 'start' } });
    expect(await add(test.manager)).toBe('1.0.0 4');
  });

  test('gets a state that is too large, or corrupt', async () => {
    await using test = await running(one({ limits: { stateBytes: 8 } }));
    test.faults.states.set('counter', () => new Uint8Array(9));
    const reload = (): Promise<unknown> => test.manager.reload('counter', counter({ version: '2.0.0' }));
    await expect(reload()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', details: { limit: 'stateBytes' } });
    test.faults.states.set('counter', (state) => state.slice(1));
    await expect(reload()).rejects.toMatchObject({ code: 'GUEST_ERROR' });
    expect(await add(test.manager)).toBe('1.0.0 3');
  });

  test('is corrupted on its way', async () => {
    await using test = await running();
    test.faults.files.set('counter', (bytes) => bytes.with(bytes.length >> 1, 0xff).slice(0, -10));
    await expect(test.manager.reload('counter', counter({ version: '2.0.0' }))).rejects.toMatchObject({
      details: { step: 'load' },
    });
    expect(await add(test.manager)).toBe('1.0.0 3');
  });
});

describe('after the swap', () => {
  const lying = (): Uint8Array<ArrayBuffer> => counter({ version: '2.0.0', functions: { add: '(unreachable)' } });

  test('a version whose calls fail is rolled back, with the state, though its health says nothing', async () => {
    await using test = await running();
    const { manager } = test;
    await manager.reload('counter', lying());
    for (let i = 0; i < 3; i++) await expect(add(manager)).rejects.toMatchObject({ code: 'TRAP' });
    expect(await add(manager)).toBe('1.0.0 3');
    expect(reloads(test).at(-1)).toBe('rolled-back 2.0.0 -> 1.0.0 at watch');
    expect(manager.get('counter')?.status()).toMatchObject({
      state: 'running',
      version: '1.0.0',
      reason: expect.stringContaining('first 3 calls'),
    });
  });

  test('a version that falls ill within the watch window is rolled back', async () => {
    await using test = await running();
    const { manager, clock, faults } = test;
    await manager.reload('counter', counter({ version: '2.0.0' }));
    expect(await add(manager)).toBe('2.0.0 3');
    faults.plan('counter', 'health', 'trap', { version: '2.0.0' });
    await clock.advance(2_000);
    expect(await add(manager)).toBe('1.0.0 3');
    expect(reloads(test).at(-1)).toBe('rolled-back 2.0.0 -> 1.0.0 at watch');
  });

  test('a version that falls ill later is restarted, not rolled back', async () => {
    await using test = await running();
    const { manager, clock, faults } = test;
    await manager.reload('counter', counter({ version: '2.0.0' }));
    await clock.advance(10_001);
    faults.plan('counter', 'health', 'trap', { version: '2.0.0', times: 3 });
    await clock.advance(30_000);
    expect(test.states('counter')).toContain('running -> degraded');
    await clock.advance(5_000);
    expect(await add(manager)).toMatch(/^2\.0\.0/);
  });

  test('a second reload within the watch window takes the place of the first', async () => {
    await using test = await running();
    const { manager } = test;
    await manager.reload('counter', counter({ version: '2.0.0' }));
    await manager.reload('counter', counter({ version: '3.0.0' }));
    expect(await add(manager)).toBe('3.0.0 3');
    await manager.rollback('counter');
    expect(await add(manager)).toBe('2.0.0 3');
  });
});

describe('a rollback', () => {
  test('goes back at once while the old version stands by', async () => {
    await using test = await running();
    await test.manager.reload('counter', counter({ version: '2.0.0' }));
    expect(await test.manager.rollback('counter')).toMatchObject({ from: '2.0.0', to: '1.0.0' });
    expect(await add(test.manager)).toBe('1.0.0 3');
  });

  test('later loads a version that is kept, with the state of the one that ran', async () => {
    await using test = await running();
    const { manager, clock } = test;
    for (const version of ['2.0.0', '3.0.0', '4.0.0']) {
      await manager.reload('counter', counter({ version }));
      await clock.advance(10_001);
    }
    expect(await add(manager)).toBe('4.0.0 3');
    expect(
      manager
        .get('counter')
        ?.status()
        .kept.map(({ version }) => version),
    ).toEqual(['3.0.0', '2.0.0', '1.0.0']);
    await manager.rollback('counter', '2.0.0');
    expect(await add(manager)).toBe('2.0.0 4');
    await expect(manager.rollback('counter', '9.0.0')).rejects.toMatchObject({
      code: 'UNKNOWN_PLUGIN',
      details: { versions: ['1.0.0', '3.0.0', '4.0.0'].slice(1) },
    });
  });

  test('to a version that does not know the newer state gives it its own', async () => {
    await using test = await manage(one(), {
      migrateState: ({ from, to, state }) => (from < to ? state.slice() : undefined),
    });
    const { manager, clock } = test;
    await manager.start();
    await add(manager);
    await manager.reload('counter', counter({ version: '2.0.0', manifest: { state: { version: 2 } } }));
    expect(await add(manager)).toBe('2.0.0 2');
    await add(manager);
    await clock.advance(10_001);
    await manager.rollback('counter');
    expect(await add(manager)).toBe('1.0.0 2');
  });

  test('without an earlier version is refused', async () => {
    await using test = await running();
    await expect(test.manager.rollback('counter')).rejects.toMatchObject({ code: 'UNKNOWN_PLUGIN' });
    await expect(test.manager.rollback('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_PLUGIN' });
  });
});

test('a state of an older form is taken by a version that accepts it', async () => {
  await using test = await running();
  await test.manager.reload(
    'counter',
    counter({ version: '2.0.0', manifest: { state: { version: 2, accepts: [1] } } }),
  );
  expect(await add(test.manager)).toBe('2.0.0 3');
});

test('a new version has to fit its neighbours', async () => {
  await using test = await manage({
    plugins: [
      { id: 'app', source: counter({ name: 'app', manifest: { dependencies: { base: '^1.0.0' } } }) },
      { id: 'base', source: counter({ name: 'base' }) },
    ],
  });
  const { manager } = test;
  await manager.start();
  await expect(manager.reload('base', counter({ name: 'base', version: '2.0.0' }))).rejects.toThrow(
    'app needs base ^1.0.0',
  );
  const circle = counter({ name: 'base', version: '1.1.0', manifest: { dependencies: { app: '*' } } });
  await expect(manager.reload('base', circle)).rejects.toThrow('base -> app -> base');
  const needy = counter({ name: 'base', version: '1.1.0', manifest: { dependencies: { nobody: '*' } } });
  await expect(manager.reload('base', needy)).rejects.toMatchObject({ code: 'DEPENDENCY_CONFLICT' });
  await manager.reload('base', counter({ name: 'base', version: '1.1.0' }));
  expect(await add(manager, 'base')).toBe('1.1.0 1');
});

test('a plugin that had failed is brought back by a good version', async () => {
  await using test = await manage(one({ source: new Uint8Array(8) }));
  const { manager } = test;
  await manager.start();
  expect(manager.get('counter')?.state).toBe('failed');
  await manager.reload('counter', counter());
  expect(await add(manager)).toBe('1.0.0 1');
});

test('a trap takes no more than the state since the last reload', async () => {
  await using test = await running();
  const { manager } = test;
  await manager.reload('counter', counter({ version: '2.0.0' }));
  expect(await add(manager)).toBe('2.0.0 3');
  await trap(manager);
  expect(await add(manager)).toBe('2.0.0 3');
});
