/** A plugin that asks for more than was granted: it waits, visibly, and starts once it is granted. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type LoadOptions, type LogEntry } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { failure, failureSync } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

let engine: Engine;
let lines: LogEntry[];
beforeEach(async () => {
  lines = [];
  engine = await createEngine({ logger: { log: (entry) => void lines.push(entry) } });
});
afterEach(() => engine.close());

const RANDOM = '(import "env" "random_get" (func $random (param i32 i32)))';
const GRANTED = '(import "env" "permission_granted" (func $granted (param i32 i32) (result i32)))';
/** Answers `1` or `0`. */
const ASK = `(i32.store8 (i32.const 8) (i32.add (i32.const 48) (call $granted (local.get $ptr) (local.get $len))))
  (call $pack (i32.const 8) (i32.const 1))`;

const asking = compilePlugin({
  imports: RANDOM,
  functions: {
    echo: ECHO,
    roll: '(call $random (i32.const 8) (i32.const 1)) (call $pack (i32.const 8) (i32.const 0))',
  },
  manifest: { permissions: { random: { reason: 'rolls dice' }, clock: { reason: 'dates', optional: true } } },
});
const optional = compilePlugin({
  imports: RANDOM + GRANTED,
  functions: { ask: ASK, roll: '(call $random (i32.const 8) (i32.const 1)) (i64.const 0)' },
  manifest: { permissions: { random: { reason: 'rolls dice', optional: true } } },
});

describe('a plugin that was not granted what it cannot do without', () => {
  test.each<[string, LoadOptions['grants']]>([
    ['nothing', undefined],
    ['false', { random: false }],
    ['something else', { http: true, clock: true }],
  ])('waits, with grants of %s', async (_, grants) => {
    const plugin = await engine.load(asking, { grants });
    expect(plugin.state).toBe('pending-permission');
    expect(engine.get('guest')).toBe(plugin);
    expect(plugin.permissions.missing).toContainEqual({
      capability: 'random',
      reason: 'rolls dice',
      optional: false,
      add: '"random": true',
      flag: '--grant random',
    });
  });

  test('says so in the log, with the line to add', async () => {
    await engine.load(asking);
    expect(lines).toMatchObject([{ level: 'warn', source: 'engine', plugin: 'guest' }]);
    expect(lines[0]?.message).toContain('random (“rolls dice”). Add to its grants: "random": true');
  });

  test('answers every call with the line to add', async () => {
    const plugin = await engine.load(asking);
    const error = await failure(() => plugin.call('echo', 1), 'PERMISSION_DENIED');
    expect(error).toMatchObject({
      plugin: 'guest',
      stage: 'call',
      details: { function: 'echo', add: '"random": true' },
    });
    expect(error.message).toContain('"random": true');
    await failure(() => plugin.callBytes('echo', new Uint8Array(1)), 'PERMISSION_DENIED');
    failureSync(() => plugin.callSync('echo', 1), 'PERMISSION_DENIED');
    await failure(() => plugin.restart(), 'PERMISSION_DENIED');
    expect(plugin.state).toBe('pending-permission');
  });

  test('is rejected where grants are required, and leaves nothing behind', async () => {
    const error = await failure(() => engine.load(asking, { requireGrants: true }), 'PERMISSION_DENIED');
    expect(error).toMatchObject({ plugin: 'guest', details: { flags: '--grant random' } });
    expect(engine.plugins).toEqual([]);
  });

  test('can be unloaded', async () => {
    const plugin = await engine.load(asking);
    await plugin.unload();
    expect(plugin.state).toBe('stopped');
    expect(engine.plugins).toEqual([]);
    await failure(() => plugin.grant({ random: true }), 'CLOSED');
  });

  test('starts once it is granted', async () => {
    const plugin = await engine.load(asking);
    await plugin.grant({ clock: true });
    expect(plugin.state).toBe('pending-permission');
    const granting = plugin.grant({ random: true });
    await granting;
    expect(plugin.state).toBe('running');
    expect(plugin.permissions.missing).toEqual([]);
    expect(await plugin.call('echo', 5)).toBe(5);
    await plugin.call('roll');
  });

  test('whose start fails after the grant fails like any other', async () => {
    const broken = compilePlugin({
      functions: { echo: ECHO },
      manifest: { permissions: { random: { reason: 'r' } } },
      replace: { plugin_start: '(func (export "plugin_start") (result i32) (i32.const 7))' },
    });
    const plugin = await engine.load(broken, { id: 'broken' });
    await failure(() => plugin.grant({ random: true }), 'GUEST_ERROR');
    expect(plugin.state).toBe('failed');
  });

  test('whoever grants nonsense is told, and nothing changes', async () => {
    const plugin = await engine.load(asking);
    await failure(async () => plugin.grant({ random: 5 } as never), 'INVALID_OPTION');
    await failure(async () => plugin.grant({ http: ['a/b'], random: true }), 'INVALID_OPTION');
    expect(plugin.state).toBe('pending-permission');
    await plugin.grant({ random: true });
    expect(plugin.state).toBe('running');
  });
});

