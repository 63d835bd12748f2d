import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type LimitsInput, type LogEntry, type Plugin } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { failure, failureSync } from '../support/errors.ts';
import { httpPlugin } from '../support/http-guest.ts';

let server: Server;
let origin = '';
let engine: Engine;
const entries: LogEntry[] = [];

const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  '/fast': (_, response) => response.end('"hello, 漢字"'),
  '/hello': (_, response) => response.end('"hello, 漢字"'),
  '/echo': (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () =>
      response.end(
        JSON.stringify({ method: request.method, headers: request.headers, body: Buffer.concat(parts).toString() }),
      ),
    );
  },
  '/teapot': (_, response) => response.writeHead(418).end('{}'),
  '/headers': (_, response) => response.writeHead(200, { 'X-One': ['a', 'b'], 'Set-Cookie': 'session=1' }).end(),
  '/redirect': (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/secret' }).end('moved'),
  '/circle': (_, response) => response.writeHead(302, { location: '/circle' }).end('moved'),
  '/slow': (_, response) => setTimeout(() => response.end('"hello, 漢字"'), 150),
  '/large': (_, response) => response.end(`"${'x'.repeat(3_000_000)}"`),
  '/endless': (_, response) => {
    const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
    response.on('close', () => clearInterval(timer));
  },
  '/silent': () => {},
  '/breaks': (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setTimeout(() => response.destroy(), 5);
  },
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const route = routes[request.url ?? ''];
    if (route === undefined) response.writeHead(404).end('{}');
    else route(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  engine = await createEngine({ logger: { log: (entry) => entries.push(entry) }, limits: { outputBytes: '8MiB' } });
});
afterAll(async () => {
  await engine?.close();
  server.closeAllConnections();
  server.close();
});

test.runIf(!canSuspend)('a plugin that waits is refused where nothing can be suspended', async () => {
  const error = await failure(
    () => engine.load(httpPlugin('http://127.0.0.1:*'), { executor: 'inline', grants: { http: true } }),
    'UNSUPPORTED_PLATFORM',
  );
  expect(error.message).toContain('http_request, http_read');
});

