/** Names of hosts, against a DNS server that lies. */
import { describe, expect, test } from 'vitest';
import { allowedAddresses } from '../../../engine/host/http/connect.ts';
import { DnsStub } from '../../support/dns-stub.ts';
import { failureSync } from '../../support/errors.ts';
import { TestGateway } from '../../support/http-gateway.ts';
import { RawServer } from '../../support/raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const CLOSING = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';

describe('rebinding', () => {
  test('between check and connect: a name is asked for once, and the connection goes to what was checked', async () => {
    // From the second question on the name leads elsewhere, to a server at the same port.
    await using dns = await DnsStub.start((_, asked) => (asked === 0 ? ['127.0.0.1'] : ['127.0.0.2']));
    await using good = await RawServer.answering(CLOSING);
    await using bad = await RawServer.start((socket) => socket.end(OK), '127.0.0.2', good.port);
    await using plugin = new TestGateway({
      granted: [{ host: 'http://rebinding.test:*', allowPrivate: true }],
      dnsServers: dns.servers,
    });
    expect(await plugin.fetch(`http://rebinding.test:${good.port}/`)).toMatchObject({ status: 200 });
    expect(dns.questions.map(({ type }) => type).sort()).toEqual(['A', 'AAAA']);
    expect(good.received).toHaveLength(1);
    expect(bad.received).toHaveLength(0);
    // The stub does what it is meant to: the next connection is looked up anew, and goes there.
    expect(await plugin.fetch(`http://rebinding.test:${good.port}/`)).toMatchObject({ status: 200 });
    expect(bad.received).toHaveLength(1);
  });

  test('between two requests: each connection is checked', async () => {
    let address = '127.0.0.1';
    await using dns = await DnsStub.start(() => [address]);
    await using server = await RawServer.answering(CLOSING);
    await using plugin = new TestGateway({
      granted: [{ host: 'http://first.test:*', allowPrivate: true }, 'http://second.test:*'],
      dnsServers: dns.servers,
    });
    expect(await plugin.fetch(`http://first.test:${server.port}/`)).toMatchObject({ status: 200 });
    address = '169.254.169.254';
    expect(await plugin.fetch(`http://second.test:${server.port}/`)).toMatchObject({ code: 'ADDRESS_DENIED' });
  });

  test('by a connection that is open: one that may reach private addresses does not serve a request that may not', async () => {
    await using dns = await DnsStub.start(() => ['127.0.0.1']);
    await using server = await RawServer.answering(OK);
    const host = `http://inside.test:${server.port}`;
    await using plugin = new TestGateway({
      granted: [
        { host, paths: ['/public'] },
        { host, paths: ['/private'], allowPrivate: true },
      ],
      dnsServers: dns.servers,
    });
    expect(await plugin.fetch(`${host}/private`)).toMatchObject({ status: 200 });
    expect(await plugin.fetch(`${host}/public`)).toMatchObject({ code: 'ADDRESS_DENIED' });
    expect(server.text).not.toContain('/public');
  });
});

test.each([
  ['one public and one private address', ['93.184.215.14', '10.0.0.1'], ['93.184.215.14']],
  ['a private one first', ['127.0.0.1', '93.184.215.14'], ['93.184.215.14']],
  [
    'both families',
    ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '::1'],
    ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  ],
  ['what a network with DNS64 makes of it', ['93.184.215.14', '64:ff9b::5db8:d70e'], ['93.184.215.14']],
])('of %s only what is public is tried', async (_, answer, allowed) => {
  await using dns = await DnsStub.start(() => answer);
  const target = { hostname: 'mixed.test', protocol: 'http:' };
  const found = await allowedAddresses(target, dns.servers, false, new AbortController().signal);
  expect(found.map(({ address }) => address)).toEqual(allowed);
});

test('of hundreds of addresses a few are tried', async () => {
  await using dns = await DnsStub.start(({ type }) =>
    type === 'A' ? Array.from({ length: 25 }, (_, i) => `93.184.215.${i}`) : [],
  );
  const target = { hostname: 'many.test', protocol: 'http:' };
  expect(await allowedAddresses(target, dns.servers, false, new AbortController().signal)).toHaveLength(16);
});

test('of several addresses the next is tried where one does not answer', async () => {
  await using dns = await DnsStub.start(() => ['127.0.0.3', '127.0.0.1']);
  await using server = await RawServer.answering(OK);
  await using plugin = new TestGateway({
    granted: [{ host: 'http://two.test:*', allowPrivate: true }],
    dnsServers: dns.servers,
  });
  expect(await plugin.fetch(`http://two.test:${server.port}/`)).toMatchObject({ status: 200 });
});

test.each([
  ['knows no such name', 'unknown name'],
  ['knows no address', []],
  ['fails', 'server failure'],
] as const)('a DNS server that %s', async (_, answer) => {
  await using dns = await DnsStub.start(() => answer);
  await using plugin = new TestGateway({ granted: ['http://*.test'], dnsServers: dns.servers });
  expect(await plugin.fetch('http://nowhere.test/')).toMatchObject({
    code: 'NOT_RESOLVED',
    message: 'nowhere.test has no address in DNS, or DNS does not answer',
  });
});

test('a DNS server that never answers is given up with the request', async () => {
  await using dns = await DnsStub.start(() => 'nothing at all');
  await using plugin = new TestGateway({ granted: ['http://*.test'], dnsServers: dns.servers });
  expect(await plugin.fetch({ url: 'http://silent.test/', timeoutMs: 50 })).toMatchObject({ code: 'TIMEOUT' });
  expect(dns.questions.length).toBeGreaterThan(0);
});

test('a name goes to DNS as it stands in the URL, and never to files or search domains of this machine', async () => {
  await using dns = await DnsStub.start(() => 'unknown name');
  await using plugin = new TestGateway({ granted: ['http://*:*'], dnsServers: dns.servers });
  for (const url of ['http://bücher.test/', 'http://Upper.Test./', 'http://ip6-localhost/', 'http://router/']) {
    expect(await plugin.fetch(url)).toMatchObject({ code: 'NOT_RESOLVED' });
  }
  expect([...new Set(dns.questions.map(({ name }) => name))]).toEqual([
    'xn--bcher-kva.test',
    'upper.test',
    'ip6-localhost',
    'router',
  ]);
});

test('localhost is never looked up', async () => {
  await using dns = await DnsStub.start(() => ['93.184.215.14']);
  await using server = await RawServer.answering(OK);
  await using plugin = new TestGateway({ granted: [`http://localhost:${server.port}`], dnsServers: dns.servers });
  expect(await plugin.fetch(`http://localhost:${server.port}/`)).toMatchObject({ status: 200 });
  expect(dns.questions).toEqual([]);
});

test.each([[[]], [['localhost']], [['127.0.0.1:99999']]])('%j are no DNS servers', (dnsServers) => {
  failureSync(() => new TestGateway({ dnsServers }), 'INVALID_OPTION');
});
