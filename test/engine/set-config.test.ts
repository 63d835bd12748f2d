/** A configuration that changes while the plugin runs. */
import { describe, expect, test } from 'vitest';
import { createEngine, EXECUTORS, type LoadOptions, type LogEntry, type Plugin } from '../../engine/index.ts';
import { compilePlugin, type PluginWat } from '../support/wat.ts';

const EVENT_TYPE = '(param $ptr i32) (param $len i32) (result i64)';

/** Answers with what `config_get` says of a key, how many events it had, and what the last one was; `spin` does nothing for long. */
const reader = (onEvent: string | undefined, plugin: PluginWat = {}): Uint8Array<ArrayBuffer> =>
  compilePlugin({
    imports: '(import "env" "config_get" (func $get (param i32 i32) (result i64)))',
    functions: {
      get: '(call $get (local.get $ptr) (local.get $len))',
      events:
        '(i32.store8 (i32.const 8) (i32.add (i32.const 48) (global.get $events))) (call $pack (i32.const 8) (i32.const 1))',
      last: '(call $pack (global.get $at) (global.get $size))',
      spin: `(local $n i32) (loop $l
        (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20000000)))) (i64.const 0)`,
    },
    extra: `(global $events (mut i32) (i32.const 0)) (global $at (mut i32) (i32.const 0)) (global $size (mut i32) (i32.const 0))
      ${onEvent === undefined ? '' : `(func (export "plugin_on_event") ${EVENT_TYPE} ${onEvent})`}`,
    ...plugin,
  });
const COUNTS = `(global.set $events (i32.add (global.get $events) (i32.const 1)))
  (global.set $at (call $malloc (local.get $len))) (global.set $size (local.get $len))
  (memory.copy (global.get $at) (local.get $ptr) (local.get $len)) (i64.const 0)`;

const text = async (plugin: Plugin, name: string, input = ''): Promise<string> =>
  new TextDecoder().decode(await plugin.callBytes(name, new TextEncoder().encode(input)));

describe.each(EXECUTORS)('in the executor %s', (executor) => {
  test('instances hear of it between two calls, and those that start later have it', async () => {
    await using engine = await createEngine({ executor, workers: 1 });
    const plugin = await engine.load(reader(COUNTS), { config: { unit: 'm' } });
    await plugin.warm(2);
    expect(await text(plugin, 'get', 'unit')).toBe('"m"');
    await plugin.setConfig({ unit: 'ft', more: [1] });
    expect(plugin.instances).toBe(2);
    const seen = await Promise.all([text(plugin, 'get', 'unit'), text(plugin, 'get', 'more')]);
    expect(seen).toEqual(['"ft"', '[1]']);
    expect(await text(plugin, 'events')).toBe('1');
    expect(await text(plugin, 'last')).toBe('{"event":"config.changed","payload":{"unit":"ft","more":[1]}}');
    await plugin.warm(3);
    const all = await Promise.all([1, 2, 3].map(() => text(plugin, 'get', '')));
    expect(new Set(all)).toEqual(new Set(['{"unit":"ft","more":[1]}']));
    await plugin.setConfig({ unit: 'm' });
    expect(await text(plugin, 'get', 'more')).toBe('');
    await plugin.restart();
    expect(await text(plugin, 'get', 'unit')).toBe('"m"');
    expect(await text(plugin, 'events')).toBe('0');
  });

  test('an instance that is busy hears of it when its call has ended', async () => {
    await using engine = await createEngine({ executor, workers: 1 });
    const plugin = await engine.load(reader(COUNTS), { config: { a: 1 }, limits: { instances: 1 } });
    const busy = plugin.callBytes('spin', new Uint8Array());
    const set = plugin.setConfig({ a: 2 });
    const next = text(plugin, 'get', 'a');
    await Promise.all([busy, set]);
    expect(await next).toBe('2');
    expect(await text(plugin, 'events')).toBe('1');
  });

  test('a plugin that handles no events is restarted, and so is one that forgets', async () => {
    await using engine = await createEngine({ executor, workers: 1 });
    for (const [wasm, options] of [
      [reader(undefined), {}],
      [reader(COUNTS), { reset: 'per-call' }],
    ] as const) {
      const plugin = await engine.load(wasm, { id: 'a', config: { a: 1 }, ...options });
      await plugin.setConfig({ a: 2 });
      expect(await text(plugin, 'get', 'a')).toBe('2');
      expect(await text(plugin, 'get', 'a')).toBe('2');
      expect(await text(plugin, 'events')).toBe('0');
      await plugin.unload();
    }
  });

  test('one that fails on the event is replaced, and the log says so', async () => {
    const logs: LogEntry[] = [];
    await using engine = await createEngine({
      executor,
      workers: 1,
      logger: { log: (entry) => void logs.push(entry) },
    });
    const plugin = await engine.load(reader('(unreachable)'), { config: { a: 1 } });
    await plugin.setConfig({ a: 2 });
    expect(await text(plugin, 'get', 'a')).toBe('2');
    expect(logs.map(({ message }) => message)).toEqual([expect.stringContaining('did not take its new configuration')]);
  });
});

