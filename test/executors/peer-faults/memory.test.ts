/** Plugins that take memory of the host, or lose it: ways in which plugin engines have been seen to let them. None of them is here. */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { EXECUTORS } from '../../../engine/index.ts';
import { failure } from '../../support/errors.ts';
import { compilePlugin, ECHO } from '../../support/wat.ts';
import { hoarder } from '../support/json-hoarder.ts';
import { engines } from './engines.ts';

const MiB = 1024 * 1024;
const HOLD = `(local $h i32) (local.set $h (call $set (local.get $ptr) (local.get $len) (i32.const 65536) (i32.const 262144)
    (f64.const 0) (f64.const -1)))
  (if (i32.eq (local.get $h) (i32.const -1)) (then (return (call $error))))
  (i64.const 0)`;

/** What the garbage collector leaves on this thread's heap and outside of it. */
function held(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + arrayBuffers + external;
}

describe.each(EXECUTORS)('%s', (executor) => {
  const open = engines(executor);

  test('memory.grow stops at the limit', async () => {
    const wasm = compilePlugin({
      functions: { grow: '(loop $l (br_if $l (i32.ne (i32.const -1) (memory.grow (i32.const 16))))) (i64.const 0)' },
      memory: '2',
    });
    const plugin = await (await open()).load(wasm, { limits: { memory: '4MiB' } });
    const { usage } = await plugin.invoke('grow');
    expect(usage.memory).toEqual({ used: expect.any(Number), limit: 4 * MiB });
    expect(usage.memory.used).toBeGreaterThan(2 * MiB);
    expect(usage.memory.used).toBeLessThanOrEqual(4 * MiB);
    expect(plugin.memory().linear).toBeLessThanOrEqual(4 * MiB);
  });

  test('what is refused for its size is refused before there is memory for it', async () => {
    const wasm = compilePlugin({
      functions: { huge: '(call $pack (i32.const 0) (i32.const 33000000))', echo: ECHO },
      memory: '512',
    });
    const plugin = await (await open()).load(wasm, { limits: { instances: 1 } });
    await plugin.call('echo', 1);
    const before = held();
    for (let i = 0; i < 30; i++) await failure(() => plugin.call('huge'), 'LIMIT_EXCEEDED');
    const input = 'x'.repeat(2 * MiB);
    for (let i = 0; i < 30; i++) await failure(() => plugin.call('echo', input), 'LIMIT_EXCEEDED');
    expect(await plugin.call('echo', 1)).toBe(1);
    expect(held() - before).toBeLessThan(40 * MiB);
  });

  test('what a plugin may store has an end by default', async () => {
    const wasm = compilePlugin({
      imports: `(import "env" "kv_set" (func $set (param i32 i32 i32 i32 f64 f64) (result i32)))
        (import "env" "kv_error" (func $error (result i64)))`,
      functions: { keep: HOLD },
      memory: '8',
      manifest: { permissions: { kv: { reason: 'tests' } } },
    });
    const plugin = await (await open()).load(wasm, { grants: { kv: true }, limits: { fuel: '64G' } });
    const answers: unknown[] = [];
    for (let i = 0; i < 80; i++) answers.push(await plugin.call('keep', `key ${i}`));
    expect(answers.at(0)).toBeUndefined();
    expect(answers.at(-1)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  test('a plugin that fills the heap of its host ends as one call, not as the application', async () => {
    const engine = await open();
    const plugin = await engine.load(hoarder());
    const error = await plugin.call('hoard', [1]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { limit: 'jsonHandles' } });
    expect(await plugin.call('echo', 'here')).toBe('here');
  });

  test('calls of 64 KiB keep nothing: not in the host, and not in the plugin', async () => {
    const plugin = await (await open()).load(compilePlugin({ functions: { echo: ECHO }, memory: '4' }), {
      limits: { memory: '1MiB', instances: 1 },
    });
    const input = new Uint8Array(64 * 1024).fill(7);
    for (let i = 0; i < 100; i++) await plugin.callBytes('echo', input);
    const [before, linear] = [held(), plugin.memory().linear];
    for (let i = 0; i < 6_000; i++) {
      const output = await plugin.callBytes('echo', input);
      if (output.length !== input.length || output[i] !== 7) expect(output).toEqual(input);
    }
    expect(plugin.memory().linear).toBe(linear);
    // They carried 750 MiB. V8 frees buffers in a thread of its own, a while after it has found them.
    for (let i = 0; i < 100 && held() - before >= 40 * MiB; i++) await delay(20);
    expect(held() - before).toBeLessThan(40 * MiB);
  });
});
