/** Plugins that call plugins: what goes over, who pays, and every way in which it could go on for ever. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createProcessExecutor } from '../../../engine/executors/process.ts';
import { createWorkerExecutor } from '../../../engine/executors/worker.ts';
import { CallDesk } from '../../../engine/host/call-service.ts';
import { createEngine, type Engine, EXECUTORS, type LoadOptions, type Plugin } from '../../../engine/index.ts';
import { canSuspend } from '../../../engine/runtime/jspi.ts';
import { runnable, settings } from '../../executors/support/runnable.ts';
import { failure } from '../../support/errors.ts';
import { compilePlugin, ECHO, type PluginWat } from '../../support/wat.ts';

const caller = compilePlugin({
  name: 'caller',
  imports: '(import "env" "plugin_call" (func $call (param i32 i32 i32 i32) (result i64)))',
  manifest: { permissions: { call: [{ name: 'callee', reason: 'asks it', optional: true }] } },
});

test.skipIf(canSuspend)(
  'where no plugin can be suspended, those that call others are refused on the caller\u2019s thread',
  async () => {
    await using engine = await createEngine({ executor: 'inline' });
    await failure(() => engine.load(caller, { grants: { call: true } }), 'UNSUPPORTED_PLATFORM');
    // Without the grant it cannot call, and need not wait.
    expect((await engine.load(caller)).state).toBe('running');
  },
);

test('where they block their thread, each that may call has a worker of its own, up to a limit', async () => {
  const executor = createWorkerExecutor({ workers: 1, blocks: true });
  const calling = await runnable(caller, { permits: new Map([['call', { granted: true } as const]]) });
  const other = await runnable(caller, { permits: new Map() });
  const start = (plugin: typeof calling) => executor.start(plugin, settings(), performance.now());
  const walls = async () => (await executor.walls?.())?.map(({ instances }) => instances);
  const first = await start(calling);
  const [second] = await Promise.all([start(calling), start(other), start(other)]);
  expect(await walls()).toEqual([2, 1, 1]);
  // One that is free again is used again.
  await first.stop(settings(), performance.now());
  await start(calling);
  expect(await walls()).toEqual([2, 1, 1]);
  await second?.stop(settings(), performance.now());
  await executor.close();
});

test.each([
  ['worker', createWorkerExecutor],
  ['process', createProcessExecutor],
])('and so it can call a plugin in the only %s that the others share', async (_, create) => {
  const executor = create({ workers: 1, blocks: true });
  const echo = await executor.start(await runnable({ functions: { echo: ECHO } }), settings(), performance.now());
  const passing = compilePlugin({
    name: 'caller',
    imports: '(import "env" "plugin_call" (func $call (param i32 i32 i32 i32) (result i64)))',
    extra: '(data (i32.const 2048) "callee/echo")',
    functions: { run: '(call $call (i32.const 2048) (i32.const 11) (local.get $ptr) (local.get $len))' },
    manifest: { permissions: { call: [{ name: 'callee', reason: 'asks it' }] } },
  });
  const calls = new CallDesk('caller', { call: [{ name: 'callee', reason: 'asks it' }] }, { call: true }, () => ({
    serve: async (name, input) => {
      const output = await echo.call(name, input, 'bytes', settings(), performance.now());
      return { output: output as Uint8Array<ArrayBuffer>, fuelUsed: 0 };
    },
  }));
  const plugin = await runnable(passing, { calls, permits: new Map([['call', { granted: true } as const]]) });
  const caller = await executor.start(plugin, settings(), performance.now());
  // More than a pipe takes at once.
  for (const size of [0, 10, 300_000, 1_000_000]) {
    const input = new Uint8Array(size).fill(7);
    expect(await caller.call('run', input, 'bytes', settings(), performance.now())).toEqual(input);
  }
  await executor.close();
});

/** On the caller's thread they need to be suspended. */
const walls = EXECUTORS.filter((executor) => canSuspend || executor !== 'inline');

