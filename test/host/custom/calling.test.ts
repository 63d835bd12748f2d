/** Host functions of the application, called by real guests: what goes over, and what becomes of handlers that misbehave. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type CustomFunction,
  createEngine,
  type Engine,
  EXECUTORS,
  type HostCall,
  HostFunctionError,
  hostFunction,
  type LoadOptions,
  type Plugin,
} from '../../../engine/index.ts';
import { canSuspend } from '../../../engine/runtime/jspi.ts';
import { failure } from '../../support/errors.ts';
import { compilePlugin, ECHO, type PluginWat } from '../../support/wat.ts';

describe.each(EXECUTORS)('with the executor %s', (executor) => {
  const isInline = executor === 'inline';
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ executor });
  });
  afterEach(() => Promise.all(engine.plugins.map((plugin) => plugin.unload({ deadlineMs: 0 }))));
  afterAll(() => engine.close({ deadlineMs: 0 }));

  /** Hands its input to the function, and answers with what that answered, or with the reason. */
  const dataGuest = (name = 'work', plugin: PluginWat = {}): Uint8Array =>
    compilePlugin({
      imports: `(import "env" "${name}" (func $work (param i32 i32) (result i64)))
      (import "env" "host_error" (func $why (result i64)))`,
      functions: {
        run: `(local $got i64)
        (local.set $got (call $work (local.get $ptr) (local.get $len)))
        (if (i64.eq (local.get $got) (i64.const -1)) (then (return (call $why))))
        (local.get $got)`,
        guarded: '(try (do (drop (call $work (local.get $ptr) (local.get $len)))) (catch_all)) (i64.const 0)',
        echo: ECHO,
      },
      manifest: { permissions: { custom: [{ name: 'test', reason: 'tests' }] } },
      ...plugin,
    });

  const load = (fn: CustomFunction, options: LoadOptions = {}): Promise<Plugin> =>
    engine.load(dataGuest(fn.shape.name), { hostFunctions: [fn], grants: { custom: ['test'] }, ...options });

  const work = { name: 'work', capability: 'test' } as const;

  describe('data', () => {
    test('as JSON, with objects that have no prototype', async () => {
      const seen: unknown[] = [];
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'json',
          call: (_, input) => {
            seen.push(input);
            return { got: input };
          },
        }),
      );
      expect(await plugin.call('run', { a: [1, 'ü'] })).toEqual({ got: { a: [1, 'ü'] } });
      expect(Object.getPrototypeOf(seen[0])).toBeNull();
      expect(await plugin.call('run')).toEqual({});
      expect(seen[1]).toBeUndefined();
    });

    test('as text and as bytes', async () => {
      const text = await load(
        hostFunction({ ...work, input: 'text', output: 'text', call: (_, input) => `«${input}»` }),
      );
      expect(new TextDecoder().decode(await text.callBytes('run', new TextEncoder().encode('grüße')))).toBe('«grüße»');
      await text.unload();
      const bytes = await load(
        hostFunction({ ...work, input: 'bytes', output: 'bytes', call: (_, input) => input.toReversed() }),
      );
      expect(await bytes.callBytes('run', Uint8Array.of(1, 2, 255))).toEqual(Uint8Array.of(255, 2, 1));
      expect(await bytes.callBytes('run', new Uint8Array())).toEqual(new Uint8Array());
    });

    test('bytes belong to the handler: the guest may change its memory', async () => {
      let kept: Uint8Array | undefined;
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'bytes',
          output: 'none',
          call: (_, input) => {
            kept ??= input;
          },
        }),
      );
      await plugin.callBytes('run', Uint8Array.of(1, 2, 3));
      await plugin.callBytes('run', Uint8Array.of(9, 9, 9));
      expect(kept).toEqual(Uint8Array.of(1, 2, 3));
    });

    test.each<[string, Uint8Array, string]>([
      ['that is no JSON', new TextEncoder().encode('{'), 'INVALID_INPUT'],
      ['that is no UTF-8', Uint8Array.of(0xff), 'INVALID_INPUT'],
      ['that is nested too deeply', new TextEncoder().encode('['.repeat(100) + ']'.repeat(100)), 'INVALID_INPUT'],
      ['with a member __proto__', new TextEncoder().encode('{"__proto__":1}'), 'INVALID_INPUT'],
      ['that is too long', new Uint8Array(1_001).fill(0x20), 'LIMIT_EXCEEDED'],
    ])('%s is refused before the handler runs', async (_, input, code) => {
      let ran = false;
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'none',
          maxInputBytes: 1_000,
          call: () => {
            ran = true;
          },
        }),
      );
      const reason = JSON.parse(new TextDecoder().decode(await plugin.callBytes('run', input)));
      expect(reason).toMatchObject({ code });
      expect(ran).toBe(false);
    });

    test('costs its price, and what it answers by the byte', async () => {
      const answer = 'x'.repeat(1_000);
      const make = (price: { base: number; perByte?: number }): CustomFunction =>
        hostFunction({ ...work, input: 'text', output: 'text', price, call: () => answer });
      const fuel = async (price: { base: number; perByte?: number }): Promise<number> => {
        const plugin = await load(make(price));
        const { usage } = await plugin.invoke('run', 'ten bytes').catch((error) => ({ usage: error.details.usage }));
        await plugin.unload();
        return usage.fuel.used;
      };
      const free = await fuel({ base: 0 });
      expect(free).toBeGreaterThan(1_000);
      expect(await fuel({ base: 500 })).toBe(free + 500);
      // Eleven bytes: with its quotes.
      expect(await fuel({ base: 500, perByte: 100 })).toBe(free + 500 + 1_100);
    });

    test('whose price is more than there is left is not asked for', async () => {
      let ran = false;
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'none',
          price: { base: 10_000_000 },
          call: () => {
            ran = true;
          },
        }),
      );
      await failure(() => plugin.call('run', 1, { limits: { fuel: 1_000_000 } }), 'OUT_OF_FUEL');
      expect(ran).toBe(false);
    });
  });

  describe('numbers', () => {
    const numbers = (imports: string, body: string): Uint8Array =>
      compilePlugin({
        imports: `(import "env" "work" (func $work ${imports}))`,
        functions: { run: `${body} (call $pack (i32.const 8) (i32.const 8))` },
        manifest: { permissions: { custom: ['test'] } },
      });
    const run = async (wasm: Uint8Array, fn: CustomFunction): Promise<DataView> => {
      const plugin = await engine.load(wasm, { hostFunctions: [fn], grants: { custom: true } });
      const bytes = await plugin.callBytes('run', new Uint8Array());
      return new DataView(bytes.buffer);
    };

    test('of every type', async () => {
      let seen: unknown[] = [];
      const fn = hostFunction({
        ...work,
        params: ['i32', 'i64', 'f32', 'f64'],
        result: 'i64',
        call: (_, ...args) => {
          seen = args;
          return -(2n ** 62n);
        },
      });
      const wasm = numbers(
        '(param i32 i64 f32 f64) (result i64)',
        '(i64.store (i32.const 8) (call $work (i32.const -1) (i64.const -2) (f32.const 0.5) (f64.const 1e300)))',
      );
      expect((await run(wasm, fn)).getBigInt64(0, true)).toBe(-(2n ** 62n));
      expect(seen).toEqual([-1, -2n, 0.5, 1e300]);
    });

    test('unsigned ones go over, too', async () => {
      const fn = hostFunction({ ...work, params: [], result: 'i32', call: () => 0xffff_ffff });
      const wasm = numbers('(result i32)', '(i32.store (i32.const 8) (call $work))');
      expect((await run(wasm, fn)).getUint32(0, true)).toBe(0xffff_ffff);
    });

    test.each<[string, unknown]>([
      ['nothing', undefined],
      ['text', '5'],
      ['a bigint', 5n],
      ['half a number', 1.5],
      ['NaN', Number.NaN],
      ['too much', 2 ** 32],
      ['an object with valueOf', { valueOf: () => 5 }],
    ])('%s in place of an i32 ends the call', async (_, value) => {
      const fn = hostFunction({ ...work, params: [], result: 'i32', call: () => value as number });
      const wasm = numbers('(result i32)', '(try (do (i32.store (i32.const 8) (call $work))) (catch_all))');
      const error = await failure(() => run(wasm, fn), 'HOST_FUNCTION_FAILED');
      expect(error.details).toMatchObject({ import: 'work' });
      expect(error.message).toContain('expected i32');
    });
  });

  describe('a handler', () => {
    test('knows for whom it works', async () => {
      const calls: HostCall[] = [];
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'none',
          output: 'none',
          call: (call) => {
            calls.push(call);
          },
        }),
        { id: 'mine' },
      ).catch((error: unknown) => error);
      // The guest of these tests hands over data: another signature is refused before anything runs.
      expect(plugin).toMatchObject({ code: 'IMPORT_DENIED' });
      const own = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'none',
          call: (call) => {
            calls.push(call);
          },
        }),
        { id: 'mine' },
      );
      await own.call('run', 1, { context: { user: 7 }, limits: { timeoutMs: 1_000 } });
      const [call] = calls;
      expect(call).toMatchObject({ plugin: 'mine', context: { user: 7 }, callers: [] });
      expect(call?.deadline).toBeLessThanOrEqual(performance.now() + 1_000);
      // The call is over.
      expect(call?.signal.aborted).toBe(true);
    });

    test('may tell the plugin what is wrong', async () => {
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'json',
          call: () => {
            throw new HostFunctionError('NO_SUCH_USER', 'nobody of that name');
          },
        }),
      );
      expect(await plugin.call('run', 1)).toEqual({ code: 'NO_SUCH_USER', message: 'nobody of that name' });
      expect(await plugin.call('echo', 5)).toBe(5);
    });

    const misbehaving: readonly (readonly [string, (...args: never[]) => unknown, string])[] = [
      [
        'throws',
        () => {
          throw new Error('secret path /etc');
        },
        'failed: secret path /etc',
      ],
      [
        'throws what is no error',
        () => {
          throw null;
        },
        'failed: null',
      ],
      ['answers with what JSON cannot carry', () => ({ a: 5n }), 'what JSON cannot carry'],
      ['answers with a promise without saying so', async () => 5, '`async: true`'],
      [
        'answers with a promise that is rejected, without saying so',
        () => Promise.reject(new Error('x')),
        '`async: true`',
      ],
      [
        'overflows the stack',
        function over(): unknown {
          return [over()];
        },
        'call stack',
      ],
    ];
    test.each(misbehaving)(
      'that %s ends the call, whatever the plugin catches, and harms nobody',
      async (_, call, says) => {
        const plugin = await load(
          hostFunction({ ...work, input: 'json', output: 'json', call: call as () => unknown }),
        );
        for (const name of ['run', 'guarded']) {
          const error = await failure(() => plugin.call(name, 1), 'HOST_FUNCTION_FAILED');
          expect(error).toMatchObject({ plugin: 'guest', details: { import: 'work', function: name } });
          expect(error.message).toContain(says);
        }
        expect(await plugin.call('echo', 5)).toBe(5);
        await new Promise((resolve) => setImmediate(resolve));
      },
    );

    test.runIf(isInline)('an error of ours that it throws is not taken for the plugin’s', async () => {
      const other = await engine.load(compilePlugin({ functions: { trap: '(unreachable)' } }), { id: 'other' });
      const plugin = await load(
        hostFunction({ ...work, input: 'json', output: 'json', call: () => other.callSync('trap') }),
      );
      const error = await failure(() => plugin.call('run', 1), 'HOST_FUNCTION_FAILED');
      expect(error.cause).toMatchObject({ code: 'TRAP', plugin: 'other' });
    });

    test.runIf(isInline)(
      'that re-enters the plugin gets another instance, and where there is none a typed error',
      async () => {
        const own: { plugin?: Plugin } = {};
        const again = hostFunction({
          ...work,
          input: 'json',
          output: 'json',
          call: (_, depth) => (depth === 0 ? 'deep' : own.plugin?.callSync('run', Number(depth) - 1)),
        });
        own.plugin = await load(again);
        expect(own.plugin.callSync('run', 5)).toBe('deep');
        const error = await failure(() => own.plugin?.callSync('run', 1_000), 'HOST_FUNCTION_FAILED');
        expect(error.message).toContain('instances');
        expect(own.plugin.callSync('run', 2)).toBe('deep');
      },
    );
  });

  describe.runIf(canSuspend)('an asynchronous handler', () => {
    const later = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

    test('has the plugin wait', async () => {
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'json',
          async: true,
          call: async (_, input) => {
            await later();
            return [input];
          },
        }),
      );
      expect(await Promise.all([1, 2, 3].map((n) => plugin.call('run', n)))).toEqual([[1], [2], [3]]);
      if (isInline) await failure(async () => plugin.callSync('run', 1), 'UNSUPPORTED_PLATFORM');
    });

    test('may answer at once, and with what only looks like a promise', async () => {
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'json',
          async: true,
          // biome-ignore lint/suspicious/noThenProperty: that is the point
          call: (_, input) => (input === 1 ? 'now' : { then: (done: (value: string) => void) => done('later') }),
        }),
      );
      expect(await plugin.call('run', 1)).toBe('now');
      expect(await plugin.call('run', 2)).toBe('later');
    });

    test('that rejects ends the call; one that refuses does not', async () => {
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'json',
          async: true,
          call: async (_, input) => {
            await later();
            throw input === 1 ? new HostFunctionError('TAKEN', 'try another') : new Error('broken');
          },
        }),
      );
      expect(await plugin.call('run', 1)).toEqual({ code: 'TAKEN', message: 'try another' });
      await failure(() => plugin.call('guarded', 2), 'HOST_FUNCTION_FAILED');
      expect(await plugin.call('echo', 5)).toBe(5);
    });

    test('that never answers is left behind at the deadline, and told', async () => {
      const signals: AbortSignal[] = [];
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'json',
          async: true,
          call: ({ signal }) => {
            signals.push(signal);
            return new Promise(() => {});
          },
        }),
      );
      await failure(() => plugin.call('guarded', 1, { limits: { timeoutMs: 20 } }), 'DEADLINE_EXCEEDED');
      // On a busy machine the first may have ended before it came to the handler.
      const before = signals.length;
      const controller = new AbortController();
      const cancelled = failure(() => plugin.call('run', 1, { signal: controller.signal }), 'CANCELLED');
      while (signals.length === before) await later();
      controller.abort();
      await cancelled;
      expect(signals.every(({ aborted }) => aborted)).toBe(true);
      expect(await plugin.call('echo', 5)).toBe(5);
    });

    test('whose answer comes too late touches nothing', async () => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const plugin = await load(
        hostFunction({
          ...work,
          input: 'json',
          output: 'json',
          async: true,
          call: async () => {
            await held;
            return 'x'.repeat(100_000);
          },
        }),
        { limits: { instances: 1 } },
      );
      await failure(() => plugin.call('run', 1, { limits: { timeoutMs: 10 } }), 'DEADLINE_EXCEEDED');
      const next = plugin.call('echo', 'next');
      release();
      expect(await next).toBe('next');
      await later();
      expect(await plugin.call('echo', 5)).toBe(5);
    });
  });

  describe('before anything runs', () => {
    const fn = hostFunction({ ...work, input: 'json', output: 'json', call: () => 'ok' });

    test('functions of the engine are there for every plugin', async () => {
      await using own = await createEngine({ executor, hostFunctions: [fn] });
      const plugin = await own.load(dataGuest(), { grants: { custom: ['test'] } });
      expect(await plugin.call('run', 1)).toBe('ok');
      await failure(() => own.load(dataGuest(), { id: 'twice', hostFunctions: [fn] }), 'INVALID_OPTION');
      await failure(() => createEngine({ hostFunctions: [fn, fn] }), 'INVALID_OPTION');
    });

    test('a plugin that asks gets nothing that is not granted', async () => {
      const plugin = await load(fn, { grants: { custom: ['other'] } });
      expect(plugin.state).toBe('pending-permission');
      expect(plugin.permissions.missing).toMatchObject([
        { capability: 'custom', name: 'test', add: '"custom": ["other","test"]' },
      ]);
      await plugin.grant({ custom: ['test'] });
      expect(await plugin.call('run', 1)).toBe('ok');
    });

    test('an optional one that is missing is an answer', async () => {
      const wasm = dataGuest('work', {
        manifest: { permissions: { custom: [{ name: 'test', reason: 'tests', optional: true }] } },
      });
      const plugin = await engine.load(wasm, { hostFunctions: [fn] });
      expect(await plugin.call('run', 1)).toEqual({
        code: 'PERMISSION_DENIED',
        message: 'The plugin was not granted custom test. Add to its grants: "custom": ["test"]',
      });
    });

    test('a plugin that does not ask for it may not import it', async () => {
      const error = await failure(
        () => engine.load(dataGuest('work', { manifest: {} }), { hostFunctions: [fn] }),
        'IMPORT_DENIED',
      );
      expect(error.message).toContain('"custom": [{ "name": "test", "reason": ');
    });

    test('an application without it says where it belongs', async () => {
      const error = await failure(() => engine.load(dataGuest()), 'IMPORT_DENIED');
      expect(error.message).toContain('capabilities of an application (test)');
    });

    test('its fuel is the same on every run', async () => {
      const plugin = await load(fn);
      const fuel = async () => (await plugin.invoke('run', { a: 1 })).usage.fuel.used;
      const first = await fuel();
      for (let i = 0; i < 5; i++) expect(await fuel()).toBe(first);
    });
  });
});
