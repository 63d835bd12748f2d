import { describe, expect, test } from 'vitest';
import { withCustom } from '../../engine/host/custom/functions.ts';
import { hostFunction } from '../../engine/host-function.ts';
import { DEFAULT_LIMITS, type LimitsInput, resolveLimits } from '../../engine/limits.ts';
import { type PreparedPlugin, Preparer } from '../../engine/runtime/prepare.ts';
import { failure } from '../support/errors.ts';
import { compilePlugin, compileWat, ECHO, type PluginWat } from '../support/wat.ts';

const bytes = compilePlugin({ functions: { echo: ECHO } });

async function prepare(preparer: Preparer, wasm: Uint8Array, limits: LimitsInput = {}): Promise<PreparedPlugin> {
  return preparer.prepare(wasm, { maxBytes: DEFAULT_LIMITS.wasmBytes, limits: () => resolveLimits(limits) });
}

describe('compiled modules', () => {
  test('of the same bytes under the same limits are one', async () => {
    const preparer = new Preparer();
    const [a, b] = await Promise.all([prepare(preparer, bytes), prepare(preparer, bytes.slice())]);
    const c = await prepare(preparer, bytes, { fuel: 5, timeoutMs: 7 });
    expect(b.module).toBe(a.module);
    expect(c.module).toBe(a.module);
    expect(c.limits.fuel).toBe(5);
  });

  test.each<[string, LimitsInput]>([
    ['memory', { memory: '1MiB' }],
    ['tableEntries', { tableEntries: 5 }],
    ['stackDepth', { stackDepth: 500 }],
  ])('with another limit `%s` are different: it is built into them', async (_, limits) => {
    const preparer = new Preparer();
    expect((await prepare(preparer, bytes, limits)).module).not.toBe((await prepare(preparer, bytes)).module);
  });

  test('with another price of a host function that they import are different, and the same with other prices', async () => {
    const wasm = compilePlugin({
      imports: '(import "env" "work" (func $work))',
      functions: { run: '(call $work) (i64.const 0)' },
      manifest: { permissions: { custom: ['test'] } },
    });
    const preparer = new Preparer();
    const with_ = async (work: number, unused: number) => {
      const shapes = [
        ['work', work],
        ['unused', unused],
      ] as const;
      const host = withCustom(
        shapes.map(
          ([name, base]) =>
            hostFunction({ name, capability: 'test', params: [], price: { base }, call: () => {} }).shape,
        ),
      );
      return preparer.prepare(wasm, { maxBytes: DEFAULT_LIMITS.wasmBytes, limits: () => DEFAULT_LIMITS, host });
    };
    const { module } = await with_(10, 20);
    expect((await with_(11, 20)).module).not.toBe(module);
    expect((await with_(10, 21)).module).toBe(module);
  });

  test('of different bytes are different', async () => {
    const preparer = new Preparer();
    const other = compilePlugin({ version: '1.0.1', functions: { echo: ECHO } });
    expect((await prepare(preparer, other)).module).not.toBe((await prepare(preparer, bytes)).module);
  });
});

test('what is known of a plugin', async () => {
  const plugin: PluginWat = {
    imports: '(import "env" "log_enabled" (func $enabled (param i32) (result i32)))',
    functions: { echo: ECHO, other: '(i64.const 0)' },
  };
  const prepared = await prepare(new Preparer(), compilePlugin(plugin));
  expect(prepared).toMatchObject({
    functions: ['echo', 'other'],
    imports: ['log_enabled'],
    manifest: { name: 'guest', version: '1.0.0' },
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect([...prepared.functionNames().values()]).toContain('plugin_echo');
});

describe('failures', () => {
  test('are not remembered', async () => {
    const preparer = new Preparer();
    const greedy = compilePlugin({ memory: '32' });
    for (let i = 0; i < 2; i++) await failure(() => prepare(preparer, greedy, { memory: '1MiB' }), 'MEMORY_LIMIT');
    expect((await prepare(preparer, greedy)).module).toBeInstanceOf(WebAssembly.Module);
  });

  test('come in order: what is no module, what is no plugin', async () => {
    const preparer = new Preparer();
    await failure(() => prepare(preparer, Uint8Array.of(1, 2, 3, 4)), 'INVALID_MODULE');
    await failure(() => prepare(preparer, compileWat('(module)')), 'NOT_A_PLUGIN');
    await failure(() => prepare(preparer, compilePlugin({ manifest: undefined })), 'INVALID_MANIFEST');
  });
});