describe.each(walls)('with the executor %s', (executor) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ executor, limits: { timeoutMs: 300_000 } });
  });
  afterEach(() => Promise.all(engine.plugins.map((plugin) => plugin.unload({ deadlineMs: 0 }))));
  afterAll(() => engine.close({ deadlineMs: 0 }));

  const IMPORTS = `(import "env" "plugin_call" (func $call (param i32 i32 i32 i32) (result i64)))
    (import "env" "host_error" (func $why (result i64)))`;
  /** Calls `target` with the input, and answers with the output, or with the reason why there is none. */
  const forward = (target: string, at: number): string => `(local $got i64)
    (local.set $got (call $call (i32.const ${at}) (i32.const ${target.length}) (local.get $ptr) (local.get $len)))
    (if (i64.eq (local.get $got) (i64.const -1)) (then (return (call $why))))
    (local.get $got)`;
  const TARGET_AT = 2_048;

  /** A plugin whose function `run` calls `target`. */
  const calling = (
    name: string,
    target: string,
    more: PluginWat = {},
    asks = target.slice(0, target.lastIndexOf('/')),
  ) =>
    compilePlugin({
      name,
      imports: IMPORTS + (more.imports ?? ''),
      extra: `(data (i32.const ${TARGET_AT}) "${target}")`,
      functions: { run: forward(target, TARGET_AT), ...more.functions },
      ...(more.replace === undefined ? {} : { replace: more.replace }),
      ...(more.memory === undefined ? {} : { memory: more.memory }),
      manifest: { permissions: { call: [{ name: asks, reason: 'asks it' }] }, ...more.manifest },
    });
  const callee = compilePlugin({
    name: 'callee',
    imports: '(import "env" "error_set" (func $set (param i32 i32)))',
    functions: {
      echo: ECHO,
      none: '(i64.const 0)',
      trap: '(unreachable)',
      spin: '(loop $l (br $l)) (unreachable)',
      fail: '(call $set (local.get $ptr) (local.get $len)) (i64.const -1)',
      grow: `(loop $l (br_if $l (i32.ne (i32.const -1) (memory.grow (i32.const 1))))) (unreachable)`,
    },
    memory: '1',
  });
  const load = (name: string, target: string, options: LoadOptions = {}): Promise<Plugin> =>
    engine.load(calling(name, target), { grants: { call: true }, ...options });

  test('the output comes back, also an empty one', async () => {
    await engine.load(callee);
    const echo = await load('echo', 'callee/echo');
    expect(await echo.call('run', { a: ['ü', 1] })).toEqual({ a: ['ü', 1] });
    const big = new Uint8Array(300_000).fill(7);
    expect(await echo.callBytes('run', big)).toEqual(big);
    const none = await load('none', 'callee/none');
    expect(await none.call('run', 1)).toBeUndefined();
  });

  test('through several plugins', async () => {
    await engine.load(callee);
    await load('b', 'callee/echo');
    await load('c', 'b/run');
    const d = await load('d', 'c/run');
    expect(await d.call('run', 'deep')).toBe('deep');
    const { usage } = await d.invoke('run', 'deep');
    expect(usage.pluginCalls).toEqual({ used: 1, limit: 100 });
  });

  test('an id with a scope has a slash itself', async () => {
    await engine.load(callee, { id: '@acme/tools' });
    const scoped = await load('scoped', '@acme/tools/echo');
    expect(await scoped.call('run', 1)).toBe(1);
  });

  describe('a callee that fails is an answer for the caller', () => {
    test.each<[string, string, object]>([
      ['that traps', 'trap', { code: 'TRAP', details: { plugin: 'callee', function: 'trap' } }],
      ['that runs for ever', 'spin', { code: 'OUT_OF_FUEL' }],
      ['that has no such function', 'nothing', { code: 'UNKNOWN_FUNCTION' }],
    ])('%s', async (_, name, expected) => {
      await engine.load(callee, { limits: { fuel: 1_000_000 } });
      const plugin = await load('caller', `callee/${name}`);
      expect(await plugin.call('run', 1)).toMatchObject(expected);
      // Neither of them is the worse for it.
      expect(await plugin.call('run', 1)).toMatchObject(expected);
      expect(await engine.get('callee')?.call('echo', 1)).toBe(1);
    });

    test('that reports an error of its own', async () => {
      await engine.load(callee);
      const plugin = await load('caller', 'callee/fail');
      expect(await plugin.call('run', { code: 'NOT_TODAY', message: 'closed', details: { until: 5 } })).toEqual({
        code: 'GUEST_ERROR',
        message: expect.stringContaining('closed'),
        details: { plugin: 'callee', function: 'fail', code: 'NOT_TODAY', message: 'closed', details: { until: 5 } },
      });
    });

    test('that takes longer than it may', async () => {
      await engine.load(callee, { limits: { timeoutMs: 20, fuel: 2 ** 40 } });
      const plugin = await load('caller', 'callee/spin', { limits: { fuel: 2 ** 45 } });
      expect(await plugin.call('run', 1)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    });

    test('whose input is too large', async () => {
      await engine.load(callee, { limits: { inputBytes: 10 } });
      const plugin = await load('caller', 'callee/echo');
      expect(await plugin.call('run', 'x'.repeat(100))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    });

    test('to which it passes more than may leave it, however much the other takes', async () => {
      await engine.load(callee, { limits: { inputBytes: '64MiB' } });
      const passing = calling('passing', 'callee/echo', {
        functions: {
          pass: `(drop (call $call (i32.const ${TARGET_AT}) (i32.const 11) (i32.const 0) (i32.const 25000000))) (call $why)`,
        },
        memory: '400',
      });
      const plugin = await engine.load(passing, { grants: { call: true } });
      const other = await engine.load(callee, { id: 'other' });
      expect(await plugin.call('pass')).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        message:
          'The input for callee/echo has 25000000 bytes: what leaves a plugin has at most 1048576 (limit `outputBytes`)',
      });
      expect(await other.call('echo', 'still here')).toBe('still here');
    });

    test('that is not there, is unloaded, or waits for permissions', async () => {
      const plugin = await load('caller', 'callee/echo');
      expect(await plugin.call('run', 1)).toMatchObject({ code: 'UNKNOWN_PLUGIN' });
      const there = await engine.load(callee);
      expect(await plugin.call('run', 1)).toBe(1);
      await there.unload();
      expect(await plugin.call('run', 1)).toMatchObject({ code: 'UNKNOWN_PLUGIN' });
      await engine.load(calling('callee', 'other/run', { functions: { echo: ECHO } }));
      expect(await plugin.call('run', 1)).toMatchObject({ code: 'PERMISSION_DENIED', details: { plugin: 'callee' } });
    });
  });

  describe('whoever calls pays', () => {
    const burn = compilePlugin({
      name: 'callee',
      functions: {
        burn: `(local $i i32) (local.set $i (i32.const 100000))
          (loop $l (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1))))) (i64.const 0)`,
        trap: `(local $i i32) (local.set $i (i32.const 100000))
          (loop $l (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1))))) (unreachable)`,
      },
    });

    test('for the fuel of the other, to the unit, and the same on every run', async () => {
      const other = await engine.load(burn);
      const plugin = await load('caller', 'callee/burn');
      const { usage } = await other.invoke('burn');
      const first = (await plugin.invoke('run')).usage.fuel.used;
      expect(first).toBeGreaterThan(usage.fuel.used + 20_000);
      expect(first).toBeLessThan(usage.fuel.used + 30_000);
      for (let i = 0; i < 3; i++) expect((await plugin.invoke('run')).usage.fuel.used).toBe(first);
    });

    test('also when the other fails', async () => {
      await engine.load(burn);
      const plugin = await load('caller', 'callee/trap');
      const { value, usage } = await plugin.invoke('run');
      expect(value).toMatchObject({ code: 'TRAP' });
      expect(usage.fuel.used).toBeGreaterThan(300_000);
    });

    test('the other has no more than the caller has left, whatever its own limit', async () => {
      await engine.load(burn, { limits: { fuel: 2 ** 40 } });
      const plugin = await load('caller', 'callee/burn');
      const { usage } = await plugin.invoke('run');
      const enough = usage.fuel.used;
      expect((await plugin.invoke('run', undefined, { limits: { fuel: enough } })).value).toBeUndefined();
      // What is left does not do for both: the other ends, and then there is nothing to go on with.
      await failure(() => plugin.call('run', undefined, { limits: { fuel: 200_000 } }), 'OUT_OF_FUEL');
    });

    test('the other has no more time than the caller has left', async () => {
      await engine.load(callee, { limits: { fuel: 2 ** 45, timeoutMs: 60_000 } });
      const plugin = await load('caller', 'callee/spin', { limits: { fuel: 2 ** 45 } });
      // Whichever of the two is looked at first.
      const outcome: unknown = await plugin
        .call('run', 1, { limits: { timeoutMs: 50 } })
        .catch((error: unknown) => error);
      expect(outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    });

    test('aborting the caller ends the other', async () => {
      const other = await engine.load(callee, { limits: { fuel: 2 ** 45, timeoutMs: 60_000, instances: 1 } });
      const plugin = await load('caller', 'callee/spin', { limits: { fuel: 2 ** 45 } });
      const controller = new AbortController();
      const cancelled = failure(() => plugin.call('run', 1, { signal: controller.signal }), 'CANCELLED');
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort();
      await cancelled;
      // Its one instance is free again.
      expect(await other.call('echo', 1)).toBe(1);
    });
  });

  describe('cannot go on for ever', () => {
    test.each([
      ['itself', ['a/run']],
      ['each other', ['b/run', 'a/run']],
      ['each other in a ring', ['b/run', 'c/run', 'd/run', 'a/run']],
    ])('plugins that call %s', async (_, targets) => {
      for (const [i, target] of targets.entries()) await load('abcd'[i] as string, target);
      const answer = await engine.get('a')?.call<{ code: string; message: string }>('run', 1);
      expect(answer?.code).toBe('CALL_CYCLE');
      expect(answer?.message).toContain([...targets.map((__, i) => 'abcd'[i]), 'a'].join(' -> '));
    });

    test('a chain that is too deep', async () => {
      await engine.load(callee, { id: 'p0' });
      for (let i = 1; i <= 9; i++) await load(`p${i}`, i === 1 ? 'p0/echo' : `p${i - 1}/run`);
      expect(await engine.get('p8')?.call('run', 'ok')).toBe('ok');
      expect(await engine.get('p9')?.call('run', 'ok')).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: { limit: 'callDepth' },
      });
      const shallow = { limits: { callDepth: 1 } };
      expect(await engine.get('p1')?.call('run', 'ok', shallow)).toBe('ok');
      expect(await engine.get('p1')?.call('run', 'ok', { limits: { callDepth: 0 } })).toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
    });

    /** Calls its target for as long as that answers. */
    const bomb = (name: string, target: string): Uint8Array =>
      calling(name, target, {
        functions: {
          run: `(local $got i64)
            (loop $l
              (local.set $got (call $call (i32.const ${TARGET_AT}) (i32.const ${target.length}) (i32.const 0) (i32.const 0)))
              (if (i64.eq (local.get $got) (i64.const -1)) (then (return (call $why))))
              (br $l))
            (unreachable)`,
        },
      });

    test('a plugin that calls without end', async () => {
      await engine.load(callee);
      const plugin = await engine.load(bomb('caller', 'callee/none'), { grants: { call: true } });
      const { value, usage } = await plugin.invoke('run', undefined, { limits: { pluginCalls: 7 } });
      expect(value).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { limit: 'pluginCalls', allowed: 7 } });
      expect(usage.pluginCalls).toEqual({ used: 7, limit: 7 });
    });

    test('a tree of plugins, each of which calls the next without end: the one at the top pays for all', async () => {
      await engine.load(callee);
      let below = 'callee/none';
      for (const name of ['e', 'd', 'c', 'b', 'a']) {
        await engine.load(bomb(name, below), { grants: { call: true }, limits: { pluginCalls: 1_000_000 } });
        below = `${name}/run`;
      }
      const error = await failure(
        () => engine.get('a')?.call('run', undefined, { limits: { fuel: 5_000_000 } }),
        'OUT_OF_FUEL',
      );
      expect(error.plugin).toBe('a');
      expect(await engine.get('callee')?.call('echo', 1)).toBe(1);
    });

    test('plugins that call each other while they start', async () => {
      const starting = (name: string, target: string): Uint8Array =>
        calling(name, target, {
          functions: { echo: ECHO },
          replace: {
            plugin_start: `(func (export "plugin_start") (result i32)
              (i64.eq (i64.const -1) (call $call (i32.const ${TARGET_AT}) (i32.const ${target.length}) (i32.const 0) (i32.const 0))))`,
            plugin_stop: `(func (export "plugin_stop") (result i32) (unreachable))`,
          },
        });
      // The start reports that the call was refused, as a status of 1.
      await failure(() => engine.load(starting('a', 'b/echo'), { grants: { call: true } }), 'GUEST_ERROR');
      const init = calling('c', 'callee/echo', {
        imports: '(import "env" "error_set" (func $set (param i32 i32)))',
        replace: {
          plugin_start: `(func (export "plugin_start") (result i32) (local $why i64)
            (drop (call $call (i32.const ${TARGET_AT}) (i32.const 11) (i32.const 0) (i32.const 0)))
            (local.set $why (call $why))
            (call $set (i32.wrap_i64 (i64.shr_u (local.get $why) (i64.const 32))) (i32.wrap_i64 (local.get $why)))
            (i32.const 1))`,
        },
      });
      await engine.load(callee);
      const error = await failure(() => engine.load(init, { grants: { call: true } }), 'GUEST_ERROR');
      expect(error.details).toMatchObject({ code: 'NOT_RUNNING' });
    });

    test('two that wait for each other, each with one instance, end at their deadlines', async () => {
      const one = { limits: { instances: 1 } };
      await engine.load(calling('a', 'b/echo', { functions: { echo: ECHO } }), { grants: { call: true }, ...one });
      await engine.load(calling('b', 'a/echo', { functions: { echo: ECHO } }), { grants: { call: true }, ...one });
      const outcomes = await Promise.all(
        ['a', 'b'].map((id) =>
          engine
            .get(id)
            ?.call('run', 1, { limits: { timeoutMs: 200 } })
            .catch((error: unknown) => error),
        ),
      );
      // Either they missed each other, or both waited in vain.
      for (const outcome of outcomes) if (outcome !== 1) expect(outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      expect(await engine.get('a')?.call('echo', 5)).toBe(5);
      expect(await engine.get('b')?.call('echo', 5)).toBe(5);
    });

    test('many at once, on few instances', async () => {
      await engine.load(callee, { limits: { instances: 2 } });
      const plugin = await load('caller', 'callee/echo', { limits: { instances: 10 } });
      const calls = Array.from({ length: 50 }, (_, i) => plugin.call('run', i));
      expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    });
  });

  describe('only with a permission', () => {
    test('that the manifest does not ask for', async () => {
      await engine.load(callee, { id: 'secret' });
      const plugin = await engine.load(calling('caller', 'secret/echo', {}, 'other'), { grants: { call: true } });
      const answer = await plugin.call<{ code: string; message: string }>('run', 1);
      expect(answer).toMatchObject({ code: 'PERMISSION_DENIED' });
      expect(answer.message).toContain('"call": [{ "name": "secret", "reason": "…" }]');
    });

    test('without one a plugin does not learn which others there are', async () => {
      const asks = (target: string) => calling(`asks-${target}`, `${target}/echo`, {}, 'other');
      await engine.load(callee, { id: 'there' });
      const there = await engine.load(asks('there'), { grants: { call: true } });
      const nowhere = await engine.load(asks('nowhere'), { grants: { call: true } });
      const [a, b] = [await there.call<object>('run'), await nowhere.call<object>('run')];
      expect(JSON.stringify(a).replaceAll('there', 'X')).toBe(JSON.stringify(b).replaceAll('nowhere', 'X'));
    });

    test('that was not granted', async () => {
      await engine.load(callee);
      const plugin = await load('caller', 'callee/echo', { grants: { call: ['other'] } });
      expect(plugin.state).toBe('pending-permission');
      expect(plugin.permissions.missing).toMatchObject([
        { capability: 'call', name: 'callee', add: '"call": ["other","callee"]' },
      ]);
      await plugin.grant({ call: ['callee'] });
      expect(await plugin.call('run', 1)).toBe(1);
    });

    test.each([
      ['', 'INVALID_INPUT'],
      ['/', 'INVALID_INPUT'],
      ['callee', 'INVALID_INPUT'],
      ['/echo', 'INVALID_INPUT'],
      ['callee/', 'UNKNOWN_FUNCTION'],
      [`callee/${'x'.repeat(500)}`, 'UNKNOWN_FUNCTION'],
      ['callee//echo', 'PERMISSION_DENIED'],
      [`${'x'.repeat(500)}/echo`, 'INVALID_INPUT'],
      ['\\ff/echo', 'PERMISSION_DENIED'],
    ])('and only what is a target: %j', async (target, code) => {
      await engine.load(callee);
      const plugin = await engine.load(calling('caller', target, {}, 'callee'), { grants: { call: true } });
      expect(await plugin.call('run', 1)).toMatchObject({ code });
    });
  });

  test('the context of the call goes along; the plugin does not see it', async () => {
    const contexts: unknown[] = [];
    await using own = await createEngine({
      executor,
      logger: { log: ({ plugin, context }) => void contexts.push([plugin, context]) },
    });
    await own.load(
      compilePlugin({
        name: 'callee',
        imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
        functions: { say: '(call $log (i32.const 2) (local.get $ptr) (local.get $len)) (i64.const 0)' },
      }),
    );
    const plugin = await own.load(calling('caller', 'callee/say'), { grants: { call: true } });
    await plugin.call('run', 'hello', { context: { user: 7 } });
    expect(contexts).toEqual([['callee', { user: 7 }]]);
  });
});
