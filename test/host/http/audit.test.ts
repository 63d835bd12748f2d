/** The books: one event for each request, whatever became of it. */
import { expect, test } from 'vitest';
import type { AuditEvent } from '../../../engine/index.ts';
import { createEngine, type LogEntry } from '../../../engine/index.ts';
import { canSuspend } from '../../../engine/runtime/jspi.ts';
import { TestGateway } from '../../support/http-gateway.ts';
import { httpPlugin } from '../../support/http-guest.ts';
import { RawServer } from '../../support/raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello';

test('a request that was answered', async () => {
  await using server = await RawServer.answering(OK);
  await using plugin = new TestGateway({ granted: [server.origin] });
  const before = Date.now();
  await plugin.fetch(
    { method: 'POST', url: `${server.origin}/path?secret=query#hash`, headers: { 'x-secret': 'header' } },
    'secret body',
  );
  const [event] = plugin.events;
  expect(event).toEqual({
    type: 'http',
    time: expect.any(Number),
    plugin: 'p',
    version: '1.0.0',
    context: 'ctx',
    decision: 'allowed',
    method: 'POST',
    origin: server.origin,
    path: '/path',
    redirects: 0,
    status: 200,
    requestBytes: 11,
    responseBytes: 5,
    ms: expect.any(Number),
    code: undefined,
    reason: undefined,
    dropped: 0,
  });
  expect(event?.time).toBeGreaterThanOrEqual(before);
  expect(JSON.stringify(plugin.events)).not.toMatch(/secret|query|hash/);
});

test.each<[string, (origin: string) => object | string, Partial<AuditEvent>]>([
  [
    'is not granted',
    () => 'http://elsewhere.test/a?b',
    { decision: 'denied', code: 'PERMISSION_DENIED', origin: 'http://elsewhere.test', path: '/a' },
  ],
  [
    'cannot be read',
    () => ({ url: 5 }),
    { decision: 'denied', code: 'INVALID_REQUEST', origin: undefined, method: undefined },
  ],
  ['leads to a private address', () => 'http://localhost/', { decision: 'denied', code: 'ADDRESS_DENIED' }],
  [
    'finds nobody',
    () => 'http://127.0.0.1:1/',
    {
      decision: 'allowed',
      code: 'NETWORK',
      status: undefined,
      reason: expect.stringContaining('ECONNREFUSED') as never,
    },
  ],
  [
    'breaks off',
    (origin) => `${origin}/break`,
    { decision: 'allowed', code: 'NETWORK', status: 200, responseBytes: 4 },
  ],
])('a request that %s', async (_, head, expected) => {
  await using server = await RawServer.start((socket) => {
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
  });
  await using plugin = new TestGateway({
    granted: [server.origin, 'http://127.0.0.1:1', 'http://*.example:*', grantedName],
  });
  await plugin.fetch(head(server.origin));
  expect(plugin.events).toMatchObject([expected]);
});
/** A name that is granted, though not with private addresses. */
const grantedName = { host: 'http://localhost', allowPrivate: false };

test('an answer that is given up', async () => {
  await using server = await RawServer.answering('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
  await using plugin = new TestGateway({ granted: [server.origin] });
  const sent = await plugin.send(server.origin);
  const exchange = sent.ok ? sent.exchange : 0;
  await plugin.gateway.read(plugin.call, exchange, 10);
  expect(plugin.events).toEqual([]);
  plugin.gateway.close(plugin.call, exchange);
  plugin.gateway.close(plugin.call, exchange);
  expect(plugin.events).toMatchObject([{ decision: 'allowed', status: 200, responseBytes: 4, code: undefined }]);
});

test.skipIf(!canSuspend)('a listener that throws hurts nobody, and is reported', async () => {
  const entries: LogEntry[] = [];
  await using server = await RawServer.answering('HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n"hello"');
  await using engine = await createEngine({
    logger: { log: (entry) => entries.push(entry) },
    onAudit: () => {
      throw new Error('no disk');
    },
  });
  const plugin = await engine.load(httpPlugin('http://127.0.0.1:*'), { grants: { http: [server.origin] } });
  expect(await plugin.call('fetch', { url: server.origin })).toBe('hello');
  expect(await plugin.call('fetch', { url: server.origin }, { context: 7 })).toBe('hello');
  expect(entries.at(-1)).toMatchObject({
    level: 'error',
    source: 'engine',
    message: 'onAudit failed: no disk',
    context: 7,
  });
});
