/** Plugins that are ill are found, restarted, given up; calls are kept from them; the healthy ones notice nothing. */
import { describe, expect, test } from 'vitest';
import type { LogEntry, ManagerConfiguration, PluginConfiguration } from '../../engine/index.ts';
import { add, counter, manage, one, type TestManager, trap } from './support/managed.ts';

async function running(configuration: ManagerConfiguration = one(), random?: () => number): Promise<TestManager> {
  const managed = await manage(configuration, random === undefined ? {} : { random });
  await managed.manager.start();
  return managed;
}
const reason = ({ manager }: TestManager, id = 'counter'): string => manager.get(id)?.status().reason ?? '';
const state = ({ manager }: TestManager, id = 'counter'): string | undefined => manager.get(id)?.state;

describe('a plugin counts as ill', () => {
  test('when its health check fails three times in a row', async () => {
    await using test = await running();
    const { clock, faults } = test;
    faults.plan('counter', 'health', 'trap', { times: 2 });
    await clock.advance(30_000);
    expect(state(test)).toBe('running');
    expect(test.told.flatMap((event) => (event.name === 'health' ? [event.healthy] : []))).toEqual([
      false,
      false,
      true,
    ]);
    faults.plan('counter', 'health', 'trap', { times: 3 });
    await clock.advance(30_000);
    expect(state(test)).toBe('degraded');
    expect(reason(test)).toContain('3 health checks in a row failed');
  });

  test('when its health check hangs', async () => {
    await using test = await running(one({ supervision: { unhealthyAfter: 1, healthTimeoutMs: '2s' } }));
    test.faults.plan('counter', 'health', 'hang', { times: 1 });
    await test.clock.advance(12_000);
    expect(state(test)).toBe('degraded');
    expect(reason(test)).toContain('took longer than 2000 ms');
  });

  test('when more of its calls fail than may, though its health says nothing', async () => {
    await using test = await running(one({ supervision: { breakerFailures: 0 } }));
    for (let i = 0; i < 9; i++) await add(test.manager);
    for (let i = 0; i < 10; i++) await trap(test.manager);
    expect(state(test)).toBe('running');
    await trap(test.manager);
    expect(reason(test)).toContain('11 of 20 calls failed');
    expect(state(test)).toBe('degraded');
  });

  test('when it traps too often, if that is a rule', async () => {
    await using test = await running(one({ supervision: { maxTraps: 3 } }));
    for (let i = 0; i < 3; i++) {
      await add(test.manager);
      await trap(test.manager);
    }
    expect(reason(test)).toContain('3 traps');
  });

  test('when its calls take too long, if that is a rule', async () => {
    await using test = await running(one({ supervision: { maxLatencyMs: 100, minCalls: 5 } }));
    const { manager, clock, faults } = test;
    faults.plan('counter', 'call', () => clock.jump(200));
    for (let i = 0; i < 5; i++) await add(manager);
    expect(reason(test)).toContain('200 ms on average');
  });

  test('not for what callers do wrong, or for errors that it reports itself', async () => {
    const source = counter({ functions: { fail: '(i64.const -1)' } });
    await using test = await running(one({ source, supervision: { minCalls: 1, breakerFailures: 1 } }));
    const plugin = test.manager.get('counter');
    for (let i = 0; i < 30; i++) {
      await expect(plugin?.call('fail')).rejects.toMatchObject({ code: 'GUEST_ERROR' });
      await expect(plugin?.call('nothing')).rejects.toMatchObject({ code: 'UNKNOWN_FUNCTION' });
      await expect(plugin?.call('count', 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'CANCELLED',
      });
    }
    expect([state(test), plugin?.status().breaker]).toEqual(['running', 'closed']);
  });
});

