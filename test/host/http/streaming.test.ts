/** Bodies that are written and read piece by piece. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestGateway } from '../../support/http-gateway.ts';
import { RawServer } from '../../support/raw-server.ts';

const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  '/echo': (request, response) => {
    response.writeHead(200, { 'x-length': request.headers['content-length'] ?? 'chunked' });
    request.pipe(response);
  },
  '/count': (request, response) => {
    let bytes = 0;
    request.on('data', (data: Buffer) => {
      bytes += data.length;
    });
    request.on('end', () => response.end(String(bytes)));
  },
  '/refuse': (_, response) => response.writeHead(413).end('too much'),
  '/again': (_, response) => response.writeHead(307, { location: '/count' }).end(),
  '/see': (_, response) => response.writeHead(303, { location: '/count' }).end(),
};
let server: Server;
let origin = '';
beforeAll(async () => {
  server = createServer((request, response) => routes[request.url ?? '']?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const PIECE = new Uint8Array(64 * 1024).fill(120);
function open(plugin: TestGateway, path: string, base = origin): number {
  const opened = plugin.gateway.open(plugin.call, JSON.stringify({ method: 'POST', url: base + path }));
  expect(opened).toMatchObject({ ok: true });
  return 'exchange' in opened ? opened.exchange : 0;
}

test('a body written in pieces arrives whole', async () => {
  await using plugin = new TestGateway({ granted: [origin] });
  const exchange = open(plugin, '/count');
  for (let i = 0; i < 10; i++) {
    expect(await plugin.gateway.write(plugin.call, exchange, PIECE)).toEqual({ ok: true, wanted: true });
  }
  expect(await plugin.gateway.write(plugin.call, exchange, new Uint8Array(0))).toEqual({ ok: true, wanted: true });
  expect(await plugin.gateway.finish(plugin.call, exchange)).toMatchObject({ ok: true, status: 200 });
  const body = await plugin.drain(exchange);
  expect(body.ok && body.bytes.toString()).toBe(String(10 * PIECE.length));
  expect(plugin.events).toMatchObject([{ status: 200, requestBytes: 10 * PIECE.length, responseBytes: 6 }]);
});

test('writing and reading go side by side', async () => {
  await using plugin = new TestGateway({ granted: [origin] });
  const exchange = open(plugin, '/echo');
  await plugin.gateway.write(plugin.call, exchange, Buffer.from('one '));
  await plugin.gateway.write(plugin.call, exchange, Buffer.from('two'));
  expect(await plugin.gateway.finish(plugin.call, exchange)).toMatchObject({
    status: 200,
    headers: expect.stringContaining('"x-length":"chunked"'),
  });
  const body = await plugin.drain(exchange);
  expect(body.ok && body.bytes.toString()).toBe('one two');
});

test('a body of no pieces is a body', async () => {
  await using plugin = new TestGateway({ granted: [origin] });
  const exchange = open(plugin, '/count');
  expect(await plugin.gateway.finish(plugin.call, exchange)).toMatchObject({ status: 200 });
  const body = await plugin.drain(exchange);
  expect(body.ok && body.bytes.toString()).toBe('0');
});

test('a server that does not read makes the plugin wait, and fills no memory', async () => {
  await using silent = await RawServer.start((socket) => socket.pause());
  await using plugin = new TestGateway({
    granted: [silent.origin],
    limits: { httpRequestBytes: '1GiB', httpTimeoutMs: 500 },
  });
  const exchange = open(plugin, '/', silent.origin);
  let written = 0;
  let answer: object = { ok: true };
  while ('ok' in answer && answer.ok === true) {
    answer = await plugin.gateway.write(plugin.call, exchange, PIECE);
    written += PIECE.length;
  }
  expect(answer).toMatchObject({ code: 'TIMEOUT' });
  expect(written).toBeLessThan(64 * 2 ** 20);
});

test('a body over its limit ends the request', async () => {
  await using plugin = new TestGateway({ granted: [origin], limits: { httpRequestBytes: 100_000 } });
  const exchange = open(plugin, '/count');
  expect(await plugin.gateway.write(plugin.call, exchange, PIECE)).toMatchObject({ ok: true });
  expect(await plugin.gateway.write(plugin.call, exchange, PIECE)).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('`httpRequestBytes`'),
  });
  expect(await plugin.gateway.finish(plugin.call, exchange)).toMatchObject({ code: 'INVALID_HANDLE' });
});

test('a server that answers before the end is heard', async () => {
  await using plugin = new TestGateway({ granted: [origin], limits: { httpRequestBytes: '1GiB' } });
  const exchange = open(plugin, '/refuse');
  let wanted = true;
  for (let i = 0; i < 5 && wanted; i++) {
    const written = await plugin.gateway.write(plugin.call, exchange, PIECE);
    wanted = written.ok && written.wanted;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await plugin.gateway.finish(plugin.call, exchange)).toMatchObject({ status: 413 });
  const body = await plugin.drain(exchange);
  expect(body.ok && body.bytes.toString()).toBe('too much');
});

describe('a redirect', () => {
  test('that wants the body again is not followed', async () => {
    await using plugin = new TestGateway({ granted: [origin] });
    const exchange = open(plugin, '/again');
    await plugin.gateway.write(plugin.call, exchange, PIECE);
    expect(await plugin.gateway.finish(plugin.call, exchange)).toMatchObject({
      code: 'REDIRECT',
      message: expect.stringContaining('cannot be sent again'),
    });
  });

  test('that wants no body is', async () => {
    await using plugin = new TestGateway({ granted: [origin] });
    const exchange = open(plugin, '/see');
    await plugin.gateway.write(plugin.call, exchange, PIECE);
    expect(await plugin.gateway.finish(plugin.call, exchange)).toMatchObject({ status: 200, url: `${origin}/count` });
  });
});

describe('a request that fails while it is written', () => {
  test('says why when the next piece comes', async () => {
    await using breaking = await RawServer.start((socket) => socket.resetAndDestroy());
    await using plugin = new TestGateway({ granted: [breaking.origin], limits: { httpRequestBytes: '1GiB' } });
    const exchange = open(plugin, '/', breaking.origin);
    let answer: object = { ok: true };
    while ('ok' in answer && answer.ok === true) answer = await plugin.gateway.write(plugin.call, exchange, PIECE);
    expect(answer).toMatchObject({ code: 'NETWORK' });
  });

  test('says why when it is finished', async () => {
    await using plugin = new TestGateway({ granted: ['http://127.0.0.1:1'] });
    const exchange = open(plugin, '/', 'http://127.0.0.1:1');
    expect(await plugin.gateway.finish(plugin.call, exchange)).toMatchObject({ code: 'NETWORK' });
  });
});

test.each([
  ['a method without a body', { method: 'GET' }, 'INVALID_REQUEST'],
  ['an origin that is not granted', { url: 'http://elsewhere.test/' }, 'PERMISSION_DENIED'],
])('%s is refused when it is opened', async (_, head, code) => {
  await using plugin = new TestGateway({ granted: [origin] });
  expect(plugin.gateway.open(plugin.call, JSON.stringify({ method: 'POST', url: origin, ...head }))).toMatchObject({
    code,
  });
});

test('what is not open for it can be neither written, finished nor read', async () => {
  await using plugin = new TestGateway({ granted: [origin] });
  const sent = await plugin.send(`${origin}/echo`);
  const exchange = sent.ok ? sent.exchange : 0;
  expect(await plugin.gateway.write(plugin.call, exchange, PIECE)).toMatchObject({ code: 'INVALID_HANDLE' });
  const opened = open(plugin, '/count');
  expect(await plugin.gateway.read(plugin.call, opened, 10)).toMatchObject({ code: 'INVALID_HANDLE' });
  expect(await plugin.gateway.finish(plugin.call, 99)).toMatchObject({ code: 'INVALID_HANDLE' });
});

test('a request that is open when its call ends is cut, and its writer told', async () => {
  let held: Socket | undefined;
  await using silent = await RawServer.start((socket) => {
    held = socket.pause();
  });
  await using plugin = new TestGateway({ granted: [silent.origin], limits: { httpRequestBytes: '1GiB' } });
  const { call } = plugin;
  const exchange = open(plugin, '/', silent.origin);
  const writing = (async () => {
    for (;;) {
      const written = await plugin.gateway.write(call, exchange, PIECE);
      if (!written.ok) return written;
    }
  })();
  await expect.poll(() => held).toBeDefined();
  call.end();
  expect(await writing).toMatchObject({ ok: false });
  held?.resume();
  await expect.poll(() => silent.connections).toBe(0);
});
