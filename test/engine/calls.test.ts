import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { failure, failureSync } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

let engine: Engine;
let plugin: Plugin;
/** The same on the calling thread, which answers at once. */
let here: Plugin;

const FAIL = `(call $set (i32.const 2048) (i32.const 62)) (i64.const -1)`;
const REPORT = '{"code":"NOT_FOUND","message":"no such song","details":{"id":7}}';

beforeAll(async () => {
  engine = await createEngine({ limits: { inputBytes: '8MiB', outputBytes: '8MiB' } });
  const wasm = compilePlugin({
    imports: '(import "env" "error_set" (func $set (param i32 i32)))',
    functions: {
      echo: ECHO,
      copy: `(local $at i32) (local.set $at (call $malloc (local.get $len)))
          (memory.copy (local.get $at) (local.get $ptr) (local.get $len)) (call $pack (local.get $at) (local.get $len))`,
      nothing: '(i64.const 0)',
      length: `(i32.store8 (i32.const 8) (i32.add (i32.const 48) (local.get $len))) (call $pack (i32.const 8) (i32.const 1))`,
      fail: FAIL.replace('62', String(REPORT.length)),
    },
    extra: `(data (i32.const 2048) "${REPORT.replaceAll('"', '\\22')}")`,
    memory: '2 512',
  });
  plugin = await engine.load(wasm);
  here = await engine.load(wasm, { id: 'here', executor: 'inline' });
});
afterAll(() => engine.close());

const values = [
  ['null', null],
  ['a number', -1.5e30],
  ['empty text', ''],
  ['ASCII', 'hello'],
  ['other text', 'Grüße, 漢字 🎵'],
  ['a list', [1, [2, { a: null }]]],
  ['names of objects', JSON.parse('{"__proto__":1,"constructor":2}')],
  ['1 MiB of ASCII', 'x'.repeat(1 << 20)],
  ['1 MiB of other text', '漢'.repeat(350_000)],
] as const;

describe.each(['echo', 'copy'])('JSON in, JSON out: %s', (fn) => {
  test.each(values)('%s', async (_, value) => {
    expect(await plugin.call(fn, value)).toEqual(value);
    expect(here.callSync(fn, value)).toEqual(value);
  });

  test('no input', async () => {
    expect(await plugin.call(fn)).toBeUndefined();
    expect(here.callSync(fn)).toBeUndefined();
  });

  test.each([0, 1, 255, 65_536, 1 << 20])('%i bytes in, as many out', async (size) => {
    const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
    expect(await plugin.callBytes(fn, bytes)).toEqual(bytes);
    expect(here.callBytesSync(fn, bytes)).toEqual(bytes);
  });
});

test('what comes out is a copy', async () => {
  const first = await plugin.callBytes('echo', Uint8Array.of(1, 2, 3));
  await plugin.callBytes('echo', Uint8Array.of(9, 9, 9));
  expect(first).toEqual(Uint8Array.of(1, 2, 3));
  expect(first.buffer.byteLength).toBe(3);
});

test('a Buffer is bytes, too', async () => {
  expect(await plugin.callBytes('echo', Buffer.from('abc'))).toEqual(new TextEncoder().encode('abc'));
});

test('an empty result is `undefined`, an empty input has no length', async () => {
  expect(await plugin.call('nothing', 1)).toBeUndefined();
  expect(await plugin.callBytes('nothing', new Uint8Array(3))).toEqual(new Uint8Array());
  expect(await plugin.call('length')).toBe(0);
  expect(await plugin.callBytes('length', new Uint8Array())).toEqual(Uint8Array.of(48));
});

test('a failure carries the code, the message and the details of the plugin', async () => {
  const error = await failure(() => plugin.call('fail', 1), 'GUEST_ERROR');
  expect(error.message).toBe('`fail` failed: NOT_FOUND: no such song');
  expect(error.details).toMatchObject({
    code: 'NOT_FOUND',
    message: 'no such song',
    details: { id: 7 },
    function: 'fail',
  });
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 'GUEST_ERROR', plugin: 'guest', stage: 'call' });
});

describe('mistakes of the caller', () => {
  test.each(['missing', 'get_info', 'init', 'malloc', 'constructor', '__proto__', ''])(
    'a function %j',
    async (name) => {
      const error = await failure(() => plugin.call(name, 1), 'UNKNOWN_FUNCTION');
      expect(error.message).toContain('echo, copy, nothing, length, fail');
      failureSync(() => here.callSync(name, 1), 'UNKNOWN_FUNCTION');
    },
  );

  test.each([
    ['ecoh', 'Did you mean "echo"? Functions are: echo, copy'],
    ['Copy', 'Did you mean "copy"? '],
    ['quite_different', 'has no function "quite_different". Functions are: '],
  ])('a function %j: which one was meant', async (name, says) => {
    const error = await failure(() => plugin.call(name, 1), 'UNKNOWN_FUNCTION');
    expect(error.message).toContain(says);
    expect(failureSync(() => here.callSync(name, 1), 'UNKNOWN_FUNCTION').message).toContain(says);
  });

  test('a function that another plugin got wrong is not searched for: the work would be the host’s', async () => {
    const options = { fuel: 1000, deadline: performance.now() + 1000, signal: new AbortController().signal };
    const serve = (): Promise<unknown> =>
      plugin.serve('ecoh', new Uint8Array(), { ...options, context: undefined, callers: [], deterministic: undefined });
    expect((await failure(serve, 'UNKNOWN_FUNCTION')).message).not.toContain('Did you mean');
  });

  test('input that JSON cannot carry', async () => {
    await failure(() => plugin.call('echo', 1n), 'INVALID_INPUT');
    failureSync(() => here.callSync('echo', () => 1), 'INVALID_INPUT');
  });

  test('text where bytes are asked for', async () => {
    await failure(() => plugin.callBytes('echo', 'text' as unknown as Uint8Array), 'INVALID_INPUT');
    failureSync(() => here.callBytesSync('echo', [1] as unknown as Uint8Array), 'INVALID_INPUT');
  });

  test('input over its limit, in units and in bytes', async () => {
    for (const input of ['x'.repeat(100), '漢'.repeat(40)]) {
      const error = await failure(() => plugin.call('echo', input, { limits: { inputBytes: 100 } }), 'LIMIT_EXCEEDED');
      expect(error.details).toMatchObject({ limit: 'inputBytes', allowed: 100 });
    }
    await failure(
      () => plugin.callBytes('echo', new Uint8Array(101), { limits: { inputBytes: 100 } }),
      'LIMIT_EXCEEDED',
    );
    expect(await plugin.call('echo', 'x'.repeat(98), { limits: { inputBytes: 100 } })).toHaveLength(98);
  });

  test.each([
    ['an unknown option', { timeout: 5 }],
    ['an unknown limit', { limits: { cpu: 5 } }],
    ['a limit that is fixed at loading', { limits: { memory: '1MiB' } }],
    ['a limit out of range', { limits: { fuel: -1 } }],
    ['a signal that is none', { signal: true }],
  ])('%s', async (_, options) => {
    await failure(() => plugin.call('echo', 1, options as object), 'INVALID_OPTION');
    failureSync(() => here.callSync('echo', 1, options as object), 'INVALID_OPTION');
  });
});