describe('a plugin that is ill', () => {
  test('is restarted after pauses that double, with chance in them, and is given up when the budget is used up', async () => {
    await using test = await running(one(), () => 0);
    const { clock, faults } = test;
    faults.plan('counter', 'start', 'trap');
    test.manager.get('counter')?.lifecycle.ill('the test says so');
    const pauses: number[] = [];
    let since = clock.now();
    for (let seen = 0; state(test) === 'degraded'; ) {
      await clock.advance(100);
      const starts = test.states('counter').filter((line) => line === 'degraded -> starting').length;
      if (starts > seen) pauses.push(clock.now() - since);
      if (starts > seen) since = clock.now();
      seen = starts;
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    expect(state(test)).toBe('failed');
    expect(reason(test)).toContain('given up');
    await expect(add(test.manager)).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { state: 'failed' } });
    expect(clock.pending).toBe(0);
  });

  test('that has failed gets a whole budget when an operator restarts it', async () => {
    await using test = await running(one({ supervision: { restarts: 0 } }));
    test.manager.get('counter')?.lifecycle.ill('the test says so');
    expect(state(test)).toBe('failed');
    await test.manager.get('counter')?.restart();
    expect(await add(test.manager)).toBe('1.0.0 1');
  });

  test('comes back, and its budget is whole again after the window', async () => {
    await using test = await running(one({ supervision: { restarts: 2, restartWindowMs: '1m' } }));
    for (let i = 0; i < 6; i++) {
      test.manager.get('counter')?.lifecycle.ill('the test says so');
      await test.clock.advance(31_000);
      expect(state(test)).toBe('running');
    }
  });

  test('does not keep the file that it was started from: another version is', async () => {
    await using test = await running();
    const { manager, faults } = test;
    faults.plan('counter', 'start', 'trap', { version: '1.0.0' });
    manager.get('counter')?.lifecycle.ill('the test says so');
    await manager.reload('counter', counter({ version: '1.0.1' }));
    expect(state(test)).toBe('running');
    await test.clock.advance(600_000);
    expect(await add(manager)).toBe('1.0.1 1');
    expect(test.states('counter').filter((line) => line.endsWith('-> starting'))).toHaveLength(2);
  });
});

describe('the circuit breaker', () => {
  const rules = { supervision: { breakerFailures: 4, maxErrorRate: 1, healthEveryMs: 0 } };

  test('opens after failures in a row, lets one call try, and closes when that succeeds', async () => {
    await using test = await running(one(rules));
    const { manager, clock } = test;
    const plugin = manager.get('counter');
    for (let i = 0; i < 4; i++) await trap(manager);
    expect(plugin?.status().breaker).toBe('open');
    await expect(add(manager)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      details: { breaker: 'open', leftMs: 5_000 },
    });
    await clock.advance(5_000);
    await trap(manager);
    await clock.advance(9_999);
    await expect(add(manager)).rejects.toMatchObject({ details: { leftMs: 1 } });
    await clock.advance(1);
    const tries = [add(manager), add(manager)];
    await expect(tries[1]).rejects.toMatchObject({ details: { breaker: 'half-open' } });
    expect(await tries[0]).toBe('1.0.0 1');
    expect(plugin?.status().breaker).toBe('closed');
    expect(test.told.flatMap((event) => (event.name === 'breaker' ? [event.state] : []))).toEqual([
      'open',
      'half-open',
      'open',
      'half-open',
      'closed',
    ]);
  });

  test('stays closed while successes come in between', async () => {
    await using test = await running(one(rules));
    for (let i = 0; i < 20; i++) {
      for (let j = 0; j < 3; j++) await trap(test.manager);
      await add(test.manager);
    }
    expect(test.manager.get('counter')?.status().breaker).toBe('closed');
  });
});

