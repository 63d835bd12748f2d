/** Servers that mean harm: what they do ends with the request, in an answer that the plugin can read. */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Fetched, TestGateway } from '../../support/http-gateway.ts';
import { RawServer } from '../../support/raw-server.ts';

const HEAD = 'HTTP/1.1 200 OK\r\n';

/** What a plugin gets from a server that says this. */
async function from(server: RawServer, head: object = {}, limits: object = {}): Promise<Fetched> {
  await using plugin = new TestGateway({ granted: [server.origin], limits: { httpResponseBytes: '1MiB', ...limits } });
  return await plugin.fetch({ url: `${server.origin}/`, timeoutMs: 5_000, ...head });
}
async function said(...parts: readonly (string | Buffer)[]): Promise<Fetched> {
  await using server = await RawServer.start((socket) => {
    for (const part of parts) socket.write(part);
    socket.end();
  });
  return await from(server);
}
/** The same, by a server that does not close the connection. */
async function saidAndWaits(...parts: readonly (string | Buffer)[]): Promise<Fetched> {
  await using server = await RawServer.answering(...parts);
  return await from(server, { timeoutMs: 300 });
}

describe('time', () => {
  test('a server that never answers', async () => {
    await using server = await RawServer.start(() => {});
    expect(await from(server, { timeoutMs: 50 })).toMatchObject({ ok: false, code: 'TIMEOUT' });
  });

  test('a server that never answers, by the limit of the operator', async () => {
    await using server = await RawServer.start(() => {});
    expect(await from(server, {}, { httpTimeoutMs: 50 })).toMatchObject({ code: 'TIMEOUT' });
  });

  test('a server that drips its head', async () => {
    await using server = await RawServer.start((socket) => drip(socket, 'H'.repeat(10_000).replace(/^H{5}/, 'HTTP/')));
    expect(await from(server, { timeoutMs: 100 })).toMatchObject({ ok: false });
  });

  test('a server that drips header lines', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(HEAD);
      drip(socket, 'x-slow: 1\r\n'.repeat(1_000));
    });
    expect(await from(server, { timeoutMs: 100 })).toMatchObject({ code: 'TIMEOUT' });
  });

  test('a server that drips its body', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}content-length: 10000\r\n\r\n`);
      drip(socket, 'x'.repeat(10_000));
    });
    expect(await from(server, { timeoutMs: 100 })).toMatchObject({ status: 200, code: 'TIMEOUT' });
  });

  test('a server that sends interim answers for ever', async () => {
    await using server = await RawServer.start((socket) =>
      drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(10_000), 29),
    );
    expect(await from(server, { timeoutMs: 100 })).toMatchObject({ code: 'TIMEOUT' });
  });

  test('a call that ends while a server drips lets go of it', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}content-length: 10000\r\n\r\n`);
      drip(socket, 'x'.repeat(10_000));
    });
    await using plugin = new TestGateway({ granted: [server.origin] });
    expect(await plugin.send(`${server.origin}/`)).toMatchObject({ status: 200 });
    expect(server.connections).toBe(1);
    plugin.nextCall();
    await expect.poll(() => server.connections).toBe(0);
    expect(plugin.events).toHaveLength(1);
  });
});