describe.runIf(canSuspend).each(['inline', 'worker'] as const)('http (%s)', (executor) => {
  let plugin: Plugin;
  const load = (limits: LimitsInput = {}, id = 'http'): Promise<Plugin> =>
    engine.load(httpPlugin('http://127.0.0.1:*'), { id, executor, grants: { http: [origin] }, limits });
  const get = (path: string): { url: string } => ({ url: origin + path });

  beforeAll(async () => {
    plugin = await load();
  });
  afterAll(() => plugin.unload());

  test('looks synchronous to the guest', async () => {
    expect(await plugin.call('fetch', get('/hello'))).toBe('hello, 漢字');
    expect(await plugin.call('status', get('/teapot'))).toBe(418);
    expect(await plugin.call('status', get('/none'))).toBe(404);
  });

  test('method, headers and body are what the guest says', async () => {
    const head = {
      method: 'POST',
      url: `${origin}/echo`,
      headers: { 'X-Mine': 'é', 'content-type': 'application/json' },
    };
    const echo = (await plugin.call('post', head)) as { method: string; headers: Record<string, string>; body: string };
    expect(echo.method).toBe('POST');
    expect(echo.headers['x-mine']).toBe('é');
    expect(JSON.parse(echo.body)).toEqual(head);
    expect(echo.headers.host).toBe(new URL(origin).host);
  });

  test('response headers, without cookies', async () => {
    expect(await plugin.call('headers', get('/headers'))).toMatchObject({ 'x-one': 'a, b' });
    expect(await plugin.call('headers', get('/headers'))).not.toHaveProperty('set-cookie');
  });

  test('a body in many pieces', async () => {
    expect(await plugin.call('fetch', get('/large'))).toHaveLength(3_000_000);
  });

  test('requests are counted, and their usage is told', async () => {
    const { usage } = await plugin.invoke('fetch', get('/hello'));
    expect(usage.httpRequests).toEqual({ used: 1, limit: 20 });
    expect(usage.fuel.used).toBeGreaterThan(20_000);
  });

  test('waiting costs no fuel, and time runs on', async () => {
    const [quick, slow] = [await plugin.invoke('fetch', get('/fast')), await plugin.invoke('fetch', get('/slow'))];
    expect(slow.value).toEqual(quick.value);
    expect(slow.usage.fuel.used).toBe(quick.usage.fuel.used);
    expect(slow.usage.wallMs.used).toBeGreaterThan(100);
  });

  test('calls that wait do not block each other', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => plugin.call('fetch', get('/hello'))));
    expect(new Set(results)).toEqual(new Set(['hello, 漢字']));
  });

  describe('failures that the plugin can handle', () => {
    test.each([
      ['an origin that is not granted', { url: 'http://127.0.0.1:1/' }, 'PERMISSION_DENIED'],
      ['an origin that the manifest does not ask for', { url: 'https://example.com/' }, 'PERMISSION_DENIED'],
      ['no URL', {}, 'INVALID_REQUEST'],
      ['a header of the host', { headers: { host: 'x' } }, 'INVALID_REQUEST'],
      ['a redirect to where it may not go', { path: '/redirect' }, 'PERMISSION_DENIED'],
      ['a redirect to itself', { path: '/circle' }, 'REDIRECT'],
      ['a body that breaks off', { path: '/breaks' }, 'NETWORK'],
    ])('%s', async (_, { path, ...head }: { path?: string; url?: string; headers?: object }, code) => {
      const url =
        head.url ?? (path === undefined && head.headers === undefined ? undefined : origin + (path ?? '/hello'));
      expect(await plugin.call('fetch', { ...head, url })).toEqual({ code, message: expect.any(String) });
    });

    test('a server that is not there', async () => {
      const own = await engine.load(httpPlugin('http://127.0.0.1:*'), {
        id: 'nowhere',
        executor,
        grants: { http: ['http://127.0.0.1:1'] },
      });
      expect(await own.call('fetch', { url: 'http://127.0.0.1:1/' })).toMatchObject({ code: 'NETWORK' });
      await own.unload();
    });

    test('a refusal prints the line to add, also into the log', async () => {
      const answer = (await plugin.call('fetch', { url: 'http://127.0.0.1:1/' })) as { message: string };
      expect(answer.message).toContain('"http": ["http://127.0.0.1:1"]');
      expect(entries.at(-1)).toMatchObject({
        level: 'warn',
        source: 'engine',
        plugin: 'http',
        message: expect.stringContaining(answer.message),
      });
    });

    test.each<[string, LimitsInput, string, object, string]>([
      ['a response over its limit', { httpResponseBytes: 1_000 }, 'fetch', { path: '/large' }, 'httpResponseBytes'],
      ['a response without end', { httpResponseBytes: 100_000 }, 'fetch', { path: '/endless' }, 'httpResponseBytes'],
      ['a request over its limit', { httpRequestBytes: 10 }, 'post', { path: '/echo' }, 'httpRequestBytes'],
      ['requests without end', { httpRequests: 3 }, 'many', { path: '/hello' }, 'httpRequests'],
    ])('%s', async (_, limits, fn, { path }: { path?: string }, limit) => {
      const own = await load(limits, 'limited');
      try {
        expect(await own.call(fn, { url: origin + path })).toMatchObject({
          code: 'LIMIT_EXCEEDED',
          message: expect.stringContaining(`\`${limit}\``),
        });
      } finally {
        await own.unload();
      }
    });

    test('more requests at the same time than allowed', async () => {
      const own = await load({ httpConcurrent: 2, timeoutMs: 1_000 }, 'limited');
      const waiting = [1, 2].map(() => failure(() => own.call('fetch', get('/silent')), 'CLOSED'));
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(await own.call('fetch', get('/hello'))).toMatchObject({ code: 'BUSY' });
      await own.unload({ deadlineMs: 0 });
      await Promise.all(waiting);
    });
  });

  describe('a server that never answers', () => {
    test('is given up at the deadline of the call', async () => {
      await failure(() => plugin.call('fetch', get('/silent'), { limits: { timeoutMs: 40 } }), 'DEADLINE_EXCEEDED');
      expect(await plugin.call('fetch', get('/hello'))).toBe('hello, 漢字');
    });

    test('is given up when the call is aborted', async () => {
      const error = await failure(
        () => plugin.call('fetch', get('/silent'), { signal: AbortSignal.timeout(20) }),
        'CANCELLED',
      );
      expect(error.details.usage).toMatchObject({ httpRequests: { used: 1 } });
      expect(await plugin.call('fetch', get('/hello'))).toBe('hello, 漢字');
    });

    test('is given up when the plugin is unloaded', async () => {
      const own = await load({}, 'leaving');
      const waiting = failure(() => own.call('fetch', get('/silent')), 'CLOSED');
      await new Promise((resolve) => setTimeout(resolve, 20));
      await own.unload({ deadlineMs: 0 });
      await waiting;
    });
  });

  test('responses that a call leaves open are closed with it', async () => {
    const own = await load({ httpConcurrent: 1, instances: 1 }, 'leaving');
    for (let i = 0; i < 5; i++) expect(await own.call('leave', get('/endless'))).toBe(200);
    await own.unload();
  });

  test('a synchronous call is refused: there the plugin cannot wait', () => {
    const error = failureSync(() => plugin.callSync('fetch', get('/hello')), 'UNSUPPORTED_PLATFORM');
    expect(error.message).toContain('Use call()');
  });

  test('a request from inside malloc ends the call, whatever the guest catches', async () => {
    const waiting = httpPlugin('http://127.0.0.1:*', {
      functions: { echo: '(call $pack (local.get $ptr) (local.get $len))' },
      imports: '(import "env" "http_request" (func $request (param i32 i32 i32 i32) (result i32)))',
      extra: '(global $calls (mut i32) (i32.const 0))',
      replace: {
        malloc: `(func $malloc (export "malloc") (param $size i32) (result i32)
          (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
          (if (i32.gt_u (global.get $calls) (i32.const 2)) (then
            (try (do (drop (call $request (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))) (catch_all))))
          (i32.mul (global.get $calls) (i32.const 4096)))`,
      },
    });
    const own = await engine.load(waiting, { id: 'malloc', executor, grants: { http: [origin] } });
    const error = await failure(() => own.call('echo', 'x'), 'TRAP');
    expect(error.details).toMatchObject({ kind: 'cannot wait', import: 'http_request' });
    await own.unload();
  });
});