describe('what is given', () => {
  const manifest = {
    config: {
      type: 'object',
      properties: { unit: { type: 'string', default: 'm' }, url: { type: 'string' } },
      additionalProperties: false,
    },
  };
  const load = (options: LoadOptions): Promise<Plugin> => engine.load(reader(COUNTS, { manifest }), options);
  const engine = {
    load: (...args: Parameters<Awaited<ReturnType<typeof createEngine>>['load']>) =>
      made.then((it) => it.load(...args)),
  };
  const made = createEngine();

  test('is checked by the schema, with defaults and placeholders; what does not fit changes nothing', async () => {
    process.env.SET_CONFIG_TEST = 'https://example.com';
    const plugin = await load({ config: { unit: 'ft' }, env: ['SET_CONFIG_TEST'] });
    try {
      await plugin.setConfig({ url: `\${SET_CONFIG_TEST}/x` });
      expect(JSON.parse(await text(plugin, 'get', ''))).toEqual({ unit: 'm', url: 'https://example.com/x' });
      for (const wrong of [{ unit: 7 }, { nuit: 'm' }, 'text', null, [], { url: `\${HOME}` }]) {
        await expect(plugin.setConfig(wrong)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
      }
      expect(JSON.parse(await text(plugin, 'get', ''))).toMatchObject({ unit: 'm' });
      expect(await text(plugin, 'events')).toBe('1');
    } finally {
      delete process.env.SET_CONFIG_TEST;
      await plugin.unload();
    }
  });

  test('belongs to the plugin from then on', async () => {
    const plugin = await load({});
    const given = { unit: 'ft' };
    const set = plugin.setConfig(given);
    given.unit = 'changed';
    await set;
    expect(await text(plugin, 'get', 'unit')).toBe('"ft"');
    await plugin.unload();
    await expect(plugin.setConfig({})).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('is what a plugin starts with that waits for permissions, or has not been started', async () => {
    const wasm = reader(undefined, { manifest: { permissions: { kv: true } } });
    const waiting = await engine.load(wasm, { id: 'waiting', config: { a: 1 } });
    await waiting.setConfig({ a: 2 });
    expect(waiting.state).toBe('pending-permission');
    await waiting.grant({ kv: true });
    expect(await text(waiting, 'get', 'a')).toBe('2');
    const later = await engine.load(wasm, { id: 'later', start: false, grants: { kv: true } });
    await later.setConfig({ a: 3 });
    await later.start();
    expect(await text(later, 'get', 'a')).toBe('3');
    await (await made).close();
  });
});

test('an instance that is evicted comes back with what it was told', async () => {
  await using engine = await createEngine({ executor: 'inline', maxLiveInstances: 1 });
  const wasm = reader(COUNTS);
  const first = await engine.load(wasm, { id: 'first', config: { a: 1 } });
  await first.setConfig({ a: 2 });
  const second = await engine.load(wasm, { id: 'second' });
  await text(second, 'events');
  expect(first.memory().live).toBe(0);
  expect(await text(first, 'get', 'a')).toBe('2');
  expect(await text(first, 'events')).toBe('1');
});

test('a failed start with another configuration leaves a plugin that the next one may heal', async () => {
  const fails = `(func (export "plugin_init") (param $ptr i32) (param $len i32) (result i32)
    (i32.eq (local.get $len) (i32.const 7)))`;
  await using engine = await createEngine();
  const plugin = await engine.load(reader(undefined, { replace: { plugin_init: fails } }), { config: {} });
  await expect(plugin.setConfig({ a: 1 })).rejects.toMatchObject({ code: 'GUEST_ERROR' });
  expect(plugin.state).toBe('failed');
  await plugin.setConfig({ ab: 1 });
  expect(plugin.state).toBe('running');
  expect(await text(plugin, 'get', 'ab')).toBe('1');
});
