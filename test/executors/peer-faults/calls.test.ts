/**
 * Ways in which plugin engines have been seen to fail the application that embeds them: calls that never end, plugins that never
 * come back, answers that are another's. None of them is here, in no executor. Memory and network have files of their own.
 */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { EXECUTORS, hostFunction, isRingfenceError } from '../../../engine/index.ts';
import { canSuspend } from '../../../engine/runtime/jspi.ts';
import { failure } from '../../support/errors.ts';
import { compilePlugin, ECHO } from '../../support/wat.ts';
import { engines, turns } from './engines.ts';

const SPIN = '(loop $l (br $l)) (unreachable)';
/** Counts its calls in its memory: starts over in a fresh instance. */
const COUNT = `(i32.store8 (i32.const 12) (i32.add (i32.const 1) (i32.load8_u (i32.const 12))))
  (i32.store8 (i32.const 8) (i32.add (i32.const 48) (i32.load8_u (i32.const 12)))) (call $pack (i32.const 8) (i32.const 1))`;
const wasm = compilePlugin({
  functions: {
    echo: ECHO,
    count: COUNT,
    spin: SPIN,
    trap: '(unreachable)',
    recurse: '(call $plugin_recurse (local.get $ptr) (local.get $len))',
  },
});
/** Fuel for longer than any test takes. */
const LONG = { fuel: '640G' } as const;

