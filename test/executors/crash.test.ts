/** A worker or child that ends, however that comes about: who hears what, and that everything goes on. */
import { afterEach, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type LogEntry } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';
import { hoarder, logger } from './support/json-hoarder.ts';
import { HEAP_BYTES, Spawned } from './support/spawned.ts';

const echo = (name: string): Uint8Array => compilePlugin({ name, functions: { echo: ECHO } });
/** More fuel and time than any test waits for. */
const LONG = { limits: { fuel: '64G', timeoutMs: 60_000 } } as const;

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe.each(['worker', 'process'] as const)('%s', (executor) => {
  let engine: Engine | undefined;
  let workers: Spawned | undefined;
  afterEach(async () => {
    await engine?.close({ deadlineMs: 0 });
    workers?.[Symbol.dispose]();
  });

  /** An engine, its workers or children, and what plugins log. */
  async function open(): Promise<{ engine: Engine; workers: Spawned; lines: string[] }> {
    const lines: string[] = [];
    workers = new Spawned();
    engine = await createEngine({
      executor,
      workers: 1,
      workerHeap: HEAP_BYTES,
      logger: { log: ({ message }: LogEntry) => lines.push(message) },
    });
    return { engine, workers, lines };
  }

  describe('that is killed', () => {
    test('ends the call that ran in it, and the next call gets another worker', async () => {
      const { engine, workers, lines } = await open();
      const plugin = await engine.load(logger());
      const call = failure(() => plugin.call('spin', 1, LONG), 'EXECUTOR_CRASHED');
      await until(() => lines.length === 1);
      await workers.kill();
      const error = await call;
      expect(error.plugin).toBe('busy');
      expect(error.details).toMatchObject({ executor, started: true, function: 'spin' });
      expect(await plugin.call('echo', 'next')).toBe('next');
      expect(workers.alive).toBe(1);
    });

    test('moves calls that had not begun, of whatever plugin, to another worker', async () => {
      const { engine, workers, lines } = await open();
      const busy = await engine.load(logger());
      const other = await engine.load(echo('other'));
      const crashed = failure(() => busy.call('spin', 1, LONG), 'EXECUTOR_CRASHED');
      await until(() => lines.length === 1);
      // The calls are on their way, and the worker is told to end before it can read them.
      const killed = workers.kill();
      const calls = Array.from({ length: 5 }, (_, i) => other.call('echo', i));
      await killed;
      await crashed;
      expect(await Promise.all(calls)).toEqual([0, 1, 2, 3, 4]);
    });

    test('a call of an idempotent function runs again, even though it had begun', async () => {
      const { engine, workers, lines } = await open();
      const plugin = await engine.load(logger());
      const controller = new AbortController();
      const call = failure(() => plugin.call('again', 'x', { ...LONG, signal: controller.signal }), 'CANCELLED');
      await until(() => lines.length === 1);
      await workers.kill();
      await until(() => lines.length === 2);
      controller.abort();
      await call;
      expect(lines).toEqual(['"x"', '"x"']);
    });

    test('but not for ever: what ends one worker after the other is given up', async () => {
      const { engine, workers, lines } = await open();
      const plugin = await engine.load(logger());
      const call = failure(() => plugin.call('again', 'x', LONG), 'EXECUTOR_CRASHED');
      for (let runs = 1; runs <= 3; runs++) {
        await until(() => lines.length === runs);
        await workers.kill();
      }
      await call;
      expect(lines).toHaveLength(3);
      expect(await plugin.call('echo', 1)).toBe(1);
    });

    test('leaves no idle instance behind that a call could fall into', async () => {
      const { engine, workers } = await open();
      const plugin = await engine.load(echo('many'), { limits: { instances: 4 } });
      await Promise.all(Array.from({ length: 4 }, (_, i) => plugin.call('echo', i)));
      await workers.kill();
      expect(await Promise.all([1, 2, 3, 4, 5].map((i) => plugin.call('echo', i)))).toEqual([1, 2, 3, 4, 5]);
    });

    test('while a plugin starts in it: the start is not tried again, and the plugin can be loaded', async () => {
      const { engine, workers, lines } = await open();
      const starting = compilePlugin({
        functions: { echo: ECHO },
        imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
        replace: {
          plugin_start: `(func (export "plugin_start") (result i32)
          (call $log (i32.const 2) (i32.const 16) (i32.const 1)) (loop $l (br $l)) (unreachable))`,
        },
      });
      const loading = failure(() => engine.load(starting, { limits: { fuel: '64G' } }), 'EXECUTOR_CRASHED');
      await until(() => lines.length === 1);
      await workers.kill();
      expect((await loading).details).toMatchObject({ started: true });
      expect(engine.plugins).toEqual([]);
      const plugin = await engine.load(echo('later'));
      expect(await plugin.call('echo', 1)).toBe(1);
    });

    test('before the plugin could start in it: another worker starts it', async () => {
      const { engine, workers } = await open();
      const loading = engine.load(echo('early'));
      await until(() => workers.count === 1);
      await workers.kill();
      const plugin = await loading;
      expect(await plugin.call('echo', 1)).toBe(1);
    });
  });

  test('a plugin that fills the heap of it ends it, and nothing else', async () => {
    const { engine, workers } = await open();
    const limits = { memory: '1GiB', jsonHandles: 1_000_000, hostCalls: 10_000_000, fuel: '64G', timeoutMs: 60_000 };
    const plugin = await engine.load(hoarder(), { limits });
    const other = await engine.load(echo('other'));
    const documents = Array.from({ length: 1_000 }, (_, i) => ({ [`key${i}`]: [i, `value ${i}`] }));
    const error = await failure(() => plugin.call('hoard', documents), 'EXECUTOR_CRASHED');
    expect(error.details).toMatchObject({ started: true, reason: expect.stringContaining('memory') });
    expect(await other.call('echo', 'still here')).toBe('still here');
    expect(await plugin.call('echo', 'here again')).toBe('here again');
    expect(workers.alive).toBe(1);
  });
});