describe('granting more to a plugin that runs', () => {
  test('restarts it; calls meanwhile are not lost', async () => {
    const plugin = await engine.load(optional);
    const calls = Array.from({ length: 5 }, () => plugin.callBytes('ask', new TextEncoder().encode('random')));
    const granting = plugin.grant({ random: true });
    const later = Array.from({ length: 5 }, () => plugin.callBytes('ask', new TextEncoder().encode('random')));
    await granting;
    // An instance that was started meanwhile may have it already.
    for (const [byte] of await Promise.all([...calls, ...later])) expect(byte).toBeOneOf([48, 49]);
    expect(await plugin.callBytes('ask', new TextEncoder().encode('random'))).toEqual(Uint8Array.of(49));
    await plugin.call('roll');
  });

  test('while it starts', async () => {
    const loading = engine.load(optional, { id: 'early' });
    while (engine.get('early') === undefined) await new Promise((resolve) => setImmediate(resolve));
    const plugin = engine.get('early');
    const granting = plugin?.grant({ random: true });
    expect(await loading).toBe(plugin);
    await granting;
    expect(plugin?.state).toBe('running');
    await plugin?.call('roll');
  });

  test('while it restarts, or is unloaded', async () => {
    const plugin = await engine.load(optional, { id: 'busy' });
    const restarting = plugin.restart();
    await plugin.grant({ random: true });
    await restarting;
    await plugin.call('roll');
    const granting = failure(() => plugin.grant({ clock: true }), 'CLOSED');
    await Promise.all([plugin.unload(), granting]);
    expect(plugin.state).toBe('stopped');
  });

  test('at the same time, one after the other', async () => {
    const plugin = await engine.load(asking);
    await Promise.all([plugin.grant({ clock: true }), plugin.grant({ random: true }), plugin.grant({ http: true })]);
    expect(plugin.state).toBe('running');
    expect(plugin.permissions.granted.map(({ capability }) => capability).sort()).toEqual(['clock', 'random']);
  });
});

describe('what is optional', () => {
  test('does not keep a plugin from running, and is shown as missing', async () => {
    const plugin = await engine.load(optional);
    expect(plugin.state).toBe('running');
    expect(plugin.permissions.missing).toMatchObject([{ capability: 'random', optional: true }]);
    expect(lines).toEqual([]);
  });

  test('can be asked about by the plugin', async () => {
    const plugin = await engine.load(optional);
    const ask = async (name: string) => (await plugin.callBytes('ask', new TextEncoder().encode(name)))[0] === 49;
    expect(await ask('random')).toBe(false);
    expect(await ask('toString')).toBe(false);
    expect(await ask('')).toBe(false);
    await plugin.grant({ random: true });
    expect(await ask('random')).toBe(true);
  });

  test('is a function that refuses, with the line to add, and nothing of the real one', async () => {
    const plugin = await engine.load(optional);
    const error = await failure(() => plugin.call('roll'), 'PERMISSION_DENIED');
    expect(error.details).toMatchObject({ import: 'random_get', capability: 'random', function: 'roll' });
    expect(error.message).toContain(
      'The plugin called random_get. The plugin was not granted random. Add to its grants: "random": true',
    );
    // The fresh instance refuses, too.
    await failure(() => plugin.call('roll'), 'PERMISSION_DENIED');
    expect(await plugin.callBytes('ask', new Uint8Array())).toEqual(Uint8Array.of(48));
  });

  test('of http is an answer that the plugin can read, also where nothing can be suspended', async () => {
    const plugin = await engine.load(
      compilePlugin({
        imports: `(import "env" "http_request" (func $request (param i32 i32 i32 i32) (result i32)))
          (import "env" "http_error" (func $error (result i64)))
          (import "env" "http_status" (func $status (param i32) (result i32)))
          (import "env" "http_headers" (func $headers (param i32) (result i64)))
          (import "env" "http_read" (func $read (param i32 i32 i32) (result i32)))
          (import "env" "http_close" (func $close (param i32)))`,
        functions: {
          fetch: `(if (call $request (local.get $ptr) (local.get $len) (i32.const 0) (i32.const 0)) (then (unreachable)))
            (if (call $status (i32.const 0)) (then (unreachable)))
            (if (i64.ne (i64.const 0) (call $headers (i32.const 0))) (then (unreachable)))
            (if (i32.ne (i32.const -1) (call $read (i32.const 0) (i32.const 0) (i32.const 0))) (then (unreachable)))
            (call $close (i32.const 0))
            (call $error)`,
        },
        manifest: { permissions: { http: [{ host: 'a.example', reason: 'r', optional: true }] } },
      }),
      { executor: 'inline' },
    );
    // Nothing of it waits: it can be called synchronously.
    const answer = plugin.callSync('fetch', { url: 'https://a.example/' });
    expect(answer).toEqual({
      code: 'PERMISSION_DENIED',
      message: 'The plugin was not granted http a.example (GET, HEAD). Add to its grants: "http": ["a.example"]',
    });
  });
});

describe('partly granted', () => {
  test.runIf(canSuspend)('a narrower pattern is enough to start', async () => {
    const plugin = await engine.load(
      compilePlugin({
        functions: { echo: ECHO },
        manifest: { permissions: { http: [{ host: '*.example.com', reason: 'r' }] } },
      }),
      { grants: { http: ['a.example.com'] } },
    );
    expect(plugin.state).toBe('running');
    expect(plugin.permissions.granted).toMatchObject([{ name: '*.example.com', partly: true }]);
  });
});
