/** Redirects: each hop is judged like a request of its own, and carries nothing that was meant for another origin. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fetched, grant, TestGateway } from '../../support/http-gateway.ts';
import { RawServer } from '../../support/raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const redirect = (location: string, status = 302): string =>
  `HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\ncontent-length: 5\r\n\r\nmoved`;

/** Answers `/<status>/<target>` with a redirect to the target, everything else with 200. */
const redirecting = (): Promise<RawServer> =>
  RawServer.start((socket, head) => {
    const path = head.split(' ')[1] ?? '';
    const [, status, target] = /^\/(\d+)\/(.*)$/.exec(path) ?? [];
    // After a redirect the connection is closed by the client: its body is not read.
    socket.write(status === undefined ? OK : redirect(decodeURIComponent(target ?? ''), Number(status)));
  });

let server: RawServer;
let other: RawServer;
beforeAll(async () => {
  server = await redirecting();
  other = await redirecting();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});
const to = (target: string, status = 302): string => `${server.origin}/${status}/${encodeURIComponent(target)}`;
/** What came since the last look. */
function taken(from: RawServer): string {
  const text = from.text;
  from.received.length = 0;
  return text;
}

async function fetch(
  head: object | string,
  body: string | null = null,
  input = {},
): Promise<Fetched & { events: TestGateway['events'] }> {
  await using plugin = new TestGateway({ granted: [server.origin, other.origin], ...input });
  const answer = await plugin.fetch(head, body);
  return { ...answer, events: plugin.events };
}

describe('a redirect is followed', () => {
  test.each([301, 302, 303, 307, 308])('of status %i', async (status) => {
    expect(await fetch(to('/there', status))).toMatchObject({ status: 200, body: 'ok', url: `${server.origin}/there` });
    taken(server);
  });

  test('to another origin that is granted', async () => {
    expect(await fetch(to(`${other.origin}/there`))).toMatchObject({ status: 200, url: `${other.origin}/there` });
  });

  test('by a relative address', async () => {
    expect(await fetch(`${server.origin}/302/${encodeURIComponent('../there?q#f')}`)).toMatchObject({
      url: `${server.origin}/there?q`,
    });
  });

  test('up to three times, and each counts as a request', async () => {
    const thrice = to(to(to('/there')));
    const answer = await fetch(thrice);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.events.map(({ status, redirects }) => [status, redirects])).toEqual([
      [302, 0],
      [302, 1],
      [302, 2],
      [200, 3],
    ]);
    expect(await fetch(to(thrice))).toMatchObject({
      code: 'REDIRECT',
      message: expect.stringContaining('`httpRedirects`'),
    });
    expect(await fetch(thrice, null, { limits: { httpRequests: 3 } })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await fetch(thrice, null, { limits: { httpPerMinute: 3 } })).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await fetch(to('/there'), null, { limits: { httpRedirects: 0 } })).toMatchObject({ code: 'REDIRECT' });
  });

  test('not where the plugin wants to see it', async () => {
    await using plugin = new TestGateway({ granted: [server.origin] });
    const answer = await plugin.fetch({ url: to('http://10.0.0.1/x'), redirect: 'manual' });
    expect(answer).toMatchObject({ status: 302, headers: { location: 'http://10.0.0.1/x' }, body: 'moved' });
  });

  test('not without a location, and not of another status', async () => {
    await using plain = await RawServer.answering('HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n');
    await using modified = await RawServer.answering('HTTP/1.1 300 Many\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n');
    await using plugin = new TestGateway({ granted: [plain.origin, modified.origin] });
    expect(await plugin.fetch(plain.origin)).toMatchObject({ status: 302 });
    expect(await plugin.fetch(modified.origin)).toMatchObject({ status: 300 });
  });
});

