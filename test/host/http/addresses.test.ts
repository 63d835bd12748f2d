/** Addresses that are not public, in every notation, by every way to name them. */
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../engine/host/http/addresses.ts';
import { checkPeer } from '../../../engine/host/http/connect.ts';
import { DnsStub } from '../../support/dns-stub.ts';
import { TestGateway } from '../../support/http-gateway.ts';
import { RawServer } from '../../support/raw-server.ts';

const PRIVATE = [
  ['this network', '0.0.0.0'],
  ['this network, inside', '0.1.2.3'],
  ['private, class A', '10.255.0.1'],
  ['shared by providers', '100.64.0.1'],
  ['shared by providers, the end', '100.127.255.255'],
  ['loopback', '127.0.0.1'],
  ['loopback, the end', '127.255.255.255'],
  ['link-local', '169.254.0.1'],
  ['metadata of cloud machines', '169.254.169.254'],
  ['private, class B', '172.16.0.1'],
  ['private, class B, the end', '172.31.255.255'],
  ['protocol assignments', '192.0.0.170'],
  ['documentation', '192.0.2.1'],
  ['relays of 6to4', '192.88.99.1'],
  ['private, class C', '192.168.1.1'],
  ['benchmarks', '198.19.255.255'],
  ['documentation 2', '198.51.100.1'],
  ['documentation 3', '203.0.113.1'],
  ['multicast', '224.0.0.251'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['IPv6, unspecified', '::'],
  ['IPv6, loopback', '::1'],
  ['IPv6, compatible loopback', '::127.0.0.1'],
  ['IPv6, compatible public', '::8.8.8.8'],
  ['IPv6, mapped loopback', '::ffff:127.0.0.1'],
  ['IPv6, mapped metadata', '::ffff:169.254.169.254'],
  ['IPv6, mapped public', '::ffff:8.8.8.8'],
  ['IPv6, translated', '::ffff:0:127.0.0.1'],
  ['IPv6, NAT64 to loopback', '64:ff9b::7f00:1'],
  ['IPv6, NAT64 to a public address', '64:ff9b::808:808'],
  ['IPv6, local NAT64', '64:ff9b:1::7f00:1'],
  ['IPv6, discard', '100::1'],
  ['IPv6, Teredo', '2001:0:7f00:1::'],
  ['IPv6, ORCHID', '2001:20::1'],
  ['IPv6, documentation', '2001:db8::1'],
  ['IPv6, 6to4 to loopback', '2002:7f00:1::'],
  ['IPv6, documentation 2', '3fff::1'],
  ['IPv6, segment routing', '5f00::1'],
  ['IPv6, unique local', 'fd00::1'],
  ['IPv6, metadata of cloud machines', 'fd00:ec2::254'],
  ['IPv6, link-local', 'fe80::1'],
  ['IPv6, link-local with a zone', 'fe80::1%eth0'],
  ['IPv6, public with a zone', '2606:4700::1%eth0'],
  ['IPv6, site-local', 'fec0::1'],
  ['IPv6, multicast', 'ff02::1'],
  ['no address', 'localhost'],
  ['nothing', ''],
] as const;

test.each(PRIVATE)('%s (%s) is not public', (_, address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.1',
  '198.17.255.255',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
  '2a00:1450:4001::1',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test('the addresses of this machine are not public, whatever they are', () => {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  expect(own.length).toBeGreaterThan(0);
  for (const { address } of own) expect(isPublicAddress(address)).toBe(false);
});

/** How one can say 127.0.0.1 in a URL, with the port of a server that must not be reached. */
const LOOPBACK_IN_URLS = [
  ['dotted', 'http://127.0.0.1:PORT/'],
  ['decimal', 'http://2130706433:PORT/'],
  ['hexadecimal', 'http://0x7f000001:PORT/'],
  ['hexadecimal parts', 'http://0x7f.0x0.0x0.0x1:PORT/'],
  ['octal', 'http://017700000001:PORT/'],
  ['octal parts', 'http://0177.0.0.01:PORT/'],
  ['mixed', 'http://0x7f.1:PORT/'],
  ['short, two parts', 'http://127.1:PORT/'],
  ['short, three parts', 'http://127.0.1:PORT/'],
  ['zero', 'http://0:PORT/'],
  ['another loopback', 'http://127.8.8.8:PORT/'],
  ['full-width digits', 'http://１２７．０．０．１:PORT/'],
  ['ideographic dots', 'http://127。0。0。1:PORT/'],
  ['circled digits', 'http://①②⑦.0.0.1:PORT/'],
  ['percent-encoded', 'http://%31%32%37%2e%30%2e%30%2e%31:PORT/'],
  ['a dot at the end', 'http://127.0.0.1.:PORT/'],
  ['a tab inside', 'http://127.0.\t0.1:PORT/'],
  ['backslashes', 'http:\\\\127.0.0.1:PORT\\'],
  ['IPv6 loopback', 'http://[::1]:PORT/'],
  ['IPv6 loopback, long', 'http://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/'],
  ['IPv6 unspecified', 'http://[::]:PORT/'],
  ['IPv4-mapped', 'http://[::ffff:127.0.0.1]:PORT/'],
  ['IPv4-mapped, hexadecimal', 'http://[::ffff:7f00:1]:PORT/'],
  ['IPv4-compatible', 'http://[::127.0.0.1]:PORT/'],
  ['NAT64', 'http://[64:ff9b::127.0.0.1]:PORT/'],
  ['6to4', 'http://[2002:7f00:1::]:PORT/'],
  ['localhost', 'http://localhost:PORT/'],
  ['localhost with a dot at the end', 'http://localhost.:PORT/'],
  ['localhost in capital letters', 'http://LOCALHOST:PORT/'],
  ['localhost in full-width letters', 'http://ｌｏｃａｌｈｏｓｔ:PORT/'],
  ['a name below localhost', 'http://api.localhost:PORT/'],
] as const;

describe('a server on loopback is not reached by a plugin that may go everywhere,', () => {
  test.each(LOOPBACK_IN_URLS)('by an address: %s', async (_, url) => {
    await using server = await RawServer.answering('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret');
    await using plugin = new TestGateway({ granted: ['http://*:*', 'https://*:*'] });
    const answer = await plugin.fetch(url.replace('PORT', String(server.port)));
    expect(answer).toMatchObject({ ok: false, code: 'ADDRESS_DENIED' });
    expect(server.received).toEqual([]);
    expect(plugin.events).toMatchObject([{ decision: 'denied', code: 'ADDRESS_DENIED', status: undefined }]);
  });

  test.each([
    ['a user name that looks like a host', 'http://api.example.com@127.0.0.1:PORT/'],
    ['a password', 'http://a:b@127.0.0.1:PORT/'],
    ['a zone', 'http://[fe80::1%25lo]:PORT/'],
  ])('nor with %s', async (_, url) => {
    await using server = await RawServer.answering('');
    await using plugin = new TestGateway({ granted: ['http://*:*'] });
    expect(await plugin.fetch(url.replace('PORT', String(server.port)))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(server.received).toEqual([]);
  });

  test.each(PRIVATE.filter(([, address]) => /^[\d.]+$|^[\da-f:]+$/.test(address)))(
    'by a name that has the address of %s (%s)',
    async (_, address) => {
      await using dns = await DnsStub.start(() => [address]);
      await using plugin = new TestGateway({ granted: ['http://*:*'], dnsServers: dns.servers });
      const answer = await plugin.fetch('http://innocent.test/');
      expect(answer).toMatchObject({ ok: false, code: 'ADDRESS_DENIED' });
      // The plugin learns nothing of the network that it may not see; the operator does.
      expect(answer.message).not.toContain(address);
      expect(answer.message).toContain('"http": [{ "host": "http://innocent.test", "allowPrivate": true }]');
      expect(plugin.events[0]?.reason).toContain(address);
    },
  );

  test('by a name with many addresses, all of them private', async () => {
    await using dns = await DnsStub.start(() => ['10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '169.254.169.254']);
    await using plugin = new TestGateway({ granted: ['http://*:*'], dnsServers: dns.servers });
    expect(await plugin.fetch('http://many.test/')).toMatchObject({ code: 'ADDRESS_DENIED' });
  });
});

describe('a server on loopback is reached by a plugin that was granted', () => {
  test.each<[string, (port: number) => object | string, string]>([
    ['its address', (port) => `http://127.0.0.1:${port}`, 'http://127.0.0.1:PORT/'],
    ['its address, written in another way by the plugin', (port) => `http://127.0.0.1:${port}`, 'http://0x7f.1:PORT/'],
    ['localhost', (port) => `http://localhost:${port}`, 'http://localhost.:PORT/'],
    [
      'its name, with private addresses',
      (port) => ({ host: `http://inside.test:${port}`, allowPrivate: true }),
      'http://inside.test:PORT/',
    ],
    [
      'names below a suffix, with private addresses',
      () => ({ host: 'http://*.test:*', allowPrivate: true }),
      'http://inside.test:PORT/',
    ],
  ])('%s', async (_, granted, url) => {
    await using dns = await DnsStub.start(() => ['127.0.0.1']);
    await using server = await RawServer.answering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    await using plugin = new TestGateway({ granted: [granted(server.port) as never], dnsServers: dns.servers });
    expect(await plugin.fetch(url.replace('PORT', String(server.port)))).toMatchObject({ status: 200, body: 'ok' });
  });
});

test('the connected peer is looked at once more', () => {
  const checked = [{ address: '93.184.215.14', family: 4 as const }];
  expect(() => checkPeer('93.184.215.14', checked, false)).not.toThrow();
  expect(() => checkPeer('::ffff:93.184.215.14', checked, true)).not.toThrow();
  for (const peer of ['127.0.0.1', '93.184.215.15', '::1', undefined]) {
    expect(() => checkPeer(peer, checked, false)).toThrow(expect.objectContaining({ code: 'ADDRESS_DENIED' }));
  }
  const local = [{ address: '127.0.0.1', family: 4 as const }];
  expect(() => checkPeer('127.0.0.1', local, true)).not.toThrow();
  expect(() => checkPeer('127.0.0.1', local, false)).toThrow(expect.objectContaining({ code: 'ADDRESS_DENIED' }));
});
