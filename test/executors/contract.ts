/** What every executor promises, as one suite: it runs against each of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor, ExecutorInstance } from '../../engine/executors/executor.ts';
import type { LimitsInput } from '../../engine/limits.ts';
import type { ResetMode } from '../../engine/options.ts';
import type { RunnablePlugin } from '../../engine/runtime/runnable.ts';
import { failure, failureSync } from '../support/errors.ts';
import { CLEAN, readSeen, STAINED, STATEFUL } from '../support/stateful-guest.ts';
import { ECHO, type PluginWat } from '../support/wat.ts';
import { runnable, settings } from './support/runnable.ts';

const COUNT = `(i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
  (i32.store8 (i32.const 12) (i32.add (i32.const 48) (i32.load (i32.const 8))))
  (call $pack (i32.const 12) (i32.const 1))`;
const PLUGIN: PluginWat = {
  functions: {
    echo: ECHO,
    count: COUNT,
    trap: '(unreachable)',
    spin: '(loop $l (br $l)) (unreachable)',
    fail: '(i64.const -1)',
  },
};

/** @param create with a bound on live instances it has one worker or child, which all instances share */
export function executorContract(create: (maxLiveInstances?: number) => Executor): void {
  let executor: Executor;
  let plugin: RunnablePlugin;
  const start = (wat?: PluginWat, limits: LimitsInput = {}): Promise<ExecutorInstance> =>
    (wat === undefined ? Promise.resolve(plugin) : runnable(wat)).then((it) =>
      executor.start(it, settings(limits), performance.now()),
    );
  const call = async (
    instance: ExecutorInstance,
    name: string,
    input = '',
    limits: LimitsInput = {},
    signal?: AbortSignal,
  ): Promise<unknown> => instance.call(name, input, 'text', settings(limits, signal), performance.now());

  beforeAll(async () => {
    executor = create();
    plugin = await runnable(PLUGIN);
  });
  afterAll(() => executor.close());

  test('an instance that has started is idle, and again after each call', async () => {
    const instance = await start();
    expect(instance.state).toBe('idle');
    expect(await call(instance, 'echo', 'hello, 漢字')).toBe('hello, 漢字');
    expect(instance.state).toBe('idle');
  });

  test('bytes come out as bytes', async () => {
    const instance = await start();
    expect(await instance.call('echo', Uint8Array.of(0xff, 0), 'bytes', settings(), performance.now())).toEqual(
      Uint8Array.of(0xff, 0),
    );
  });

  test('an instance keeps its memory between calls, and shares it with none', async () => {
    const [a, b] = [await start(), await start()];
    expect([await call(a, 'count'), await call(a, 'count'), await call(b, 'count')]).toEqual(['1', '2', '1']);
  });

  test('what a call used is there when it has ended, well or not', async () => {
    const instance = await start();
    await call(instance, 'echo', 'abc', { fuel: 5_000 });
    expect(instance.usage).toMatchObject({ bytesIn: 3, bytesOut: 3, limits: { fuel: 5_000 } });
    expect(instance.usage.fuelUsed).toBeGreaterThan(0);
    await failure(() => call(instance, 'trap', 'abcd'), 'TRAP');
    expect(instance.usage).toMatchObject({ bytesIn: 4, bytesOut: 0, fuelUsed: 100_000 });
  });

  test('fuel is the same in every instance', async () => {
    const used: number[] = [];
    for (let i = 0; i < 3; i++) {
      const instance = await start();
      for (let k = 0; k < 5; k++) {
        await call(instance, 'echo', 'abc');
        used.push(instance.usage.fuelUsed);
      }
    }
    expect(new Set(used).size).toBe(1);
  });

  describe('an instance is poisoned by', () => {
    test.each<[string, string, LimitsInput]>([
      ['TRAP', 'trap', {}],
      ['OUT_OF_FUEL', 'spin', { fuel: 1_000_000 }],
      ['DEADLINE_EXCEEDED', 'spin', { fuel: '64G', timeoutMs: 30 }],
      ['OUT_OF_FUEL', 'echo', { fuel: 1 }],
    ])('%s in `%s`, and others go on', async (code, name, limits) => {
      const [instance, other] = [await start(), await start()];
      await failure(() => call(instance, name, 'x', limits), code as 'TRAP');
      expect(instance.state).toBe('poisoned');
      expect(await call(other, 'echo', 'x')).toBe('x');
      await instance.stop(settings(), performance.now());
      expect(instance.state).toBe('closed');
    });
  });

  describe('an instance lives on after', () => {
    test.each<[string, string, string, LimitsInput]>([
      ['GUEST_ERROR', 'fail', '', {}],
      ['LIMIT_EXCEEDED', 'echo', 'abc', { inputBytes: 2 }],
      ['LIMIT_EXCEEDED', 'echo', 'abc', { outputBytes: 2 }],
    ])('%s of `%s`', async (code, name, input, limits) => {
      const instance = await start();
      await failure(() => call(instance, name, input, limits), code as 'TRAP');
      expect(instance.state).toBe('idle');
      expect(await call(instance, 'count')).toBe('1');
    });

    test('a call that was aborted before it began', async () => {
      const instance = await start();
      await failure(() => call(instance, 'echo', 'x', {}, AbortSignal.abort()), 'CANCELLED');
      expect(instance.state).toBe('idle');
    });
  });

  test('a plugin that cannot start gives no instance', async () => {
    const refusing = { replace: { plugin_start: '(func (export "plugin_start") (result i32) (i32.const 7))' } };
    const error = await failure(() => start(refusing), 'GUEST_ERROR');
    expect(error.details).toHaveProperty('usage.fuel');
    await failure(() => start({ extra: '(func $s (loop $l (br $l))) (start $s)' }, { fuel: 1_000_000 }), 'OUT_OF_FUEL');
  });

  test('stopping reports what the plugin reports, within the time it is given', async () => {
    const stop = (body: string): PluginWat => ({
      replace: { plugin_stop: `(func (export "plugin_stop") (result i32) ${body})` },
    });
    const refusing = await start(stop('(i32.const 7)'));
    await failure(() => refusing.stop(settings(), performance.now()), 'GUEST_ERROR');
    expect(refusing.state).toBe('closed');
    const looping = await start(stop('(loop $l (br $l)) (unreachable)'));
    await failure(
      () => looping.stop(settings({ fuel: '64G', stopGraceMs: 20 }), performance.now()),
      'DEADLINE_EXCEEDED',
    );
    expect(looping.state).toBe('closed');
  });

  describe('state between calls', () => {
    const look = async (instance: ExecutorInstance): Promise<bigint[]> =>
      readSeen((await instance.call('look', '', 'bytes', settings(), performance.now())) as Uint8Array);

    test('with `reset: per-call` is that of the start, whatever the call before it left', async () => {
      const stateful = await runnable(STATEFUL, {}, { reset: 'per-call' });
      const instance = await executor.start(stateful, settings(), performance.now());
      const used = new Set<number>();
      for (const name of ['stain', 'grow', 'stain', 'grow']) {
        await call(instance, 'spend');
        used.add(instance.usage.fuelUsed);
        await call(instance, name);
        expect(await look(instance)).toEqual(CLEAN);
      }
      expect(used.size).toBe(1);
      await failure(() => call(instance, 'trap'), 'TRAP');
      expect(instance.state).toBe('poisoned');
      // One that starts after it has nothing of it.
      const next = await executor.start(stateful, settings(), performance.now());
      expect(await look(next)).toEqual(CLEAN);
    });

    describe('where more instances are there than may be live', () => {
      const MANY = 12;
      let crowded: Executor;
      beforeAll(() => {
        crowded = create(4);
      });
      afterAll(() => crowded.close());
      const startMany = async (reset: ResetMode): Promise<ExecutorInstance[]> => {
        const stateful = await runnable(STATEFUL, {}, { reset });
        const instances: ExecutorInstance[] = [];
        for (let i = 0; i < MANY; i++) instances.push(await crowded.start(stateful, settings(), performance.now()));
        return instances;
      };

      test('is as the calls left it: evicted ones come back', async () => {
        const instances = await startMany('never');
        await Promise.all(instances.map((instance, i) => (i % 2 === 0 ? call(instance, 'stain') : undefined)));
        for (let round = 0; round < 3; round++) {
          const seen = await Promise.all(instances.map(look));
          expect(seen).toEqual(instances.map((_, i) => (i % 2 === 0 ? STAINED : CLEAN)));
        }
        expect(instances.map(({ state }) => state)).toEqual(Array(MANY).fill('idle'));
        await Promise.all(instances.map((instance) => instance.stop(settings(), performance.now())));
      });

      test('with `reset: per-call` is that of the start', async () => {
        const instances = await startMany('per-call');
        for (let round = 0; round < 3; round++) {
          await Promise.all(instances.map((instance) => call(instance, round === 1 ? 'grow' : 'stain')));
          for (const seen of await Promise.all(instances.map(look))) expect(seen).toEqual(CLEAN);
        }
        await Promise.all(instances.map((instance) => instance.stop(settings(), performance.now())));
      });

      test('what spoils one of them spoils no other', async () => {
        const instances = await startMany('never');
        await Promise.all(instances.map((instance) => call(instance, 'stain')));
        const [bad, ...good] = instances as [ExecutorInstance, ...ExecutorInstance[]];
        await failure(() => call(bad, 'trap'), 'TRAP');
        for (const instance of good) expect(await look(instance)).toEqual(STAINED);
        await Promise.all(instances.map((instance) => instance.stop(settings(), performance.now())));
      });
    });
  });

  test('synchronous calls, where the executor has them', () => {
    if (executor.startSync === undefined) return;
    const instance = executor.startSync(plugin, settings(), performance.now());
    expect(instance.callSync('echo', 'x', 'text', settings(), performance.now())).toBe('x');
    failureSync(() => instance.callSync('trap', 'x', 'text', settings(), performance.now()), 'TRAP');
    expect(instance.state).toBe('poisoned');
  });
}