test('calls of a plugin that has used up its CPU budget are refused until time has passed', async () => {
  await using test = await running(one({ supervision: { cpuFuel: 5_000, cpuWindowMs: '10s' } }));
  const { manager, clock } = test;
  let calls = 0;
  const refused = async (): Promise<unknown> => {
    for (;;) {
      try {
        await add(manager);
        calls++;
      } catch (error) {
        return error;
      }
    }
  };
  expect(await refused()).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { limit: 'cpuFuel', allowed: 5_000 } });
  const first = calls;
  expect(first).toBeGreaterThan(2);
  await clock.advance(11_000);
  await refused();
  expect(calls).toBe(2 * first);
  expect(state(test)).toBe('running');
});

describe('clocks', () => {
  test('that are set forth or back change nothing', async () => {
    await using test = await running();
    const { manager, clock } = test;
    await trap(manager);
    clock.setWallClock(-86_400_000 * 365);
    await add(manager);
    clock.setWallClock(86_400_000 * 730);
    await clock.advance(30_000);
    expect(await add(manager)).toMatch(/^1\.0\.0/);
    expect(state(test)).toBe('running');
  });

  test('that stood still while the machine slept set off each timer once', async () => {
    await using test = await running();
    await test.clock.jump(86_400_000);
    expect(await add(test.manager)).toBe('1.0.0 1');
    expect(state(test)).toBe('running');
    expect(test.clock.pending).toBe(1);
  });
});

test('an hour with a plugin that traps on every tenth call, one that leaks, one that hangs at start and one that floods the log: the healthy ones notice nothing', async () => {
  const lines = new Map<string, number>();
  const log = ({ plugin }: LogEntry): void => void lines.set(plugin, (lines.get(plugin) ?? 0) + 1);
  const plugin = (
    id: string,
    source: Parameters<typeof counter>[0],
    more: Partial<PluginConfiguration> = {},
  ): PluginConfiguration => ({
    id,
    source: counter({ name: id, ...source }),
    ...more,
  });
  await using test = await running({
    engine: { logger: { log } },
    plugins: [
      plugin('healthy-1', {}),
      plugin('traps', {
        functions: {
          add: `(global.set $count (i32.add (global.get $count) (i32.const 1)))
            (if (i32.eqz (i32.rem_u (global.get $count) (i32.const 10))) (then (unreachable))) (i64.const 0)`,
        },
      }),
      plugin(
        'leaks',
        { functions: { add: '(if (i32.eqz (call $malloc (i32.const 60000))) (then (unreachable))) (i64.const 0)' } },
        { limits: { memory: '2MiB' } },
      ),
      plugin(
        'hangs',
        { replace: { plugin_start: '(func (export "plugin_start") (result i32) (loop $l (br $l)) (i32.const 0))' } },
        { limits: { fuel: '5M' } },
      ),
      plugin('floods', {
        imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
        functions: {
          add: `(local $i i32)
            (loop $l (call $log (i32.const 2) (i32.const 16) (i32.const 10)) (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50))))
            (i64.const 0)`,
        },
      }),
      plugin('healthy-2', {}),
    ],
  });
  const { manager, clock } = test;
  const failures: Record<string, number> = {};
  for (let second = 0; second < 3_600; second += 2) {
    for (const { id } of manager.plugins) {
      await add(manager, id).catch(() => {
        failures[id] = (failures[id] ?? 0) + 1;
      });
    }
    await clock.advance(2_000);
  }
  expect(failures['healthy-1'] ?? 0).toBe(0);
  expect(failures['healthy-2'] ?? 0).toBe(0);
  expect(await add(manager, 'healthy-1')).toBe('1.0.0 1801');
  expect(failures.traps).toBe(180);
  expect(failures.leaks).toBeGreaterThan(10);
  expect(failures.hangs).toBe(1_800);
  expect(manager.status().map(({ id, state }) => `${id} ${state}`)).toEqual([
    'healthy-1 running',
    'traps running',
    'leaks running',
    'hangs failed',
    'floods running',
    'healthy-2 running',
  ]);
  // As many lines as it may write, not as many as it wants to: 90,000.
  expect(lines.get('floods')).toBeLessThan(90_000);
});
