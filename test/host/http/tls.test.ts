/** HTTPS: who a server is, is checked against the name in the URL, whatever address it has and whatever the environment says. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DnsStub } from '../../support/dns-stub.ts';
import { type Fetched, TestGateway } from '../../support/http-gateway.ts';
import { RawServer } from '../../support/raw-server.ts';

const file = (name: string): string =>
  readFileSync(new URL(`../../support/certificates/${name}`, import.meta.url), 'utf8');
const authority = file('authority.pem');

let dns: DnsStub;
const servers: Server[] = [];
async function serve(certificate: string): Promise<number> {
  const server = createServer({ cert: file(certificate), key: file('server-key.pem') }, (request, response) => {
    const { servername } = request.socket as { servername?: string };
    response.end(`${servername} ${request.httpVersion} ${request.headers.host}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

let port = 0;
let expired = 0;
beforeAll(async () => {
  dns = await DnsStub.start(() => ['127.0.0.1']);
  port = await serve('server.pem');
  expired = await serve('expired.pem');
});
afterAll(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await dns[Symbol.asyncDispose]();
});

async function fetch(
  url: string,
  trustedCertificates = [authority],
): Promise<Fetched & { reason: string | undefined }> {
  const granted = [{ host: 'https://*.test:*', allowPrivate: true }, 'https://127.0.0.1:*'];
  await using plugin = new TestGateway({ granted, dnsServers: dns.servers, trustedCertificates });
  const answer = await plugin.fetch(url);
  return { ...answer, reason: plugin.events[0]?.reason };
}

describe('a server is believed', () => {
  test('with a certificate for its name', async () => {
    expect(await fetch(`https://good.test:${port}/`)).toMatchObject({ body: `good.test 1.1 good.test:${port}` });
    expect(await fetch(`https://a.good.test:${port}/`)).toMatchObject({ body: `a.good.test 1.1 a.good.test:${port}` });
  });

  test('with a certificate for its address', async () => {
    expect(await fetch(`https://127.0.0.1:${port}/`)).toMatchObject({ status: 200 });
  });
});

describe('a server is not believed', () => {
  test.each<[string, () => string, string[]?]>([
    ['with a certificate for another name', () => `https://bad.test:${port}/`],
    ['with a certificate for a name above', () => `https://a.b.good.test:${port}/`],
    ['with a certificate that has expired', () => `https://good.test:${expired}/`],
    ['with a certificate of somebody who is not trusted', () => `https://good.test:${port}/`, []],
  ])('%s', async (_, url, trusted) => {
    expect(await fetch(url(), trusted)).toMatchObject({
      ok: false,
      code: 'TLS',
      reason: expect.stringMatching(/certificate/i),
    });
  });

  test('that speaks no TLS', async () => {
    await using plain = await RawServer.start((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    expect(await fetch(`https://good.test:${plain.port}/`)).toMatchObject({ ok: false });
  });

  test('though the environment says that anybody may be', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(await fetch(`https://bad.test:${port}/`)).toMatchObject({ code: 'TLS' });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });
});

test('a server that never finishes the handshake is given up', async () => {
  await using silent = await RawServer.start(() => {});
  await using plugin = new TestGateway({ granted: [`https://127.0.0.1:${silent.port}`] });
  expect(await plugin.fetch({ url: `https://127.0.0.1:${silent.port}/`, timeoutMs: 50 })).toMatchObject({
    code: 'TIMEOUT',
  });
});
