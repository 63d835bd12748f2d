import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type LogEntry } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { failure, failureSync } from '../support/errors.ts';
import { httpPlugin } from '../support/http-guest.ts';
import { compilePlugin, ECHO, type PluginWat } from '../support/wat.ts';

const echo = compilePlugin({ functions: { echo: ECHO } });

/** Logs a word for each life-cycle function that runs. */
const talking = (replace: PluginWat['replace'] = {}): Uint8Array =>
  compilePlugin({
    functions: { echo: ECHO },
    imports: '(import "env" "log" (func $log (param i32 i32 i32)))',
    extra: '(data (i32.const 3000) "init start stop cleanup")',
    replace: {
      plugin_init: `(func (export "plugin_init") (param i32 i32) (result i32) (call $log (i32.const 2) (i32.const 3000) (i32.const 4)) (i32.const 0))`,
      plugin_start: `(func (export "plugin_start") (result i32) (call $log (i32.const 2) (i32.const 3005) (i32.const 5)) (i32.const 0))`,
      plugin_stop: `(func (export "plugin_stop") (result i32) (call $log (i32.const 2) (i32.const 3011) (i32.const 4)) (i32.const 0))`,
      plugin_cleanup: `(func (export "plugin_cleanup") (result i32) (call $log (i32.const 2) (i32.const 3016) (i32.const 7)) (i32.const 0))`,
      ...replace,
    },
  });

async function listening(): Promise<{ engine: Engine; lines: () => string[]; entries: LogEntry[] }> {
  const entries: LogEntry[] = [];
  const engine = await createEngine({ logger: { log: (entry) => entries.push(entry) } });
  return { engine, entries, lines: () => entries.map(({ message }) => message) };
}

describe('unloading', () => {
  test('runs the life cycle in order', async () => {
    const { engine, lines } = await listening();
    const plugin = await engine.load(talking());
    expect(plugin.state).toBe('running');
    const unloading = plugin.unload();
    expect(plugin.state).toBe('stopping');
    await unloading;
    expect(plugin.state).toBe('stopped');
    expect(lines()).toEqual(['init', 'start', 'stop', 'cleanup']);
    expect(engine.plugins).toEqual([]);
  });

  test('again returns the same promise, and the plugin takes no more calls', async () => {
    const engine = await createEngine({ executor: 'inline' });
    const plugin = await engine.load(echo);
    const unloading = plugin.unload();
    expect(plugin.unload()).toBe(unloading);
    await failure(() => plugin.call('echo', 1), 'CLOSED');
    failureSync(() => plugin.callSync('echo', 1), 'CLOSED');
    await unloading;
    expect(plugin.unload()).toBe(unloading);
    const error = await failure(() => plugin.call('echo', 1), 'CLOSED');
    expect(error.plugin).toBe('guest');
    await failure(() => plugin.restart(), 'CLOSED');
  });

  test('frees the id', async () => {
    const engine = await createEngine();
    const plugin = await engine.load(echo, { id: 'x' });
    await failure(() => engine.load(echo, { id: 'x' }), 'DUPLICATE_ID');
    await plugin.unload();
    expect(engine.get('x')).toBeUndefined();
    const next = await engine.load(echo, { id: 'x' });
    expect(engine.get('x')).toBe(next);
    await engine.close();
  });

  test.each<[string, PluginWat['replace'], string]>([
    [
      'fails',
      { plugin_stop: '(func (export "plugin_stop") (result i32) (i32.const 5))' },
      'While stopping: plugin_stop failed: UNSPECIFIED: the plugin gave no reason (status 5)',
    ],
    [
      'traps',
      { plugin_stop: '(func (export "plugin_stop") (result i32) unreachable)' },
      'While stopping: The plugin trapped: unreachable in plugin_stop',
    ],
    [
      'never ends',
      { plugin_stop: '(func (export "plugin_stop") (result i32) (loop $l (br $l)) (unreachable))' },
      'While stopping: Still running after 30 ms (limit `stopGraceMs`)',
    ],
  ])('a plugin whose plugin_stop %s is unloaded all the same', async (_, replace, message) => {
    const { engine, entries } = await listening();
    const plugin = await engine.load(talking(replace), { limits: { stopGraceMs: 30, fuel: '64G' } });
    await plugin.unload();
    expect(plugin.state).toBe('stopped');
    expect(entries.at(-1)).toMatchObject({ source: 'engine', level: 'warn', message });
  });

  test('plugin_cleanup runs also when plugin_stop reports a failure', async () => {
    const { engine, lines } = await listening();
    const plugin = await engine.load(
      talking({ plugin_stop: '(func (export "plugin_stop") (result i32) (i32.const 5))' }),
    );
    await plugin.unload();
    expect(lines().slice(0, 3)).toEqual(['init', 'start', 'cleanup']);
  });

  test('stops every instance', async () => {
    const { engine, lines } = await listening();
    const plugin = await engine.load(talking(), { limits: { instances: 3 } });
    if (canSuspend) {
      await Promise.all(Array.from({ length: 3 }, () => plugin.call('echo', 1)));
      await plugin.unload();
      expect(lines().filter((line) => line === 'cleanup')).toHaveLength(3);
    } else {
      await plugin.unload();
      expect(lines().filter((line) => line === 'cleanup')).toHaveLength(1);
    }
  });

  test('a spoilt instance is dropped without ceremony', async () => {
    const { engine, lines } = await listening();
    const plugin = await engine.load(talking(), { limits: { fuel: 10_000 } });
    await failure(() => plugin.call('echo', 1, { limits: { fuel: 1 } }), 'OUT_OF_FUEL');
    await plugin.unload();
    expect(lines()).toEqual(['init', 'start']);
  });

  test('`await using` unloads', async () => {
    const engine = await createEngine();
    const plugin = await engine.load(echo);
    await plugin[Symbol.asyncDispose]();
    expect(plugin.state).toBe('stopped');
    await engine[Symbol.asyncDispose]();
  });
});

