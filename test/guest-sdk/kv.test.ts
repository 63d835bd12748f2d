/** `kv` as a plugin author uses it, in the engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryKvStore } from '../../engine/host/kv-memory.ts';
import { createEngine, type Engine, type EngineOptions, type KvStore, type LogEntry } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { failure } from '../support/errors.ts';
import { fixture } from './support/drivers.ts';

const grants = { kv: true };
let dir: string;
let wasm: Uint8Array;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ringfence-kv-sdk-'));
  wasm = await fixture('store');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const clear = async (engine: Engine, id: string): Promise<void> => engine.kv.clear(id);
const done = (version: number) => ({ ok: true, failed: false, conflict: false, version, code: '' });

describe.each<[name: string, kv: () => EngineOptions['kv']]>([
  ['in memory', () => 'memory'],
  ['in a file', () => ({ path: join(dir, 'data.db') })],
])('%s', (_, kv) => {
  test('what is written is read, listed and deleted', async () => {
    await using engine = await createEngine({ kv: kv() });
    const plugin = await engine.load(wasm, { grants });
    expect(await plugin.call('read', 'a')).toMatchObject({ ok: true, exists: false, text: 'nothing', version: 0 });
    expect(await plugin.call('write', { key: 'a', value: 'žluť 🎵' })).toEqual(done(1));
    expect(await plugin.call('read', 'a')).toEqual({ ...done(1), exists: true, text: 'žluť 🎵' });
    expect(await plugin.call('add', { key: 'a', value: 1 })).toEqual({ ...done(1), ok: false, conflict: true });
    expect(await plugin.call('add', { key: 'b', value: { deep: [1, null] } })).toEqual(done(2));
    expect(await plugin.call('readJson', 'b')).toEqual({ deep: [1, null] });
    expect(await plugin.call('replace', { key: 'a', value: 'x', version: 9 })).toMatchObject({ conflict: true });
    expect(await plugin.call('replace', { key: 'a', value: 'x', version: 1 })).toEqual(done(3));
    expect(await plugin.call('keys')).toEqual({ keys: ['a', 'b'], pages: 1, code: '' });
    expect(await plugin.call('keys', { prefix: '', limit: 1 })).toMatchObject({ keys: ['a', 'b'], pages: 2 });
    expect(await plugin.call('remove', 'a')).toMatchObject({ ok: true });
    expect(await plugin.call('remove', 'a')).toMatchObject({ ok: false, failed: false });
    await clear(engine, 'store');
    expect(await plugin.call('keys')).toMatchObject({ keys: [] });
  });

  test('the plugin can be called synchronously, on any Node.js', async () => {
    await using engine = await createEngine({ executor: 'inline', kv: kv() });
    const plugin = await engine.load(wasm, { id: 'sync', grants });
    expect(plugin.callSync('count', 'n')).toBe(1);
    expect(plugin.callSync('count', 'n')).toBe(2);
    await clear(engine, 'sync');
  });

  test('a mistake is a result with a code, and harms nobody', async () => {
    await using engine = await createEngine({ kv: kv(), limits: { kvBytes: 2_000, kvKeyBytes: 10 } });
    const plugin = await engine.load(wasm, { id: 'full', grants });
    expect(await plugin.call('write', { key: '', value: '' })).toMatchObject({
      failed: true,
      code: 'INVALID_ARGUMENT',
    });
    expect(await plugin.call('write', { key: 'x'.repeat(11), value: '' })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await plugin.call('write', { key: 'a', value: 'x'.repeat(2_000) })).toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    expect(await plugin.call('write', { key: 'a', value: 'fits' })).toMatchObject({ ok: true });
    await clear(engine, 'full');
  });

  test('plugins do not see each other’s data; the same plugin sees its own after it was loaded again', async () => {
    await using engine = await createEngine({ kv: kv() });
    const one = await engine.load(wasm, { id: 'one', grants });
    const two = await engine.load(wasm, { id: 'two', grants });
    await one.call('write', { key: 'secret', value: 'of one' });
    expect(await two.call('read', 'secret')).toMatchObject({ exists: false });
    expect(await two.call('keys')).toMatchObject({ keys: [] });
    await one.unload();
    const again = await engine.load(wasm, { id: 'one', grants });
    expect(await again.call('read', 'secret')).toMatchObject({ text: 'of one' });
    for (const id of ['one', 'two']) await clear(engine, id);
  });
});

test('a file keeps the data when the engine is gone', async () => {
  const kv = { path: join(dir, 'kept.db') };
  {
    await using engine = await createEngine({ kv });
    await (await engine.load(wasm, { grants })).call('write', { key: 'a', value: 'kept' });
  }
  await using engine = await createEngine({ kv });
  expect(await (await engine.load(wasm, { grants })).call('read', 'a')).toMatchObject({ text: 'kept' });
});

test('without the grant every operation says so, and the operator gets the line to add', async () => {
  const entries: LogEntry[] = [];
  await using engine = await createEngine({ logger: { log: (entry) => entries.push(entry) } });
  const plugin = await engine.load(wasm);
  expect(await plugin.call('write', { key: 'a', value: '' })).toMatchObject({ ok: false, code: 'PERMISSION_DENIED' });
  expect(await plugin.call('read', 'a')).toMatchObject({ exists: false, code: 'PERMISSION_DENIED' });
  expect(await plugin.call('keys')).toMatchObject({ keys: [], code: 'PERMISSION_DENIED' });
  expect(entries.some(({ message, source }) => source === 'engine' && message.includes('"kv": true'))).toBe(true);
});

/** Answers after a turn of the event loop. */
function slowStore(): KvStore & { readonly entries: MemoryKvStore; closed: boolean } {
  const entries = new MemoryKvStore();
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    entries,
    closed: false,
    get: async (...args) => turn().then(() => entries.get(...args)),
    set: async (...args) => turn().then(() => entries.set(...args)),
    delete: async (...args) => turn().then(() => entries.delete(...args)),
    list: async (...args) => turn().then(() => entries.list(...args)),
    usage: async (...args) => entries.usage(...args),
    clear: async (...args) => entries.clear(...args),
    close() {
      this.closed = true;
    },
  };
}

