/** Events that plugins send: who hears of them, and what is refused. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createEngine,
  type Engine,
  EXECUTORS,
  type LoadOptions,
  type Plugin,
  type PluginEvent,
} from '../../../engine/index.ts';
import { failure, failureSync } from '../../support/errors.ts';
import { compilePlugin } from '../../support/wat.ts';

describe.each(EXECUTORS)('with the executor %s', (executor) => {
  let engine: Engine;
  let heard: PluginEvent[];
  const warnings: string[] = [];
  beforeAll(async () => {
    engine = await createEngine({ executor, logger: { log: ({ message }) => void warnings.push(message) } });
    engine.on('plugin-event', (event) => void heard.push(event));
  });
  beforeEach(() => {
    heard = [];
    warnings.length = 0;
  });
  afterEach(() => Promise.all(engine.plugins.map((plugin) => plugin.unload({ deadlineMs: 0 }))));
  afterAll(() => engine.close({ deadlineMs: 0 }));

  /** Sends its input as the payload of an event; answers with 1, or with the reason. */
  const sender = (event: string, asks: string[] = ['order.*']): Uint8Array =>
    compilePlugin({
      name: 'shop',
      imports: `(import "env" "emit" (func $emit (param i32 i32 i32 i32) (result i32)))
        (import "env" "host_error" (func $why (result i64)))`,
      extra: `(data (i32.const 2048) "${event}")`,
      functions: {
        run: `(if (call $emit (i32.const 2048) (i32.const ${event.length}) (local.get $ptr) (local.get $len))
            (then (i32.store8 (i32.const 8) (i32.const 49)) (return (call $pack (i32.const 8) (i32.const 1)))))
          (call $why)`,
        flood: `(local $n i32)
          (loop $l
            (if (i32.eqz (call $emit (i32.const 2048) (i32.const ${event.length}) (local.get $ptr) (local.get $len))) (then (return (call $why))))
            (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000))))
          (i64.const 0)`,
      },
      manifest: { permissions: { emit: asks } },
    });
  const load = (event: string, options: LoadOptions = {}): Promise<Plugin> =>
    engine.load(sender(event), { grants: { emit: ['order.*'] }, ...options });

  test('are heard with their plugin, payload and context', async () => {
    const plugin = await load('order.created', { id: 'shop-1' });
    const before = Date.now();
    expect(await plugin.call('run', { id: 5, tags: ['ü'] }, { context: { user: 7 } })).toBe(1);
    expect(heard).toEqual([
      {
        plugin: 'shop-1',
        event: 'order.created',
        payload: { id: 5, tags: ['ü'] },
        context: { user: 7 },
        time: expect.any(Number),
      },
    ]);
    expect(heard[0]?.time).toBeGreaterThanOrEqual(before);
    expect(Object.isFrozen(heard[0]?.payload)).toBe(true);
    expect(Object.getPrototypeOf(heard[0]?.payload)).toBeNull();
    await plugin.call('run');
    expect(heard[1]?.payload).toBeUndefined();
  });

  test('are counted, and limited in number and size', async () => {
    const plugin = await load('order.created');
    const { value, usage } = await plugin.invoke('flood', 1, { limits: { events: 5 } });
    expect(value).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { limit: 'events', allowed: 5 } });
    expect(usage.events).toEqual({ used: 5, limit: 5 });
    expect(heard).toHaveLength(5);
    expect(await plugin.call('run', 'x'.repeat(100), { limits: { eventBytes: 50 } })).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { limit: 'eventBytes' },
    });
    expect(heard).toHaveLength(5);
  });

  test.each<[string, Uint8Array]>([
    ['no JSON', new TextEncoder().encode('{')],
    ['no UTF-8', Uint8Array.of(0xff)],
    ['nested too deeply', new TextEncoder().encode('['.repeat(100) + ']'.repeat(100))],
    ['with a member __proto__', new TextEncoder().encode('{"__proto__":{"admin":true}}')],
  ])('whose payload is %s are refused', async (_, payload) => {
    const plugin = await load('order.created');
    const answer = JSON.parse(new TextDecoder().decode(await plugin.callBytes('run', payload)));
    expect(answer.code).toBe('INVALID_INPUT');
    expect(heard).toEqual([]);
  });

  test.each(['', '.', 'order.', 'order.*', 'order..paid', 'order created', 'ord\\0aer', `order.${'x'.repeat(200)}`])(
    'whose name is %j are refused',
    async (event) => {
      const plugin = await engine.load(sender(event), { grants: { emit: true } });
      expect(await plugin.call('run', 1)).toMatchObject({ code: 'INVALID_INPUT' });
      expect(heard).toEqual([]);
    },
  );

  test('that are not asked for, or not granted, are refused with the line to add', async () => {
    const unasked = await load('user.created', { id: 'unasked', grants: { emit: true } });
    const first = await unasked.call<{ code: string; message: string }>('run', 1);
    expect(first.code).toBe('PERMISSION_DENIED');
    expect(first.message).toContain('"emit": [{ "name": "user.created", "reason": "…" }]');
    const ungranted = await load('order.created', { id: 'ungranted', grants: { emit: ['order.paid'] } });
    const second = await ungranted.call<{ code: string; message: string }>('run', 1);
    expect(second.code).toBe('PERMISSION_DENIED');
    expect(second.message).toContain('"emit": ["order.paid","order.created"]');
    await ungranted.grant({ emit: ['order.created'] });
    expect(await ungranted.call('run', 1)).toBe(1);
  });

  test('a pattern does not cover its own stem', async () => {
    const plugin = await engine.load(sender('order', ['order.*']), { grants: { emit: true } });
    expect(await plugin.call('run', 1)).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('listeners that throw or reject are logged, and do no harm', async () => {
    const stops = [
      engine.on('plugin-event', () => {
        throw new Error('first');
      }),
      engine.on('plugin-event', async () => {
        throw new Error('second');
      }),
    ];
    const plugin = await load('order.created');
    expect(await plugin.call('run', 1)).toBe(1);
    expect(heard).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(warnings).toEqual(['A listener to plugin-event failed: first', 'A listener to plugin-event failed: second']);
    for (const stop of stops) stop();
  });

  test('a listener may call the plugin that sent the event', async () => {
    const answers: Promise<unknown>[] = [];
    const plugin = await load('order.created', { limits: { instances: 1 } });
    const stop = engine.on('plugin-event', ({ payload }) => {
      if (payload === 1) answers.push(plugin.call('run', 2));
    });
    expect(await plugin.call('run', 1)).toBe(1);
    expect(await Promise.all(answers)).toEqual([1]);
    expect(heard.map(({ payload }) => payload)).toEqual([1, 2]);
    stop();
  });

  test('whoever stops listening hears no more', async () => {
    const own: PluginEvent[] = [];
    const stop = engine.on('plugin-event', (event) => own.push(event));
    const plugin = await load('order.created');
    await plugin.call('run', 1);
    stop();
    stop();
    await plugin.call('run', 2);
    expect(own).toHaveLength(1);
  });

  test('only what there is can be listened to', async () => {
    failureSync(() => engine.on('nothing' as never, () => {}), 'INVALID_OPTION');
    failureSync(() => engine.on('plugin-event', 5 as never), 'INVALID_OPTION');
    await failure(async () => engine.on('__proto__' as never, () => {}), 'INVALID_OPTION');
  });
});
