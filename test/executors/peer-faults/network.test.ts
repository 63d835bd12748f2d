/** Where requests of plugins go, and how long and how much they may be: ways in which plugin engines have been seen to get it wrong. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXECUTORS, hostFunction, type LoadOptions, type Plugin } from '../../../engine/index.ts';
import { canSuspend } from '../../../engine/runtime/jspi.ts';
import { failure } from '../../support/errors.ts';
import { httpPlugin } from '../../support/http-guest.ts';
import { engines } from './engines.ts';

const servers: Server[] = [];
/** @returns its origin */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** It asks for every host, and can do without. */
const wasm = httpPlugin('http://*:*', {
  manifest: { permissions: { http: [{ host: 'http://*:*', methods: ['GET'], reason: 'tests', optional: true }] } },
});
let allowed: string;
let forbidden: string;
let reached = 0;
beforeAll(async () => {
  forbidden = await serve((_, response) => {
    reached++;
    response.end('"secret"');
  });
  allowed = await serve((request, response) => {
    if (request.url === '/elsewhere') response.writeHead(302, { location: `${forbidden}/` }).end();
    else if (request.url === '/endless') {
      response.on('error', () => {});
      const more = (): void => {
        if (response.destroyed) return;
        // As fast as it is taken: the server shares its thread with the engine.
        if (response.write('x'.repeat(65_536))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    } else if (request.url !== '/silent') response.end('"hello"');
  });
});
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

describe.each(EXECUTORS.filter((executor) => executor !== 'inline' || canSuspend))('%s', (executor) => {
  const open = engines(executor);
  const load = async (options: LoadOptions = {}): Promise<Plugin> =>
    (await open()).load(wasm, { grants: { http: [allowed] }, ...options });
  const get = (url: string): { url: string } => ({ url });

  test('a redirect to a host that was not granted is not followed', async () => {
    const before = reached;
    const plugin = await load();
    expect(await plugin.call('fetch', get(`${allowed}/`))).toBe('hello');
    expect(await plugin.call('fetch', get(`${allowed}/elsewhere`))).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(reached).toBe(before);
  });

  test.each(['http://*:*', true] as const)('a grant of every host (%s) does not reach this machine', async (grant) => {
    const before = reached;
    const plugin = await load({ grants: { http: grant === true ? true : [grant] } });
    const { port } = new URL(forbidden);
    for (const url of [forbidden, `http://localhost:${port}/`, `http://[::1]:${port}/`, `http://2130706433:${port}/`]) {
      expect(await plugin.call('fetch', get(url)), url).toMatchObject({ code: expect.stringMatching(/DENIED/) });
    }
    expect(reached).toBe(before);
  });

  test('a body without end is an error that the plugin sees, by default', async () => {
    const plugin = await load({ limits: { fuel: '64G' } });
    expect(await plugin.call('fetch', get(`${allowed}/endless`))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('httpResponseBytes'),
    });
  });

  test('a server that never answers is given up, and the plugin goes on', async () => {
    const plugin = await load({ limits: { httpTimeoutMs: 60 } });
    expect(await plugin.call('fetch', get(`${allowed}/silent`))).toMatchObject({ code: 'TIMEOUT' });
    await failure(
      () => plugin.call('fetch', get(`${allowed}/silent`), { limits: { timeoutMs: 60, httpTimeoutMs: 60_000 } }),
      'DEADLINE_EXCEEDED',
    );
    expect(await plugin.call('fetch', get(`${allowed}/`))).toBe('hello');
  });

  test('two plugins that were given the same functions have grants of their own', async () => {
    const engine = await open();
    const hostFunctions = [hostFunction({ name: 'hello', capability: 'hi', input: 'none', output: 'none', call() {} })];
    const options = { hostFunctions, grants: { http: [allowed] } };
    const first = await engine.load(wasm, { ...options, id: 'first' });
    const second = await engine.load(wasm, { hostFunctions, id: 'second', grants: { http: [forbidden] } });
    expect(await first.call('fetch', get(`${allowed}/`))).toBe('hello');
    expect(await first.call('fetch', get(forbidden))).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await second.call('fetch', get(`${allowed}/`))).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await second.call('fetch', get(forbidden))).toBe('secret');
  });
});
