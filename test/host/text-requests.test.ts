/** `http_fetch` and `kv_request`: one JSON text in, one out, under the rules of the services behind them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '../../engine/index.ts';
import { packedLength, packedPointer, unpack } from '../../engine/memory/packed.ts';
import { EXECUTORS } from '../../engine/options.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { HostProbe, type ProbeOptions } from '../support/host-probe.ts';
import { compilePlugin } from '../support/wat.ts';

let server: Server;
let origin = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/large') response.end('x'.repeat(300_000));
      else response.setHeader('x-answer', 'yes').end(`${request.method} ${Buffer.concat(parts).toString()} 漢字`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const ASK = (name: string): string => `(local $answer i64)
  (local.set $answer (call $${name} (local.get $ptr) (local.get $len)))
  (if (i64.eq (local.get $answer) (i64.const -1)) (then (return (call $error))))
  (local.get $answer)`;

const plugin = (): Uint8Array<ArrayBuffer> =>
  compilePlugin({
    memory: '4 400',
    imports: `(import "env" "http_fetch" (func $fetch (param i32 i32) (result i64)))
      (import "env" "kv_request" (func $kv (param i32 i32) (result i64)))
      (import "env" "host_error" (func $error (result i64)))`,
    functions: { fetch: ASK('fetch'), kv: ASK('kv') },
    manifest: { permissions: { http: [{ host: origin, methods: ['GET', 'POST'], reason: 'test' }], kv: true } },
  });
const grants = () => ({ http: [{ host: origin, methods: ['GET', 'POST'], allowPrivate: true }], kv: true as const });

test.runIf(canSuspend).each(EXECUTORS)(
  'a request is sent and its answer is one text, in the executor %s',
  async (executor) => {
    await using engine = await createEngine({ executor, limits: { outputBytes: '1MiB' } });
    const it = await engine.load(plugin(), { grants: grants() });
    const answer = await it.call('fetch', { url: `${origin}/a`, method: 'POST', body: 'body' });
    expect(answer).toMatchObject({
      status: 200,
      url: `${origin}/a`,
      body: 'POST body 漢字',
      headers: { 'x-answer': 'yes' },
    });
    expect(await it.call('fetch', { url: `${origin}/large` })).toMatchObject({
      status: 200,
      body: 'x'.repeat(300_000),
    });
    expect(await it.call('fetch', { url: 'http://example.com/' })).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await it.call('kv', { op: 'set', key: 'a', value: 'one' })).toEqual({ done: true, version: 1 });
    expect(await it.call('kv', { op: 'get', key: 'a' })).toEqual({ value: 'one', version: 1 });
  },
);

const probe = (options: ProbeOptions = {}) => {
  const it = new HostProbe({ limits: { hostCalls: 100_000, ...options.limits }, ...options });
  return (name: 'kv_request' | 'http_fetch', request: unknown): unknown => {
    const text = typeof request === 'string' ? request : JSON.stringify(request);
    const at = it.text(text);
    const packed = it.call(name, ...at) as bigint;
    if (packed === -1n) return JSON.parse(it.taken('host_error') ?? 'null');
    unpack(packed);
    return JSON.parse(it.memory.readText(packedPointer(), packedLength(), name));
  };
};

describe('kv_request', () => {
  test('sets, gets, lists and deletes, with versions', () => {
    const ask = probe();
    expect(ask('kv_request', { op: 'get', key: 'a' })).toEqual({ value: null, version: 0 });
    expect(ask('kv_request', { op: 'set', key: 'a', value: 'x', expected: 0 })).toEqual({ done: true, version: 1 });
    expect(ask('kv_request', { op: 'set', key: 'a', value: 'y', expected: 0 })).toMatchObject({ done: false });
    expect(ask('kv_request', { op: 'list' })).toEqual({ keys: ['a'] });
    expect(ask('kv_request', { op: 'delete', key: 'a', expected: 1 })).toMatchObject({ done: true });
    expect(ask('kv_request', { op: 'delete', key: 'a' })).toMatchObject({ done: false });
  });

  test.each([
    'no JSON',
    '[]',
    'null',
    '{}',
    '{"op":"constructor"}',
    '{"op":"__proto__"}',
    '{"op":"get"}',
    '{"op":"get","key":1}',
    '{"op":"set","key":"a","value":{}}',
    '{"op":"set","key":"a","value":"x","ttlMs":"1"}',
    '{"op":"set","key":"a","value":"x","expected":"1"}',
    '{"op":"list","limit":"1"}',
    `[${'['.repeat(20)}${']'.repeat(20)}]`,
  ])('%s is answered with what was expected', (request) => {
    expect(probe()('kv_request', request)).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('keys and values over their limits are refused', () => {
    const ask = probe({ limits: { kvKeyBytes: 10, kvValueBytes: 10 } });
    expect(ask('kv_request', { op: 'get', key: 'x'.repeat(11) })).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(ask('kv_request', { op: 'get', key: '漢漢漢漢' })).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(ask('kv_request', { op: 'set', key: 'a', value: 'x'.repeat(11) })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(ask('kv_request', { op: 'get', key: 'x'.repeat(200_000) })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('http_fetch', () => {
  test.each(['no JSON', '[]', '{"body":1,"url":"http://a"}'])('%s is no request', (request) => {
    expect(probe()('http_fetch', request)).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('a body over its limit is refused before it is sent', () => {
    const ask = probe({ limits: { httpRequestBytes: 10 } });
    expect(ask('http_fetch', { url: 'http://a', body: 'x'.repeat(11) })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});