describe('size', () => {
  test('a server that sends a gigabyte', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}content-length: ${2 ** 30}\r\n\r\n`);
      flood(socket, 2 ** 30);
    });
    const before = process.memoryUsage().rss;
    expect(await from(server)).toMatchObject({
      status: 200,
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('`httpResponseBytes`'),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  test('a server that sends without end', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}\r\n`);
      flood(socket, Number.POSITIVE_INFINITY);
    });
    expect(await from(server)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  test('a server that sends a gigabyte to a plugin that does not read waits', async () => {
    let written = 0;
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}content-length: ${2 ** 30}\r\n\r\n`);
      flood(socket, 2 ** 30, (bytes) => {
        written += bytes;
      });
    });
    await using plugin = new TestGateway({ granted: [server.origin], limits: { httpResponseBytes: '1GiB' } });
    expect(await plugin.send(server.origin)).toMatchObject({ status: 200 });
    let last = -1;
    while (written !== last) {
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // What fits into the buffers of both sockets, no more.
    expect(written).toBeLessThan(64 * 2 ** 20);
  });

  test.each([
    ['gzip', gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 9 })],
    ['deflate', deflateSync(Buffer.alloc(64 * 2 ** 20), { level: 9 })],
    ['br', brotliCompressSync(Buffer.alloc(64 * 2 ** 20))],
  ])('a bomb in %s', async (encoding, bomb) => {
    expect(bomb.length).toBeLessThan(100_000);
    const answer = await said(`${HEAD}content-encoding: ${encoding}\r\ncontent-length: ${bomb.length}\r\n\r\n`, bomb);
    expect(answer).toMatchObject({
      status: 200,
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('`httpResponseBytes`'),
    });
  });

  test('a bomb inside a bomb', async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(64 * 2 ** 20)));
    const answer = await said(`${HEAD}content-encoding: gzip, gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`, bomb);
    expect(answer).toMatchObject({ code: 'BAD_RESPONSE' });
  });

  test('compressed bytes that decode to nothing, for ever', async () => {
    const nothing = gzipSync(Buffer.alloc(0));
    const part = Buffer.concat(Array<Buffer>(1_000).fill(nothing));
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}content-encoding: gzip\r\n\r\n`);
      flood(socket, Number.POSITIVE_INFINITY, () => {}, part);
    });
    expect(await from(server)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('compressed'),
    });
  });

  test('10,000 headers', async () => {
    const headers = Array.from({ length: 10_000 }, (_, i) => `h${i}: x\r\n`).join('');
    expect(await said(`${HEAD}${headers}content-length: 0\r\n\r\n`)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  test('10,000 times the same header', async () => {
    expect(await said(`${HEAD}${'a:\r\n'.repeat(10_000)}content-length: 0\r\n\r\n`)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  test('300 short headers', async () => {
    expect(await said(`${HEAD}${'a:b\r\n'.repeat(300)}content-length: 0\r\n\r\n`)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('headers'),
    });
  });

  test('one header of a megabyte', async () => {
    expect(await said(`${HEAD}a: ${'x'.repeat(2 ** 20)}\r\ncontent-length: 0\r\n\r\n`)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  test('trailers of a megabyte', async () => {
    const trailers = `a: ${'x'.repeat(1_000)}\r\n`.repeat(1_000);
    const answer = await said(`${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailers}\r\n`);
    expect(answer).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  describe('what is no part of an answer has an end, too:', () => {
    const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
    test.each<[string, string, string]>([
      ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)],
      ['interim answers with headers', '', `HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(8_000)}\r\n\r\n`],
      ['line ends before the answer', '', '\r\n'.repeat(10_000)],
      ['a reason phrase', 'HTTP/1.1 200 ', 'x'.repeat(20_000)],
      ['spaces before the value of a header', `${HEAD}a: `, ' '.repeat(20_000)],
      ['zeros of a chunk size', CHUNKED, '0'.repeat(20_000)],
      ['an extension of a chunk', `${CHUNKED}2;`, 'x'.repeat(20_000)],
      ['extensions of tiny chunks', CHUNKED, `1;${'x'.repeat(8_000)}\r\nx\r\n`],
    ])('%s', async (_, beginning, endless) => {
      await using server = await RawServer.start((socket) => {
        socket.write(beginning);
        flood(socket, Number.POSITIVE_INFINITY, () => {}, Buffer.from(endless));
      });
      expect(await from(server)).toMatchObject({
        ok: false,
        code: 'LIMIT_EXCEEDED',
        message: expect.stringContaining('framing included'),
      });
    });

    test('also while the plugin goes on writing its request', async () => {
      const interim = Buffer.from(`HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(8_000)}\r\n\r\n`);
      await using server = await RawServer.start((socket) =>
        // A little for each piece that comes, so that whoever counts from one to the next never sees much.
        socket.on('data', () => socket.write(interim)),
      );
      await using plugin = new TestGateway({ granted: [server.origin], limits: { httpResponseBytes: 1_000 } });
      const opened = plugin.gateway.open(plugin.call, JSON.stringify({ method: 'POST', url: server.origin }));
      const exchange = 'exchange' in opened ? opened.exchange : 0;
      let written: Awaited<ReturnType<typeof plugin.gateway.write>> | undefined;
      for (let i = 0; i < 1_000 && written?.ok !== false; i++) {
        written = await plugin.gateway.write(plugin.call, exchange, Uint8Array.of(120));
        await immediate();
      }
      expect(written).toMatchObject({ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('framing included') });
    });

    test('and it is counted anew for each request of a connection', async () => {
      await using server = await RawServer.answering(`${HEAD}content-length: 100000\r\n\r\n`, 'x'.repeat(100_000));
      await using plugin = new TestGateway({ granted: [server.origin], limits: { httpResponseBytes: 100_000 } });
      for (let i = 0; i < 20; i++) expect((await plugin.fetch(server.origin)).body).toHaveLength(100_000);
      // One connection may bring less than a quarter of that at a time.
      expect(server.received.length).toBeLessThan(4);
    });
  });

  test('a status line of a megabyte', async () => {
    const answer = await said(`HTTP/1.1 200 ${'x'.repeat(2 ** 20)}\r\ncontent-length: 2\r\n\r\nok`);
    expect(answer.headers).toEqual({ 'content-length': '2' });
  });
});

describe('lies about length', () => {
  test('less than promised, and the connection closes', async () => {
    expect(await said(`${HEAD}content-length: 100\r\n\r\nhalf`)).toMatchObject({ status: 200, ok: false });
  });

  test('less than promised, and the connection stays open', async () => {
    expect(await saidAndWaits(`${HEAD}content-length: 100\r\n\r\nhalf`)).toMatchObject({
      status: 200,
      code: 'TIMEOUT',
    });
  });

  test('more than promised: what is too much is not given to anybody', async () => {
    await using server = await RawServer.answering(
      `${HEAD}content-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged`,
    );
    await using plugin = new TestGateway({ granted: [server.origin] });
    for (let i = 0; i < 3; i++)
      expect((await plugin.fetch({ url: server.origin, timeoutMs: 1_000 })).body ?? '').not.toContain('forged');
  });

  test('an answer before it was asked for is not taken for one', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}content-length: 2\r\n\r\nok`);
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged'), 20);
    });
    await using plugin = new TestGateway({ granted: [server.origin] });
    expect(await plugin.fetch(server.origin)).toMatchObject({ body: 'ok' });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await plugin.fetch(server.origin)).toMatchObject({ body: 'ok' });
  });

  test('a body where there is none: HEAD', async () => {
    await using server = await RawServer.answering(`${HEAD}content-length: 6\r\n\r\nforged`);
    await using plugin = new TestGateway({ granted: [server.origin] });
    expect(await plugin.fetch({ method: 'HEAD', url: server.origin })).toMatchObject({ status: 200, body: '' });
    expect(await plugin.fetch({ method: 'HEAD', url: server.origin })).toMatchObject({ status: 200, body: '' });
  });

  test.each([204, 304])('a body where there is none: status %i', async (status) => {
    await using server = await RawServer.answering(`HTTP/1.1 ${status} X\r\ncontent-length: 6\r\n\r\nforged`);
    await using plugin = new TestGateway({ granted: [server.origin] });
    expect(await plugin.fetch(server.origin)).toMatchObject({ status, body: '' });
    expect(await plugin.fetch(server.origin)).toMatchObject({ status, body: '' });
  });

  test.each([
    ['cut off', gzipSync('hello').subarray(0, 15)],
    ['of something else', Buffer.from('this is no gzip at all')],
    ['with a wrong checksum', Buffer.concat([gzipSync('hello').subarray(0, -8), Buffer.alloc(8)])],
  ])('a compressed body %s', async (_, body) => {
    const answer = await said(`${HEAD}content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`, body);
    expect(answer).toMatchObject({ status: 200, code: 'BAD_RESPONSE' });
  });

  test.each(['zip', 'zstd', 'compress', 'gzip, br', 'aws-chunked'])(
    'an encoding that nobody asked for: %s',
    async (encoding) => {
      expect(await said(`${HEAD}content-encoding: ${encoding}\r\ncontent-length: 2\r\n\r\nok`)).toMatchObject({
        code: 'BAD_RESPONSE',
      });
    },
  );

  test('trailers are not taken for headers', async () => {
    const answer = await said(
      `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nlocation: /x\r\nset-cookie: a=b\r\n\r\n`,
    );
    expect(answer).toMatchObject({ ok: true, body: 'ok', headers: { 'transfer-encoding': 'chunked' } });
    expect(Object.keys(answer.headers ?? {})).toEqual(['transfer-encoding']);
  });
});

describe('answers that are not HTTP/1.1, or could be read in two ways', () => {
  test.each([
    ['both lengths', `${HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    [
      'both lengths, the other way round',
      `${HEAD}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    ],
    ['two lengths', `${HEAD}content-length: 2\r\ncontent-length: 4\r\n\r\nokok`],
    ['a list of lengths', `${HEAD}content-length: 2, 4\r\n\r\nokok`],
    ['a negative length', `${HEAD}content-length: -1\r\n\r\nok`],
    ['a length with a sign', `${HEAD}content-length: +2\r\n\r\nok`],
    ['a hexadecimal length', `${HEAD}content-length: 0x2\r\n\r\nok`],
    ['a length beyond all numbers', `${HEAD}content-length: 99999999999999999999999\r\n\r\nok`],
    ['a chunk with a negative size', `${HEAD}transfer-encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n`],
    ['a chunk whose size overflows', `${HEAD}transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nok\r\n0\r\n\r\n`],
    ['a chunk without its end', `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nokXX0\r\n\r\n`],
    ['a chunk size that is no number', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n`],
    ['chunks that break off', `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n`],
    ['a header without a colon', `${HEAD}oops\r\ncontent-length: 2\r\n\r\nok`],
    ['a space before the colon', `${HEAD}content-length : 2\r\n\r\nok`],
    ['NUL in a header', `${HEAD}a: x\0y\r\ncontent-length: 2\r\n\r\nok`],
    ['a lone carriage return in a header', `${HEAD}a: x\ry\r\ncontent-length: 2\r\n\r\nok`],
    ['a header name with a space', `${HEAD}a b: x\r\ncontent-length: 2\r\n\r\nok`],
    ['no status', 'HTTP/1.1\r\ncontent-length: 2\r\n\r\nok'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\ncontent-length: 2\r\n\r\nok'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\ncontent-length: 2\r\n\r\nok'],
    ['HTTP/0.9', '<html>ok</html>'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['frames of HTTP/2', Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])],
    ['a greeting of another protocol', '220 mail.example.com ESMTP\r\n'],
    ['a request', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    ],
    [
      'interim status 100 that nobody asked for',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
    ],
    ['nothing', ''],
    ['line ends', '\r\n\r\n\r\n'],
    ['NULs', Buffer.alloc(1_000)],
  ])('%s', async (name, text) => {
    const answer = await said(text);
    const isCutOff = /^(?:nothing|line ends|chunks that break off|an upgrade|interim status)/.test(name);
    expect(answer).toMatchObject({ ok: false, code: isCutOff ? 'NETWORK' : 'BAD_RESPONSE' });
    expect(answer.body).toBeUndefined();
  });

  test('transfer encodings that are not chunked last are not taken for a length', async () => {
    const answer = await said(`${HEAD}transfer-encoding: chunked, identity\r\n\r\n2\r\nok\r\n0\r\n\r\n`);
    if (answer.ok) expect(answer.body).toBe('2\r\nok\r\n0\r\n\r\n');
    else expect(answer.code).toBe('BAD_RESPONSE');
  });

  test('folded header lines do not make two headers of one', async () => {
    const answer = await said(`${HEAD}a: x\r\n b: y\r\ncontent-length: 2\r\n\r\nok`);
    if (answer.ok) expect(answer.headers).not.toHaveProperty('b');
    else expect(answer.code).toBe('BAD_RESPONSE');
  });

  test('header names such as __proto__ are names like any other', async () => {
    const answer = await said(`${HEAD}__proto__: x\r\nconstructor: y\r\ntoString: z\r\ncontent-length: 2\r\n\r\nok`);
    expect(Object.entries(answer.headers ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['tostring', 'z'],
      ['content-length', '2'],
    ]);
  });
});

describe('connections', () => {
  test('that nobody accepts', async () => {
    const server = await RawServer.start(() => {});
    const { origin } = server;
    await server[Symbol.asyncDispose]();
    await using plugin = new TestGateway({ granted: [origin] });
    expect(await plugin.fetch(origin)).toMatchObject({
      code: 'NETWORK',
      message: `${origin}: the connection was refused`,
    });
    expect(plugin.events[0]?.reason).toContain('ECONNREFUSED');
  });

  test('that are reset before the answer', async () => {
    await using server = await RawServer.start((socket) => socket.resetAndDestroy());
    expect(await from(server)).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('broke off') });
  });

  test('that are reset in the middle of a body', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}content-length: 100\r\n\r\nhalf`, () => setTimeout(() => socket.resetAndDestroy(), 20));
    });
    expect(await from(server)).toMatchObject({ status: 200, ok: false });
  });

  test('that are half-open: the server is done before it has answered', async () => {
    await using server = await RawServer.start((socket) => socket.end());
    expect(await from(server)).toMatchObject({ ok: false, code: 'NETWORK' });
  });

  test('that are half-open: the server answers and closes, and the body ends with the connection', async () => {
    await using server = await RawServer.start((socket) => socket.end(`${HEAD}\r\nuntil the end`));
    expect(await from(server)).toMatchObject({ status: 200, body: 'until the end' });
  });

  test('that a server closes while they are idle are not a failure of the next request', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${HEAD}content-length: 2\r\n\r\nok`);
      setTimeout(() => socket.end(), 10);
    });
    await using plugin = new TestGateway({ granted: [server.origin] });
    for (let i = 0; i < 4; i++) {
      expect(await plugin.fetch(server.origin)).toMatchObject({ body: 'ok' });
      await new Promise((resolve) => setTimeout(resolve, i * 10));
    }
  });
});