describe('a redirect is not followed', () => {
  test.each([
    ['an address', 'http://127.0.0.1:1/'],
    ['a decimal address', 'http://2130706433:1/'],
    ['a hexadecimal address', 'http://0x7f000001:1/'],
    ['an octal address', 'http://0177.0.0.1:1/'],
    ['a short address', 'http://127.1:1/'],
    ['a full-width address', 'http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1:1/'],
    ['an address with a dot at the end', 'http://127.0.0.1.:1/'],
    ['metadata of cloud machines', 'http://169.254.169.254/latest/meta-data/'],
    ['a private network', 'http://10.0.0.1/'],
    ['IPv6 loopback', 'http://[::1]:1/'],
    ['an IPv4-mapped address', 'http://[::ffff:127.0.0.1]:1/'],
    ['an IPv4-compatible address', 'http://[::127.0.0.1]:1/'],
    ['a NAT64 address', 'http://[64:ff9b::7f00:1]:1/'],
    ['a 6to4 address', 'http://[2002:7f00:1::]:1/'],
    ['localhost', 'http://localhost:1/'],
    ['localhost with a dot', 'http://localhost.:1/'],
    ['an address without a scheme', '//127.0.0.2:1/'],
    ['an address behind backslashes', '\\\\127.0.0.2:1\\'],
  ])('to %s, though the plugin may go everywhere', async (_, target) => {
    const answer = await fetch(to(target), null, {
      granted: [server.origin, 'http://*:*'],
    });
    expect(answer).toMatchObject({ ok: false, code: 'ADDRESS_DENIED' });
    expect(answer.events.map(({ decision }) => decision)).toEqual(['allowed', 'denied']);
  });

  test('to what is not granted', async () => {
    taken(other);
    const answer = await fetch(to(`${other.origin}/there`), null, { granted: [server.origin] });
    expect(answer).toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(`Redirected by ${server.origin}: ${other.origin} is not granted`),
    });
    expect(taken(other)).toBe('');
  });

  test.each<[string, string, object]>([
    ['another path', '/secret', { paths: ['/302'] }],
    ['a path that only looks allowed', '/302/..%2fsecret', { paths: ['/302'] }],
  ])('to %s', async (_, target, more) => {
    expect(await fetch(to(target), null, { granted: [grant(server.origin, more)] })).toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  test('with a method that is not granted there', async () => {
    const granted = [server.origin, grant(other.origin, { methods: ['GET'] })];
    const head = { method: 'POST', url: to(`${other.origin}/x`, 307) };
    expect(await fetch(head, 'data', { granted })).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test.each([
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:text/plain,x'],
    ['another scheme', 'gopher://127.0.0.1:1/x'],
    ['what is no URL', 'http://[/'],
    ['a user name and password', 'http://a:b@example.com/'],
    ['nowhere', 'http:// /'],
  ])('to %s', async (_, target) => {
    expect(await fetch(to(target))).toMatchObject({ code: 'REDIRECT' });
  });

  test('to itself, for ever', async () => {
    await using circle = await RawServer.answering(redirect('/again'));
    expect(await fetch(circle.origin, null, { granted: [circle.origin] })).toMatchObject({ code: 'REDIRECT' });
  });
});

describe('a redirect', () => {
  const headers = { Authorization: 'Bearer mine', Cookie: 'a=b', 'X-Mine': 'kept' };

  test('to the same origin keeps what the plugin sent', async () => {
    taken(server);
    await fetch({ url: to('/there'), headers });
    const [, second = ''] = taken(server).split('GET /there');
    expect(second).toMatch(/authorization: Bearer mine\r\n/);
    expect(second).toMatch(/cookie: a=b\r\n/);
  });

  test('to another origin drops credentials', async () => {
    taken(other);
    await fetch({ url: to(`${other.origin}/there`), headers });
    const there = taken(other);
    expect(there).toMatch(/x-mine: kept/);
    expect(there).not.toMatch(/authorization|cookie|mine\r|a=b/i);
  });

  test('there and back again does not bring them back', async () => {
    taken(server);
    await fetch({ url: to(`${other.origin}/302/${encodeURIComponent(`${server.origin}/home`)}`), headers });
    const [, home = ''] = taken(server).split('GET /home');
    expect(home).toMatch(/x-mine: kept/);
    expect(home).not.toMatch(/authorization|cookie/i);
  });

  test.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [301, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [302, 'DELETE', 'DELETE'],
  ])('of status %i makes of %s a %s', async (status, method, expected) => {
    taken(server);
    const head = { method, url: to('/there', status), headers: { 'content-type': 'text/plain' } };
    expect(await fetch(head, 'the body')).toMatchObject({ status: 200 });
    const text = taken(server);
    const at = text.indexOf(`${expected} /there HTTP/1.1`);
    expect(at).toBeGreaterThan(0);
    const second = text.slice(at);
    if (expected === 'GET') expect(second).not.toMatch(/the body|content-type|content-length/);
    else expect(second).toMatch(/content-type: text\/plain\r\n[\s\S]*content-length: 8\r\n[\s\S]*the body$/);
  });

  test('of HEAD stays HEAD', async () => {
    taken(server);
    await fetch({ method: 'HEAD', url: to('/there', 303) });
    expect(taken(server)).toContain('HEAD /there');
  });
});
