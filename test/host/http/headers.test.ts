/** What goes over the wire, and what comes back to the plugin. */
import { describe, expect, test } from 'vitest';
import { grant, TestGateway } from '../../support/http-gateway.ts';
import { RawServer } from '../../support/raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

test('a request is one request: line, headers of the host, headers of the plugin, body', async () => {
  await using server = await RawServer.answering(OK);
  await using plugin = new TestGateway({ granted: [server.origin] });
  await plugin.fetch(
    { method: 'POST', url: `${server.origin}/a b?c=d#e`, headers: { 'X-Mine': 'é', Range: 'bytes=0-1' } },
    'body',
  );
  expect(server.text).toBe(
    `POST /a%20b?c=d HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nconnection: keep-alive\r\n` +
      'x-mine: é\r\nrange: bytes=0-1\r\nuser-agent: ringfence\r\naccept-encoding: gzip, deflate, br\r\n' +
      'content-length: 4\r\n\r\nbody',
  );
});

test('the plugin says who it is if it wants to', async () => {
  await using server = await RawServer.answering(OK);
  await using plugin = new TestGateway({ granted: [server.origin] });
  await plugin.fetch({ url: server.origin, headers: { 'User-Agent': 'mine/1' } });
  expect(server.text).toContain('user-agent: mine/1\r\n');
  expect(server.text).not.toContain('ringfence');
});

describe('line ends and other controls do not get onto the wire', () => {
  const CRLF = '\r\nX-Injected: yes\r\n\r\nGET /second HTTP/1.1\r\nHost: evil\r\n\r\n';
  test.each<[string, (origin: string) => object]>([
    ['in a header value', (url) => ({ url, headers: { a: `x${CRLF}` } })],
    ['in a header value, as line feeds', (url) => ({ url, headers: { a: CRLF.replaceAll('\r', '') } })],
    ['in a header value, as carriage returns', (url) => ({ url, headers: { a: CRLF.replaceAll('\n', '') } })],
    [
      'in a header value, as letters that Latin-1 cuts to line ends',
      (url) => ({ url, headers: { a: 'x嘊嘍X-Injected: yes' } }),
    ],
    ['in a header name', (url) => ({ url, headers: { [`a${CRLF}`]: 'x' } })],
    ['in the method', (url) => ({ url, method: `GET / HTTP/1.1${CRLF}` })],
    ['in the host', (url) => ({ url: url.replace('127', `127${CRLF}`) })],
  ])('%s', async (_, head) => {
    await using server = await RawServer.answering(OK);
    await using plugin = new TestGateway({ granted: [server.origin] });
    expect(await plugin.fetch(head(server.origin))).toMatchObject({
      ok: false,
      code: expect.stringMatching(/^(INVALID_REQUEST|PERMISSION_DENIED)$/),
    });
    expect(server.text).toBe('');
  });

  test.each<[string, string]>([
    ['in the path', `/a${CRLF}`],
    ['in the query', `/?a=${CRLF}`],
    ['in the fragment', `/#${CRLF}`],
    ['in the path, encoded', '/%0d%0aX-Injected:%20yes'],
  ])('%s: they are left out or stay encoded', async (_, path) => {
    await using server = await RawServer.answering(OK);
    await using plugin = new TestGateway({ granted: [server.origin] });
    expect(await plugin.fetch(server.origin + path)).toMatchObject({ status: 200 });
    expect(server.received).toHaveLength(1);
    expect(server.text.match(/HTTP\/1\.1\r\n/g)).toHaveLength(1);
    expect(server.text).not.toMatch(/^x-injected/im);
  });

  test('in a header of the operator', () => {
    expect(() => new TestGateway({ granted: [grant('https://a.example', { headers: { a: 'x\r\ny: z' } })] })).toThrow(
      'grants.http[0].headers',
    );
  });
});

test.each(['GET', 'HEAD', 'OPTIONS'])(
  '%s has no body, which a server could take for the next request',
  async (method) => {
    await using server = await RawServer.answering(OK);
    await using plugin = new TestGateway({ granted: [server.origin] });
    const smuggled = 'DELETE /all HTTP/1.1\r\nhost: inside\r\n\r\n';
    expect(await plugin.fetch({ method, url: server.origin }, smuggled)).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(server.text).toBe('');
  },
);

describe('an answer', () => {
  const SAID =
    'HTTP/1.1 200 OK\r\nX-One: a\r\nx-one: b\r\nSet-Cookie: session=1\r\nSet-Cookie: theme=2; Path=/\r\nset-cookie2: old\r\nX-Latin: \xe9\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';
  const said = (): Promise<RawServer> => RawServer.answering(Buffer.from(SAID, 'latin1'));

  test('has its headers, without cookies', async () => {
    await using server = await said();
    await using plugin = new TestGateway({ granted: [server.origin] });
    expect((await plugin.fetch(server.origin)).headers).toEqual({
      'x-one': 'a, b',
      'x-latin': 'é',
      connection: 'close',
      'content-length': '2',
    });
  });

  test.each([
    ['asked for and granted', [{ host: 'http://*:*', cookies: true }], true, true],
    ['asked for alone', [{ host: 'http://*:*', cookies: true }], false, false],
    ['granted alone', [{ host: 'http://*:*' }], true, false],
  ])('has cookies where they are %s', async (_, asked, cookies, seen) => {
    await using server = await said();
    await using plugin = new TestGateway({ asked, granted: [grant(server.origin, { cookies })] });
    const { headers } = await plugin.fetch(server.origin);
    expect(headers?.['set-cookie']).toEqual(seen ? ['session=1', 'theme=2; Path=/'] : undefined);
  });

  test('keeps no cookies for the next request', async () => {
    await using server = await said();
    await using plugin = new TestGateway({ granted: [grant(server.origin, { cookies: true })] });
    await plugin.fetch(server.origin);
    await plugin.fetch(server.origin);
    expect(server.received).toHaveLength(2);
    expect(server.text).not.toMatch(/cookie/i);
  });

  test('that was decoded does not say how it was encoded', async () => {
    const { gzipSync } = await import('node:zlib');
    const body = gzipSync('hello');
    await using server = await RawServer.answering(
      `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n`,
      body,
    );
    await using plugin = new TestGateway({ granted: [server.origin] });
    expect(await plugin.fetch(server.origin)).toMatchObject({
      body: 'hello',
      headers: { 'content-type': 'text/plain' },
    });
    expect(Object.keys((await plugin.fetch(server.origin)).headers ?? {})).toEqual(['content-type']);
  });
});