describe.each(EXECUTORS)('%s', (executor) => {
  const open = engines(executor);
  const shares = executor !== 'inline' || canSuspend;

  test('a loop ends at `timeoutMs`, whatever the executor, and the next call works', async () => {
    const plugin = await (await open()).load(wasm);
    const call = failure(() => plugin.call('spin', 1, { limits: { ...LONG, timeoutMs: 250 } }), 'DEADLINE_EXCEEDED');
    // It did not have the thread of the application to itself meanwhile.
    if (shares) expect((await turns(call)).turned).toBe(true);
    else await call;
    expect(await plugin.call('echo', 'next')).toBe('next');
  });

  test('very short deadlines: every plugin can be loaded, and every call settles', async () => {
    const engine = await open();
    for (let timeoutMs = 1; timeoutMs <= 12; timeoutMs++) {
      const plugin = await engine.load(wasm, { id: `p${timeoutMs}`, limits: { ...LONG, timeoutMs } });
      const outcomes = await Promise.allSettled([plugin.call('spin'), plugin.call('spin'), plugin.call('echo', 1)]);
      for (const outcome of outcomes.slice(0, 2)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DEADLINE_EXCEEDED' } });
      }
      await plugin.unload();
    }
  });

  test('limits in the manifest hold', async () => {
    const modest = compilePlugin({
      functions: { spin: SPIN, grow: '(drop (memory.grow (i32.const 100))) (i64.const 0)' },
      manifest: { limits: { timeoutMs: 50, memory: '1MiB' } },
    });
    const plugin = await (await open({ limits: { ...LONG, timeoutMs: '1h' } })).load(modest);
    expect(plugin.info.limits).toMatchObject({ timeoutMs: 50, memory: 1024 * 1024 });
    const error = await failure(() => plugin.call('spin'), 'DEADLINE_EXCEEDED');
    expect(error.details).toMatchObject({ limit: 'timeoutMs', allowed: 50 });
    expect((await plugin.invoke('grow')).usage.memory.used).toBeLessThanOrEqual(1024 * 1024);
  });

  test('a call that runs when its plugin is unloaded, or the engine is closed, settles', async () => {
    const engine = await open();
    const limits = { ...LONG, timeoutMs: '1h' } as const;
    const a = await engine.load(wasm, { id: 'a', limits });
    const b = await engine.load(wasm, { id: 'b', limits: shares ? limits : { timeoutMs: 50 } });
    const calls = [a.call('spin', 1, shares ? undefined : { limits: { timeoutMs: 50 } }), b.call('spin')].map((call) =>
      call.catch((error: unknown) => error),
    );
    await a.unload({ deadlineMs: 10 });
    await engine.close({ deadlineMs: 10 });
    for (const outcome of await Promise.all(calls)) expect(isRingfenceError(outcome)).toBe(true);
  });

  test('after closing, calls are refused and not run', async () => {
    const engine = await open();
    const plugin = await engine.load(wasm);
    await plugin.unload();
    await failure(() => plugin.call('echo', 1), 'CLOSED');
    await engine.close();
    await failure(() => engine.load(wasm), 'CLOSED');
  });

  test.each<[string, string, string]>([
    ['a loop', '(loop $l (br $l))', 'OUT_OF_FUEL'],
    ['a trap', 'unreachable', 'TRAP'],
  ])('%s in `start` is a rejection, and the engine goes on', async (_, body, code) => {
    const engine = await open({ limits: { fuel: '20M' } });
    const starting = compilePlugin({ extra: `(func $s ${body}) (start $s)` });
    for (let i = 0; i < 2; i++) await failure(() => engine.load(starting), code as 'TRAP');
    expect(await (await engine.load(wasm)).call('echo', 1)).toBe(1);
  });

  test('an import that there is not is a rejection, and names it', async () => {
    const engine = await open();
    const wishing = compilePlugin({ imports: '(import "env" "launch_rocket" (func (param i32)))' });
    const error = await failure(() => engine.load(wishing), 'IMPORT_DENIED');
    expect(error.message).toContain('launch_rocket');
    expect(await (await engine.load(wasm)).call('echo', 1)).toBe(1);
  });

  test.each([
    ['trap', 'TRAP'],
    ['recurse', 'STACK_OVERFLOW'],
  ])('after `%s` nothing of the spoilt instance is used again', async (name, code) => {
    const plugin = await (await open()).load(wasm);
    expect([await plugin.call('count'), await plugin.call('count')]).toEqual([1, 2]);
    await failure(() => plugin.call(name), code as 'TRAP');
    expect(await plugin.call('count')).toBe(1);
  });

  test('a function that there is not leaves the plugin as it was', async () => {
    const plugin = await (await open()).load(wasm);
    await plugin.call('count');
    await failure(() => plugin.call('nothing'), 'UNKNOWN_FUNCTION');
    expect(await plugin.call('count')).toBe(2);
    await plugin.restart();
    expect(await plugin.call('count')).toBe(1);
  });

  test('20,000 calls are like the first', async () => {
    const plugin = await (await open()).load(wasm, { limits: { instances: 1 } });
    const { used } = (await plugin.invoke('echo', 1)).usage.fuel;
    const input = new TextEncoder().encode('1');
    for (let i = 0; i < 400; i++) {
      await Promise.all(Array.from({ length: 50 }, () => plugin.callBytes('echo', input)));
    }
    const { value, usage } = await plugin.invoke('echo', 1);
    expect([value, usage.fuel.used]).toEqual([1, used]);
  });

  test('inputs are what they are: numbers are no addresses, and text has characters', async () => {
    const plugin = await (await open()).load(wasm);
    for (const input of [5, 0, -1, 2 ** 53, 'Grüße, 漢字 🎵', '\u0000', '']) {
      expect(await plugin.call('echo', input)).toBe(input);
    }
  });

  describe('a host function', () => {
    const guest = compilePlugin({
      imports: '(import "env" "ask" (func $ask (param i32 i32) (result i64)))',
      functions: { run: '(call $ask (local.get $ptr) (local.get $len))', echo: ECHO },
      manifest: { permissions: { custom: [{ name: 'test', reason: 'tests' }] } },
    });
    const ask = { name: 'ask', capability: 'test', input: 'json', output: 'json' } as const;
    const load = async (fn: ReturnType<typeof hostFunction>) =>
      (await open()).load(guest, { hostFunctions: [fn], grants: { custom: true } });

    test('that throws, or answers with junk, ends its call, and no other', async () => {
      const junk = await load(hostFunction({ ...ask, call: () => ({ n: 1n }) }));
      const throwing = await load(
        hostFunction({
          ...ask,
          call: () => {
            throw new Error('no');
          },
        }),
      );
      for (const bad of [junk, throwing]) {
        for (let i = 0; i < 3; i++) await failure(() => bad.call('run', 1), 'HOST_FUNCTION_FAILED');
        expect(await bad.call('echo', 1)).toBe(1);
      }
    });

    test('that answers with a promise without having said so is refused loudly', async () => {
      const plugin = await load(hostFunction({ ...ask, call: () => Promise.resolve(1) }));
      await failure(() => plugin.call('run', 1), 'HOST_FUNCTION_FAILED');
    });

    test.runIf(shares)('that waits: calls that overlap get their own answers', async () => {
      const waiting: (() => void)[] = [];
      const fn = hostFunction({
        ...ask,
        async: true,
        call: (_, input) => new Promise((resolve) => waiting.push(() => resolve(input))),
      });
      // Where guests cannot be suspended, each blocks a thread of its own.
      const engine = await open({ workers: canSuspend ? 1 : 3 });
      const plugin = await engine.load(guest, { hostFunctions: [fn], grants: { custom: true } });
      const calls = ['a', 'b', 'c'].map((input) => plugin.call('run', input));
      while (waiting.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
      for (const answer of waiting.reverse()) answer();
      expect(await Promise.all(calls)).toEqual(['a', 'b', 'c']);
    });
  });

  test('configuration has what was put in, and nothing of any prototype', async () => {
    const reading = compilePlugin({
      imports: '(import "env" "config_get" (func $get (param i32 i32) (result i64)))',
      functions: { read: '(call $get (local.get $ptr) (local.get $len))' },
    });
    const plugin = await (await open()).load(reading, { config: { present: 1 } });
    const read = async (name: string) => Buffer.from(await plugin.callBytes('read', Buffer.from(name))).toString();
    expect(await read('present')).toBe('1');
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) expect(await read(name)).toBe('');
  });

  test('a process ends as soon as its engine is closed', () => {
    const script = `
      import { createEngine } from '${new URL('../../../engine/index.ts', import.meta.url)}';
      const engine = await createEngine({ executor: '${executor}', workers: 1, limits: { timeoutMs: '1h', startTimeoutMs: '1h' } });
      const plugin = await engine.load(Buffer.from('${Buffer.from(wasm).toString('base64')}', 'base64'));
      await plugin.call('echo', 1);
      await engine.close();
      process.on('exit', () => console.log('gone'));`;
    const args = ['--no-warnings', '--input-type=module-typescript', '--eval', script];
    // Far less than any limit that a timer could wait for.
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })).toBe('gone\n');
  });
});