test.each([
  ['gzip', gzipSync('hello, 漢字')],
  ['x-gzip', gzipSync('hello, 漢字')],
  ['deflate', deflateSync('hello, 漢字')],
  ['deflate', deflateRawSync('hello, 漢字')],
  ['br', brotliCompressSync('hello, 漢字')],
  ['identity', Buffer.from('hello, 漢字')],
])('a body in %s is decoded, in whatever pieces it comes', async (encoding, body) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-encoding': encoding });
    for (const byte of body) response.write(Buffer.of(byte));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using plugin = new TestGateway({ granted: [origin] });
  expect(await plugin.fetch(origin)).toMatchObject({ body: 'hello, 漢字' });
  server.close();
  server.closeAllConnections();
});

/** Writes a text a few bytes at a time. */
function drip(socket: Socket, text: string, size = 1): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(text.slice(at, at + size));
    at += size;
    if (at >= text.length) clearInterval(timer);
  }, 5);
  socket.on('close', () => clearInterval(timer));
}

/** Writes so many bytes, as fast as they are taken. */
function flood(
  socket: Socket,
  bytes: number,
  onWritten: (bytes: number) => void = () => {},
  part = Buffer.alloc(256 * 1024, 'x'),
): void {
  let left = bytes;
  const write = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= part.length;
      onWritten(part.length);
      if (!socket.write(part)) return;
    }
  };
  socket.on('drain', write);
  write();
}