describe('restarting', () => {
  test('gives fresh instances', async () => {
    const { engine, lines } = await listening();
    const plugin = await engine.load(talking());
    await plugin.restart();
    expect(plugin.state).toBe('running');
    expect(lines()).toEqual(['init', 'start', 'stop', 'cleanup', 'init', 'start']);
    expect(await plugin.call('echo', 1)).toBe(1);
    await engine.close();
  });

  test('calls that come meanwhile wait', async () => {
    const engine = await createEngine();
    const plugin = await engine.load(echo);
    const restarting = plugin.restart();
    const calls = [1, 2, 3].map((n) => plugin.call('echo', n));
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
    await restarting;
    await engine.close();
  });
});

describe('a plugin that does not start again', () => {
  test('has failed, takes no calls, and may be restarted once it can', async () => {
    let broken = false;
    const engine = await createEngine({
      logger: {
        log: () => {
          if (broken) throw new Error('disk full');
        },
      },
    });
    const plugin = await engine.load(talking());
    broken = true;
    const waiting = failure(() => plugin.restart(), 'HOST_FUNCTION_FAILED');
    const call = plugin.call('echo', 1).catch((error: { code: string }) => error.code);
    await waiting;
    expect(plugin.state).toBe('failed');
    expect(['CLOSED', 'HOST_FUNCTION_FAILED']).toContain(await call);
    await failure(() => plugin.call('echo', 1), 'CLOSED');
    broken = false;
    await plugin.restart();
    expect(plugin.state).toBe('running');
    expect(await plugin.call('echo', 1)).toBe(1);
    broken = true;
    await failure(() => plugin.restart(), 'HOST_FUNCTION_FAILED');
    await plugin.unload();
    expect(plugin.state).toBe('stopped');
  });
});

describe('restarting and unloading at the same time', () => {
  test('ends unloaded', async () => {
    const { engine, lines } = await listening();
    const plugin = await engine.load(talking());
    const restarting = failure(() => plugin.restart(), 'CLOSED');
    await plugin.unload();
    await restarting;
    expect(plugin.state).toBe('stopped');
    expect(lines().filter((line) => line === 'start')).toHaveLength(
      lines().filter((line) => line === 'cleanup').length,
    );
    expect(engine.plugins).toEqual([]);
  });

  test('restarts twice', async () => {
    const engine = await createEngine();
    const plugin = await engine.load(echo);
    await Promise.all([plugin.restart(), plugin.restart()]);
    expect(plugin.state).toBe('running');
    expect(await plugin.call('echo', 1)).toBe(1);
    await engine.close();
    expect(plugin.state).toBe('stopped');
  });
});

