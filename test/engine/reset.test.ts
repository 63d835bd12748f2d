/** `reset: 'per-call'`: a call finds the plugin as it was when it had started, whatever the calls before it have left. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type LoadOptions, type Plugin } from '../../engine/index.ts';
import { failure, failureSync } from '../support/errors.ts';
import { CLEAN, readSeen, STAINED, STATEFUL } from '../support/stateful-guest.ts';
import { assembleWithBinaryen } from '../support/toolchains.ts';
import { compilePlugin, type PluginWat, pluginWat } from '../support/wat.ts';

const none = new Uint8Array(0);
let engine: Engine;
let count = 0;
const warnings: string[] = [];

beforeAll(async () => {
  engine = await createEngine({
    executor: 'inline',
    logger: { log: ({ level, message }) => void (level === 'warn' && warnings.push(message)) },
  });
});
afterAll(() => engine.close());

const load = (wat: PluginWat, options: LoadOptions = {}): Promise<Plugin> =>
  engine.load(compilePlugin(wat), { id: `p${count++}`, limits: { instances: 1 }, reset: 'per-call', ...options });
const look = async (plugin: Plugin): Promise<bigint[]> => readSeen(await plugin.callBytes('look', none));

describe('memory and globals', () => {
  test('stay as a call left them without it', async () => {
    const plugin = await load(STATEFUL, { reset: 'never' });
    expect(await look(plugin)).toEqual(CLEAN);
    await plugin.call('stain');
    expect(await look(plugin)).toEqual(STAINED);
  });

  test('are as they were when the plugin had started', async () => {
    const plugin = await load(STATEFUL);
    for (let i = 0; i < 3; i++) {
      expect(await look(plugin)).toEqual(CLEAN);
      await plugin.call('stain');
    }
    plugin.callSync('stain');
    expect(readSeen(plugin.callBytesSync('look', none))).toEqual(CLEAN);
  });

  test('also when memory has grown: the next call has as much as the first', async () => {
    const plugin = await load(STATEFUL);
    for (const name of ['grow', 'stain', 'grow', 'grow']) {
      await plugin.call(name);
      expect(await look(plugin)).toEqual(CLEAN);
    }
    plugin.callSync('grow');
    expect(readSeen(plugin.callBytesSync('look', none))).toEqual(CLEAN);
  });

  test('also when the call failed, in good order or not', async () => {
    const plugin = await load({
      ...STATEFUL,
      functions: { ...STATEFUL.functions, fail: '(global.set $i64 (i64.const 9)) (i64.const -1)' },
    });
    await failure(() => plugin.call('fail'), 'GUEST_ERROR');
    expect(await look(plugin)).toEqual(CLEAN);
    await failure(() => plugin.call('trap'), 'TRAP');
    expect(await look(plugin)).toEqual(CLEAN);
    await failure(() => plugin.call('stain', 'too long', { limits: { inputBytes: 1 } }), 'LIMIT_EXCEEDED');
    expect(await look(plugin)).toEqual(CLEAN);
  });

  test('in every instance', async () => {
    const plugin = await load(STATEFUL, { limits: { instances: 5 } });
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 12 }, (_, i) => plugin.call(i % 2 === 0 ? 'stain' : 'grow')));
      for (const seen of await Promise.all(Array.from({ length: 8 }, () => look(plugin)))) expect(seen).toEqual(CLEAN);
    }
  });

  test('a call of the same uses the same fuel each time', async () => {
    const used = async (plugin: Plugin): Promise<number[]> => {
      const all = [];
      for (let i = 0; i < 4; i++) all.push((await plugin.invoke('spend')).usage.fuel.used);
      return all;
    };
    const [never, perCall] = [await load(STATEFUL, { reset: 'never' }), await load(STATEFUL)];
    const [first, second] = await used(never);
    expect(second).toBeGreaterThan(first as number);
    expect(await used(perCall)).toEqual([first, first, first, first]);
    await perCall.call('grow');
    expect(await used(perCall)).toEqual([first, first, first, first]);
  });

  test('what the host keeps of a plugin does not grow with its instances', async () => {
    const one = await load(STATEFUL, { limits: { instances: 1 } });
    const { snapshots } = one.memory();
    expect(snapshots).toBeGreaterThan(65_536);
    const many = await load(STATEFUL, { limits: { instances: 8 } });
    await Promise.all(Array.from({ length: 8 }, () => many.call('stain')));
    expect(many.memory().instances).toBe(8);
    expect(many.memory().snapshots).toBeLessThan(snapshots + 8 * 1_000);
  });
});

describe('a plugin that keeps references', () => {
  const KEEPING: PluginWat = {
    name: 'keeping',
    functions: {
      change: '(table.set $t (i32.const 0) (ref.func $two)) (global.set $f (ref.func $two)) (i64.const 0)',
      enlarge: `(drop (table.grow $t (ref.func $two) (i32.const 1)))
        (table.set $t (i32.const 0) (ref.func $two)) (global.set $f (ref.func $two)) (i64.const 0)`,
      widen: `(drop (memory.grow (i32.const 1))) (table.set $t (i32.const 0) (ref.func $two)) (i64.const 0)`,
      drop: `(data.drop $d) (table.set $t (i32.const 0) (ref.func $two)) (i64.const 0)`,
      look: `(local $at i32) (local.set $at (call $malloc (i32.const 4)))
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (call_indirect $t (result i32) (i32.const 0))))
        (i32.store8 offset=1 (local.get $at) (i32.add (i32.const 48) (ref.is_null (global.get $f))))
        (i32.store8 offset=2 (local.get $at) (i32.add (i32.const 48) (table.size $t)))
        (memory.init $d (i32.add (local.get $at) (i32.const 3)) (i32.const 0) (i32.const 1))
        (call $pack (local.get $at) (i32.const 4))`,
    },
    memory: '2 10',
    extra: `(data $d "d") (table $t 1 3 funcref) (elem $t (i32.const 0) func $one) (elem declare func $two)
      (global $f (mut funcref) (ref.null func))
      (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))`,
  };
  const seen = async (plugin: Plugin): Promise<string> => Buffer.from(await plugin.callBytes('look', none)).toString();

  test.each(['change', 'enlarge', 'widen', 'drop'])('finds them as they were, after `%s`', async (name) => {
    const plugin = await load(KEEPING);
    for (let i = 0; i < 3; i++) {
      expect(await seen(plugin)).toBe('111d');
      await plugin.call(name);
    }
    plugin.callSync(name);
    expect(Buffer.from(plugin.callBytesSync('look', none)).toString()).toBe('111d');
    expect(plugin.memory().instances).toBe(1);
  });

  test('to exceptions, too', async () => {
    const text = pluginWat({
      functions: {
        change: `(global.set $x (block $caught (result exnref)
          (try_table (catch_all_ref $caught) (throw $tag)) (unreachable))) (i64.const 0)`,
        look: `(local $at i32) (local.set $at (call $malloc (i32.const 1)))
          (i32.store8 (local.get $at) (i32.add (i32.const 48) (ref.is_null (global.get $x))))
          (call $pack (local.get $at) (i32.const 1))`,
      },
      extra: '(tag $tag) (global $x (mut exnref) (ref.null exn))',
    });
    const manifest = { name: 'guest', version: '1.0.0', abi: 1, functions: { change: {}, look: {} }, permissions: {} };
    const plugin = await engine.load(assembleWithBinaryen(text), { id: 'exn', manifest, reset: 'per-call' });
    for (let i = 0; i < 3; i++) {
      expect(await plugin.call('look')).toBe(1);
      await plugin.call('change');
    }
  });
});

describe('who asks for it', () => {
  const asking: PluginWat = { ...STATEFUL, manifest: { reset: 'per-call' } };

  test('may be the manifest', async () => {
    const plugin = await load(asking, { reset: undefined });
    await plugin.call('stain');
    expect(await look(plugin)).toEqual(CLEAN);
  });

  test('the operator has the last word', async () => {
    const plugin = await load(asking, { reset: 'never' });
    await plugin.call('stain');
    expect(await look(plugin)).toEqual(STAINED);
  });

  test('has to say what there is', async () => {
    await failure(() => load(STATEFUL, { reset: 'sometimes' as never }), 'INVALID_OPTION');
    await failure(() => load({ ...STATEFUL, manifest: { reset: 'always' } }), 'INVALID_MANIFEST');
  });
});

test('a restart starts it anew', async () => {
  const plugin = await load(STATEFUL);
  await plugin.call('stain');
  await plugin.restart();
  expect(await look(plugin)).toEqual(CLEAN);
});

test('stopping is the last that it does, in the state of its start', async () => {
  const plugin = await load({
    ...STATEFUL,
    replace: {
      ...STATEFUL.replace,
      // It fails unless it finds what the start has left, and the log would say so.
      plugin_stop: '(func (export "plugin_stop") (result i32) (i32.ne (global.get $i32) (i32.const 42)))',
    },
  });
  await plugin.call('grow');
  warnings.length = 0;
  await plugin.unload();
  expect(warnings).toEqual([]);
  failureSync(() => plugin.callSync('look'), 'CLOSED');
});