describe('a store of the application’s own, which answers later', () => {
  test.runIf(canSuspend)('looks the same to the plugin; calls that overlap lose no update', async () => {
    const kv = slowStore();
    await using engine = await createEngine({ kv });
    const plugin = await engine.load(wasm, { grants });
    const counts = await Promise.all(Array.from({ length: 15 }, () => plugin.call('count', 'n')));
    expect(counts.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(await plugin.call('read', 'n')).toMatchObject({ text: '15' });
  });

  test.runIf(canSuspend)('overlapping writes do not get past the quota together', async () => {
    const kv = slowStore();
    await using engine = await createEngine({ kv, limits: { kvKeys: 3 } });
    const plugin = await engine.load(wasm, { grants });
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, i) => plugin.call<{ ok: boolean }>('write', { key: `k${i}`, value: '' })),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(3);
    expect(kv.entries.usage('store').keys).toBe(3);
  });

  test.runIf(canSuspend)('that never answers ends at the deadline of the call', async () => {
    const never = (): Promise<never> => new Promise(() => {});
    const kv = { ...slowStore(), get: never };
    await using engine = await createEngine({ kv });
    const plugin = await engine.load(wasm, { grants, limits: { timeoutMs: 50 } });
    await failure(() => plugin.call('read', 'a'), 'DEADLINE_EXCEEDED');
    expect(await plugin.call('keys')).toMatchObject({ keys: [] });
  });

  test.runIf(canSuspend)('cannot be waited for in a synchronous call', async () => {
    await using engine = await createEngine({ executor: 'inline', kv: slowStore() });
    const plugin = await engine.load(wasm, { grants });
    await failure(() => plugin.callSync('read', 'a'), 'UNSUPPORTED_PLATFORM');
  });

  test('is left open when the engine closes', async () => {
    const kv = slowStore();
    const engine = await createEngine({ kv });
    expect(engine.kv).toBe(kv);
    await engine.close();
    expect(kv.closed).toBe(false);
  });
});