describe('a logger that throws', () => {
  test('does not keep a plugin from stopping', async () => {
    let broken = false;
    const engine = await createEngine({
      logger: {
        log: () => {
          if (broken) throw new Error('disk full');
        },
      },
    });
    const plugin = await engine.load(talking());
    broken = true;
    await plugin.unload();
    expect(plugin.state).toBe('stopped');
  });
});

describe('nothing is left behind', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

  test('no timer, after calls, failures and closing', async () => {
    const before = timers();
    const engine = await createEngine({ limits: { fuel: 5_000_000 } });
    const plugin = await engine.load(
      compilePlugin({ functions: { echo: ECHO, spin: '(loop $l (br $l)) (unreachable)' } }),
    );
    await Promise.all(Array.from({ length: 50 }, (_, i) => plugin.call('echo', i)));
    await failure(() => plugin.call('spin', 1), 'OUT_OF_FUEL');
    await plugin.restart();
    await engine.close();
    // Timers of the test runner may have ended meanwhile.
    expect(timers()).toBeLessThanOrEqual(before);
  });

  test('no memory in the guest, after very many calls', async () => {
    const engine = await createEngine({ executor: 'inline' });
    const plugin = await engine.load(echo);
    const { used } = plugin.usage().memory;
    for (let i = 0; i < 50_000; i++) plugin.callSync('echo', 'some text that takes memory');
    for (let i = 0; i < 5_000; i++) await plugin.call('echo', 'some text that takes memory');
    expect(plugin.usage().memory.used).toBe(used);
    await engine.close();
  });
});

describe('closing the engine', () => {
  test('unloads all plugins, once', async () => {
    const { engine, lines } = await listening();
    const plugins = await Promise.all([engine.load(talking(), { id: 'a' }), engine.load(talking(), { id: 'b' })]);
    const closing = engine.close();
    expect(engine.close()).toBe(closing);
    await closing;
    expect(plugins.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    expect(lines().filter((line) => line === 'cleanup')).toHaveLength(2);
    await failure(() => engine.load(echo), 'CLOSED');
  });

  test('ends loads that are on their way', async () => {
    const engine = await createEngine({ limits: { fuel: '64G' } });
    const looping = compilePlugin({ extra: '(func $s (loop $l (br $l))) (start $s)' });
    const loading = [
      failure(() => engine.load(echo), 'CLOSED'),
      failure(() => engine.load(looping, { id: 'loop', limits: { startTimeoutMs: 100 } }), 'CLOSED'),
    ];
    await engine.close();
    await Promise.all(loading);
    expect(engine.plugins).toEqual([]);
  });

  test('of nothing', async () => {
    await (await createEngine()).close();
  });

  test.each([-1, Number.NaN, '5'])('a deadline of %s is refused', async (deadlineMs) => {
    const engine = await createEngine();
    expect(() => engine.close({ deadlineMs } as object)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    await engine.close();
  });

  describe.runIf(canSuspend)('while calls wait', () => {
    let server: Server;
    let url = '';
    let answer: () => void = () => {};
    beforeAll(async () => {
      server = createServer((_, response) => {
        answer = () => response.end('"late"');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });
    const start = async () => {
      const engine = await createEngine();
      const plugin = await engine.load(httpPlugin('http://127.0.0.1:*'), {
        grants: { http: ['http://127.0.0.1:*'] },
        limits: { instances: 1 },
      });
      answer = () => {};
      const running = plugin.call('fetch', { url });
      const queued = plugin.call('fetch', { url: 'http://127.0.0.1:1/' });
      return { engine, running, queued };
    };

    test('lets those finish that were accepted', async () => {
      const { engine, running, queued } = await start();
      const closing = engine.close({ deadlineMs: 10_000 });
      const timer = setInterval(() => answer(), 1);
      expect(await running).toBe('late');
      expect(await queued).toMatchObject({ code: 'NETWORK' });
      await closing;
      clearInterval(timer);
    });

    test('ends the rest at the deadline, each with CLOSED', async () => {
      const { engine, running, queued } = await start();
      const ends = [failure(() => running, 'CLOSED'), failure(() => queued, 'CLOSED')];
      await engine.close({ deadlineMs: 10 });
      await Promise.all(ends);
    });
  });
});
