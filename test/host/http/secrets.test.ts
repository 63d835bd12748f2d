/** Secrets: the host sends them for the plugin, to where the operator says, and the plugin never sees one. */
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BodyRedactor } from '../../../engine/host/http/body-redactor.ts';
import { createEngine } from '../../../engine/index.ts';
import { canSuspend } from '../../../engine/runtime/jspi.ts';
import { grant, TestGateway } from '../../support/http-gateway.ts';
import { httpPlugin } from '../../support/http-guest.ts';
import { RawServer } from '../../support/raw-server.ts';

const SECRET = 's3cr3t-v4lue-0123456789';
const secrets = { API_KEY: SECRET };
/** As it stands in a header. */
const reference = (name: string): string => `\${secret:${name}}`;
const headers = { Authorization: `Bearer ${reference('API_KEY')}` };

/** Sends back the head of the request, as a header and as a body; `/to/<target>` redirects with everything it was sent. */
const echo = (): Promise<RawServer> =>
  RawServer.start((socket, head) => {
    const [, target] = /^GET \/to\/(\S+)/.exec(head) ?? [];
    const sent = /^authorization: (.*)$/im.exec(head)?.[1] ?? 'none';
    if (target !== undefined) {
      const location = `${decodeURIComponent(target)}?stolen=${encodeURIComponent(sent)}`;
      socket.write(`HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
    } else {
      socket.write(`HTTP/1.1 200 OK\r\nx-sent: ${sent}\r\ncontent-length: ${head.length}\r\n\r\n${head}`);
    }
  });

let server: RawServer;
let other: RawServer;
beforeAll(async () => {
  server = await echo();
  other = await echo();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});
/** Everything that a plugin and its operator get to see. */
const seen = (...things: unknown[]): string => inspect(things, { depth: 20, showHidden: true, maxStringLength: null });

test('are sent, and struck from what comes back', async () => {
  await using plugin = new TestGateway({ granted: [grant(server.origin, { headers })], secrets });
  server.received.length = 0;
  const answer = await plugin.fetch(`${server.origin}/`);
  expect(server.text).toContain(`authorization: Bearer ${SECRET}\r\n`);
  expect(answer).toMatchObject({ status: 200, headers: { 'x-sent': 'Bearer [secret]' } });
  expect(answer.body).toContain(`authorization: Bearer ${'*'.repeat(SECRET.length)}`);
  expect(seen(answer, plugin.events)).not.toContain(SECRET);
});

test('take the place of what the plugin puts into the same header', async () => {
  await using plugin = new TestGateway({ granted: [grant(server.origin, { headers })], secrets });
  server.received.length = 0;
  await plugin.fetch({ url: server.origin, headers: { authorization: 'Bearer mine' } });
  await plugin.fetch({ url: server.origin, headers: { authorization: reference('API_KEY') } });
  expect(server.text.match(/^authorization: .*$/gm)).toEqual(Array(2).fill(`authorization: Bearer ${SECRET}`));
});

test('are not sent to other origins, methods or paths', async () => {
  const granted = [grant(server.origin, { headers, methods: ['GET'], paths: ['/api'] }), server.origin, other.origin];
  await using plugin = new TestGateway({ granted, secrets });
  for (const head of [
    { url: `${other.origin}/api` },
    { url: `${server.origin}/public` },
    { url: `${server.origin}/api`, method: 'DELETE' },
  ]) {
    server.received.length = 0;
    other.received.length = 0;
    expect(await plugin.fetch(head)).toMatchObject({ status: 200 });
    expect(server.text + other.text).not.toContain(SECRET);
  }
});

describe('a plugin that names a secret', () => {
  test.each([
    ['in another header', (origin: string) => ({ url: origin, headers: { 'x-echo': reference('API_KEY') } })],
    ['at another origin', () => ({ url: `${other.origin}/`, headers: { authorization: reference('API_KEY') } })],
    ['that is not there', (origin: string) => ({ url: origin, headers: { authorization: reference('NONE') } })],
  ])('%s is refused', async (_, head) => {
    await using plugin = new TestGateway({ granted: [grant(server.origin, { headers }), other.origin], secrets });
    server.received.length = 0;
    other.received.length = 0;
    const answer = await plugin.fetch(head(server.origin));
    expect(answer).toMatchObject({ code: 'PERMISSION_DENIED', message: expect.stringContaining('Add to the grants') });
    expect(server.text + other.text).toBe('');
    expect(seen(answer)).not.toContain(SECRET);
  });

  test.each([
    ['in the URL', { url: `/?key=${reference('API_KEY')}` }],
    ['in the body', { url: '/', method: 'POST' }, reference('API_KEY')],
  ])('%s gets what it wrote', async (_, head: { url: string }, body?: string) => {
    await using plugin = new TestGateway({ granted: [server.origin], secrets });
    server.received.length = 0;
    await plugin.fetch({ ...head, url: server.origin + head.url }, body ?? null);
    expect(server.text).not.toContain(SECRET);
  });
});

describe('a redirect', () => {
  test('to another origin does not carry them', async () => {
    await using plugin = new TestGateway({ granted: [grant(server.origin, { headers }), other.origin], secrets });
    other.received.length = 0;
    const answer = await plugin.fetch({
      url: `${server.origin}/to/${encodeURIComponent(`${other.origin}/`)}`,
      headers: { authorization: reference('API_KEY') },
    });
    expect(answer).toMatchObject({ status: 200 });
    // What the first server writes into the address is its own doing; the plugin does not see it.
    expect(other.text).not.toMatch(/^authorization/im);
    expect(seen(answer, plugin.events)).not.toContain(SECRET);
    expect(answer.url).toBe(`${other.origin}/?stolen=Bearer%20[secret]`);
  });

  test('to another origin carries those of that origin', async () => {
    const granted = [
      grant(server.origin, { headers }),
      grant(other.origin, { headers: { authorization: `Key ${reference('OTHER')}` } }),
    ];
    await using plugin = new TestGateway({ granted, secrets: { ...secrets, OTHER: 'other-0123456789' } });
    other.received.length = 0;
    await plugin.fetch(`${server.origin}/to/${encodeURIComponent(`${other.origin}/`)}`);
    expect(other.text).toMatch(/^authorization: Key other-0123456789\r$/im);
  });

  test('that is refused or shown does not tell them', async () => {
    await using plugin = new TestGateway({
      granted: [grant(server.origin, { headers })],
      secrets,
      limits: { httpRedirects: 1 },
    });
    const to = (target: string): string => `${server.origin}/to/${encodeURIComponent(target)}`;
    const answers = [
      await plugin.fetch(to('http://10.0.0.1/')),
      await plugin.fetch(to('gopher://x/')),
      await plugin.fetch(to(to('/'))),
      await plugin.fetch({ url: to('http://10.0.0.1/'), redirect: 'manual' }),
    ];
    expect(answers.map(({ code, status }) => code ?? status)).toEqual([
      'PERMISSION_DENIED',
      'REDIRECT',
      'REDIRECT',
      302,
    ]);
    expect(seen(answers, plugin.events)).not.toContain(SECRET);
  });
});

test.skipIf(!canSuspend)('are nowhere to be seen: results, logs, errors, audit, plugin and engine', async () => {
  const entries: unknown[] = [];
  await using engine = await createEngine({
    logger: { log: (entry) => entries.push(entry) },
    onAudit: (event) => entries.push(event),
  });
  const plugin = await engine.load(httpPlugin('http://127.0.0.1:*'), {
    grants: { http: [{ host: server.origin, headers }] },
    secrets,
  });
  const results: unknown[] = [];
  for (const [name, path] of [
    ['fetch', '/'],
    ['headers', '/'],
    ['fetch', `/to/${encodeURIComponent('http://10.0.0.1/')}`],
    ['fetch', `/?${SECRET.slice(0, -1)}`],
  ] as const) {
    results.push(await plugin.call(name, { url: server.origin + path }).catch((error: unknown) => error));
  }
  expect(server.text).toContain(SECRET);
  expect(entries.length).toBeGreaterThan(4);
  expect(seen(results, entries, plugin, engine)).not.toContain(SECRET);
  expect(JSON.stringify([results, entries])).not.toContain(SECRET);
});

describe('a body in pieces', () => {
  const strike = (pieces: readonly string[], ...struck: string[]): string => {
    const redactor = new BodyRedactor(struck);
    const parts = pieces.map((piece) => Buffer.from(redactor.push(Buffer.from(piece, 'latin1'))).toString('latin1'));
    return parts.join('') + Buffer.from(redactor.flush()).toString('latin1');
  };

  test.each([1, 2, 3, 5, 8, 100])('of %i bytes keeps no secret', (size) => {
    const text = 'a secretly kept sesecret, sec, secsecretet, secre';
    const pieces = text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
    expect(strike(pieces, 'secret')).toBe('a ******ly kept se******, sec, sec******et, secre');
  });

  test('keeps none of several secrets, also where one is within the other', () => {
    expect(strike(['xABCDx ABC'], 'ABC', 'ABCD')).toBe('x****x ***');
    expect(strike(['AB', 'CD', 'AB'], 'ABCD', 'CDAB')).toBe('******');
    expect(strike(['AB', 'CD', 'XX'], 'ABCD', 'CDAB')).toBe('****XX');
  });

  test('that only begins like a secret comes through', () => {
    expect(strike(['aaaa', 'aaab'], 'aaaaaaaac')).toBe('aaaaaaab');
  });

  test.each([
    ['in JSON', JSON.stringify({ key: 'a "quoted" söcret' })],
    ['in a URL', encodeURIComponent('a "quoted" söcret')],
    ['in base64', btoa('Bearer a "quoted" s\xf6cret!')],
    ['in hexadecimal', Buffer.from('a "quoted" söcret').toString('hex')],
    ['in UTF-8', Buffer.from('a "quoted" söcret').toString('latin1')],
  ])('keeps none %s', (_, text) => {
    expect(strike(text.match(/.{1,7}/gs) ?? [], 'a "quoted" s\xf6cret')).toMatch(/\*{17}/);
  });

  test('does not wait for more than it must', () => {
    const redactor = new BodyRedactor(['secret']);
    expect(Buffer.from(redactor.push(Buffer.from('data: 1\n\nse'))).toString()).toBe('data: 1\n\n');
    expect(Buffer.from(redactor.push(Buffer.from('nd'))).toString()).toBe('send');
  });
});
