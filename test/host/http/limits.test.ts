/** How much, how often, how long, how many at once. */
import { describe, expect, test } from 'vitest';
import { TestGateway } from '../../support/http-gateway.ts';
import { RawServer } from '../../support/raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

test('requests of a call', async () => {
  await using server = await RawServer.answering(OK);
  await using plugin = new TestGateway({ granted: [server.origin], limits: { httpRequests: 2 } });
  expect(await plugin.fetch(server.origin)).toMatchObject({ ok: true });
  expect(await plugin.fetch(server.origin)).toMatchObject({ ok: true });
  expect(await plugin.fetch(server.origin)).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('`httpRequests`'),
  });
  expect(plugin.call.counters.httpRequests).toBe(2);
  plugin.nextCall();
  expect(await plugin.fetch(server.origin)).toMatchObject({ ok: true });
});

describe('requests per minute', () => {
  test('of a plugin, over all its calls, those that are refused included', async () => {
    await using server = await RawServer.answering(OK);
    await using plugin = new TestGateway({ granted: [server.origin], limits: { httpPerMinute: 3 } });
    expect(await plugin.fetch(server.origin)).toMatchObject({ ok: true });
    plugin.nextCall();
    expect(await plugin.fetch('http://elsewhere.test/')).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await plugin.fetch({})).toMatchObject({ code: 'INVALID_REQUEST' });
    plugin.nextCall();
    expect(await plugin.fetch(server.origin)).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('`httpPerMinute`'),
    });
    expect(server.received).toHaveLength(1);
  });

  test('that are too many do not flood the audit', async () => {
    await using server = await RawServer.answering(OK);
    // One turn comes back every tenth of a second.
    await using plugin = new TestGateway({ granted: [server.origin], limits: { httpPerMinute: 600 } });
    for (let i = 0; i < 600; i++) await plugin.fetch({});
    plugin.events.length = 0;
    for (let i = 0; i < 1_000; i++) await plugin.fetch(server.origin);
    const limited = plugin.events.filter(({ code }) => code === 'RATE_LIMITED');
    expect(limited.length).toBeGreaterThan(0);
    expect(plugin.events.length).toBeLessThan(100);
    // None is lost: what was left out is counted.
    await expect
      .poll(async () => (await plugin.fetch({})).code, { interval: 200, timeout: 10_000 })
      .toBe('INVALID_REQUEST');
    const dropped = plugin.events.reduce((sum, event) => sum + event.dropped, 0);
    expect(plugin.events.length + dropped).toBeGreaterThan(1_000);
  });
});

describe('requests at once', () => {
  test('over all calls of a plugin', async () => {
    await using server = await RawServer.start(() => {});
    await using plugin = new TestGateway({ granted: [server.origin], limits: { httpConcurrent: 2 } });
    const first = plugin.call;
    const waiting = [plugin.fetch(server.origin), plugin.fetch(server.origin)];
    plugin.call = plugin.newCall();
    expect(await plugin.fetch(server.origin)).toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining('`httpConcurrent`'),
    });
    first.end();
    await Promise.all(waiting);
    expect(await plugin.fetch({ url: server.origin, timeoutMs: 20 })).toMatchObject({ code: 'TIMEOUT' });
  });

  test('answers count until they are read or closed', async () => {
    await using server = await RawServer.answering(OK);
    await using plugin = new TestGateway({ granted: [server.origin], limits: { httpConcurrent: 1 } });
    const open = await plugin.send(server.origin);
    expect(await plugin.send(server.origin)).toMatchObject({ code: 'BUSY' });
    await plugin.drain(open.ok ? open.exchange : 0);
    const next = await plugin.send(server.origin);
    expect(next).toMatchObject({ ok: true });
    plugin.gateway.close(plugin.call, next.ok ? next.exchange : 0);
    expect(await plugin.fetch(server.origin)).toMatchObject({ ok: true });
  });
});

describe('connections', () => {
  test('of an engine: one too many is refused, and nothing else suffers', async () => {
    await using server = await RawServer.answering(OK);
    await using slow = await RawServer.start(() => {});
    await using plugin = new TestGateway({ granted: [server.origin, slow.origin], httpConnections: 2 });
    const waiting = [1, 2].map(() => plugin.fetch({ url: slow.origin, timeoutMs: 300 }));
    await expect.poll(() => slow.received.length).toBe(2);
    expect(await plugin.fetch(server.origin)).toMatchObject({
      code: 'BUSY',
      message: 'The engine has no connection to spare',
    });
    await Promise.all(waiting);
    await expect.poll(() => slow.connections).toBe(0);
    expect(await plugin.fetch(server.origin)).toMatchObject({ ok: true });
  });

  test('are used again, and few are kept', async () => {
    await using server = await RawServer.answering(OK);
    await using plugin = new TestGateway({
      granted: [server.origin],
      limits: { httpConcurrent: 2, httpRequests: 100 },
    });
    for (let i = 0; i < 10; i++) expect(await plugin.fetch(server.origin)).toMatchObject({ ok: true });
    expect(server.received.length).toBeLessThan(4);
    const others = await Promise.all(Array.from({ length: 8 }, () => RawServer.answering(OK)));
    await using many = new TestGateway({
      granted: ['http://127.0.0.1:*'],
      limits: { httpConcurrent: 2, httpRequests: 100 },
    });
    for (const other of others) expect(await many.fetch(other.origin)).toMatchObject({ ok: true });
    await expect.poll(() => others.reduce((sum, { connections }) => sum + connections, 0)).toBeLessThanOrEqual(4);
    for (const other of others) await other[Symbol.asyncDispose]();
  });

  test('are not shared by plugins', async () => {
    await using server = await RawServer.answering(OK);
    await using first = new TestGateway({ granted: [server.origin] });
    await using second = new TestGateway({ granted: [server.origin] });
    await first.fetch(server.origin);
    await second.fetch(server.origin);
    expect(server.received).toHaveLength(2);
  });

  test('are cut when the plugin goes', async () => {
    await using server = await RawServer.start(() => {});
    const plugin = new TestGateway({ granted: [server.origin] });
    const waiting = plugin.fetch(server.origin);
    await expect.poll(() => server.connections).toBe(1);
    await plugin[Symbol.asyncDispose]();
    expect(await waiting).toMatchObject({ ok: false });
    await expect.poll(() => server.connections).toBe(0);
  });
});

test.each([['with a body', 'POST', 'x'.repeat(11)]])(
  'a request %s that is too large is not sent',
  async (_, method, body) => {
    await using server = await RawServer.answering(OK);
    await using plugin = new TestGateway({ granted: [server.origin], limits: { httpRequestBytes: 10 } });
    expect(await plugin.fetch({ method, url: server.origin }, body)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('`httpRequestBytes`'),
    });
    expect(server.text).toBe('');
  },
);

test('a handle of another call is no handle', async () => {
  await using server = await RawServer.answering(OK);
  await using plugin = new TestGateway({ granted: [server.origin] });
  const open = await plugin.send(server.origin);
  const exchange = open.ok ? open.exchange : 0;
  const other = plugin.newCall();
  expect(await plugin.gateway.read(other, exchange, 10)).toMatchObject({ code: 'INVALID_HANDLE' });
  plugin.gateway.close(other, exchange);
  expect(await plugin.drain(exchange)).toMatchObject({ ok: true });
  expect(await plugin.gateway.read(plugin.call, exchange, 10)).toMatchObject({ code: 'INVALID_HANDLE' });
});
