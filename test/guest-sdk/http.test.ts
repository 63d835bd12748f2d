/** `http`, against a host whose answers the test writes, and against a real server through the engine. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { HTTP_ERRORS } from '../../engine/host/http-errors.ts';
import { createEngine } from '../../engine/index.ts';
import { type HttpAnswer, MiniHost, type MiniHostOptions } from '../support/mini-host.ts';
import { fixture } from './support/drivers.ts';

type Asked = Parameters<NonNullable<MiniHostOptions['http']>>;

async function network(answer: HttpAnswer, takes?: number): Promise<{ plugin: MiniHost; asked: Asked[] }> {
  const asked: Asked[] = [];
  const http: MiniHostOptions['http'] = (...request) => {
    asked.push(request);
    return answer;
  };
  return { plugin: new MiniHost(await fixture('network'), { http, ...(takes === undefined ? {} : { takes }) }), asked };
}

const URL_TEXT = 'http://127.0.0.1:1/x?q=é';

test('a response has status, headers and body', async () => {
  const { plugin, asked } = await network({ status: 201, headers: { 'content-type': 'text/plain' }, body: 'žluť 🎵' });
  expect(plugin.call('get', URL_TEXT)).toEqual({
    ok: true,
    status: 201,
    type: 'text/plain',
    none: '',
    text: 'žluť 🎵',
    again: 7,
    error: '',
    description: 'status 201',
  });
  expect(asked[0]?.[0]).toEqual({ method: 'GET', url: URL_TEXT });
  expect(plugin.openResponses).toBe(0);
});

test('method, headers and body are sent', async () => {
  const { plugin, asked } = await network({});
  plugin.call('send', { method: 'PUT', url: URL_TEXT, body: 'é', headers: { a: 'b' } });
  plugin.call('post', { url: URL_TEXT, body: { n: 1 } });
  expect(asked[0]?.[0]).toEqual({ method: 'PUT', url: URL_TEXT, headers: { a: 'b' } });
  expect(asked[0]?.[1]).toEqual(new TextEncoder().encode('é'));
  expect(asked[1]?.[0]).toEqual({
    method: 'POST',
    url: URL_TEXT,
    headers: { 'x-test': 'yes', 'content-type': 'application/json' },
  });
  expect(new TextDecoder().decode(asked[1]?.[1])).toBe('{"n":1}');
});

test.each([[404], [500], [301]])('status %i is an answer, but not ok', async (status) => {
  const { plugin } = await network({ status, body: 'why' });
  expect(plugin.call('get', URL_TEXT)).toMatchObject({
    ok: false,
    status,
    text: 'why',
    error: '',
    description: `status ${status}`,
  });
});

test('without an answer there is a code and a reason', async () => {
  const { plugin } = await network({ error: { code: 'TIMEOUT', message: 'nothing came' } });
  expect(plugin.call('get', URL_TEXT)).toMatchObject({
    ok: false,
    status: 0,
    text: '',
    error: 'TIMEOUT',
    description: 'TIMEOUT: nothing came',
  });
});

test('a body that breaks off says so, and keeps what came', async () => {
  const { plugin } = await network({ body: 'half of it', breakAfter: 4 });
  expect(plugin.call('get', URL_TEXT)).toMatchObject({ text: 'half', error: 'HTTP_FAILED' });
});

test.each([
  ['{"a":[1]}', { ok: true, offset: -1, value: { a: [1] } }],
  ['<html>', { ok: false, offset: 0, value: null }],
  ['', { ok: false, offset: 0, value: null }],
])('the body %j as JSON', async (body, result) => {
  const { plugin } = await network({ body });
  expect(plugin.call('asJson', URL_TEXT)).toEqual(result);
});

test('a body of several megabytes arrives whole', async () => {
  const { plugin } = await network({ body: new Uint8Array(3_000_000) });
  expect(plugin.call('size', URL_TEXT)).toBe(3_000_000);
});

test('a response that nobody reads can be closed, and is only once', async () => {
  const { plugin } = await network({ status: 204 });
  expect(plugin.call('statusOnly', { url: URL_TEXT, times: 3 })).toEqual([204, 204, 204]);
  expect(plugin.openResponses).toBe(0);
});

test.each(['', 'plain-._~', 'a b&c=d/é?🎵%', '\ud800'])('encode %j', async (text) => {
  const { plugin } = await network({});
  expect(plugin.call('encode', text)).toBe(
    encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
  );
});

test('a body is read in pieces, and the rest of it at once', async () => {
  const body = 'x'.repeat(250);
  const read = async (answer: HttpAnswer, most: number): Promise<unknown> =>
    (await network(answer)).plugin.call('pieces', { url: URL_TEXT, size: 100, most });
  expect(await read({ body }, 9)).toEqual({ sizes: [100, 100, 50], rest: 0, after: 0, error: '' });
  expect(await read({ body }, 1)).toEqual({ sizes: [100], rest: 150, after: 0, error: '' });
  expect(await read({ body }, 0)).toEqual({ sizes: [], rest: 250, after: 0, error: '' });
  expect(await read({ body, breakAfter: 120 }, 9)).toEqual({
    sizes: [100, 20],
    rest: 0,
    after: 0,
    error: 'HTTP_FAILED',
  });
  expect(await read({ error: { code: 'BUSY', message: '' } }, 9)).toMatchObject({ sizes: [], rest: 0, error: 'BUSY' });
});

test('a body is written in pieces', async () => {
  const { plugin, asked } = await network({ status: 201, body: 'done' });
  expect(plugin.call('upload', { url: URL_TEXT, text: 'žluť', times: 3 })).toMatchObject({
    written: 3,
    opened: true,
    status: 201,
    text: 'done',
  });
  expect(asked[0]?.[0]).toEqual({ method: 'POST', url: URL_TEXT, headers: { 'x-a': '1', 'x-b': '2' } });
  expect(Buffer.from(asked[0]?.[1] ?? []).toString()).toBe('žluť'.repeat(3));
  expect(plugin.openResponses).toBe(0);
});

test('a body that is no longer wanted is not written on', async () => {
  const { plugin } = await network({ status: 413, body: 'too much' }, 2);
  expect(plugin.call('upload', { url: URL_TEXT, text: 'x', times: 9 })).toMatchObject({
    written: 2,
    opened: true,
    status: 413,
  });
});

test('a request that cannot be opened says why when it is finished', async () => {
  const { plugin } = await network({});
  expect(plugin.call('upload', { url: '', text: 'x', times: 9 })).toMatchObject({
    written: 0,
    opened: false,
    status: 0,
    error: 'INVALID_REQUEST',
  });
});

test('a request that was given up is over', async () => {
  const { plugin } = await network({});
  expect(plugin.call('given', URL_TEXT)).toEqual({ after: false, same: true });
});

test('the codes of errors are those of the host', async () => {
  const { plugin } = await network({});
  expect(plugin.call('errors')).toEqual(Object.keys(HTTP_ERRORS));
});

test('through the engine to a real server', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/moved') {
      response.writeHead(302, { location: '/there' }).end();
    } else if (request.url !== '/silent') {
      response.writeHead(200, { 'content-type': 'text/plain', 'x-method': request.method });
      request.pipe(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await using engine = await createEngine();
    const plugin = await engine.load(await fixture('network'), { grants: { http: [origin] } });
    const body = 'žluť 🎵'.repeat(10_000);
    expect(await plugin.call('send', { method: 'POST', url: `${origin}/`, body, headers: {} })).toMatchObject({
      status: 200,
      text: body,
    });
    // More of them than may be open at once: each is closed in time.
    expect(await plugin.call('statusOnly', { url: `${origin}/`, times: 15 })).toEqual(Array(15).fill(200));
    expect(await plugin.call('upload', { url: `${origin}/`, text: 'žluť', times: 1_000 })).toMatchObject({
      written: 1_000,
      text: 'žluť'.repeat(1_000),
    });
    expect(await plugin.call('pieces', { url: `${origin}/`, size: 10, most: 3 })).toMatchObject({
      sizes: [],
      error: '',
    });
    const manual = { url: `${origin}/moved`, timeout: 5_000 };
    expect(await plugin.call('manual', manual)).toMatchObject({ status: 302, location: '/there', url: manual.url });
    expect(await plugin.call('manual', { url: `${origin}/silent`, timeout: 50 })).toMatchObject({
      status: 0,
      timeout: true,
    });
    expect(await plugin.call('get', `${origin}/moved`)).toMatchObject({ status: 200 });
    expect(await plugin.call('get', 'http://127.0.0.1:9/elsewhere')).toMatchObject({
      status: 0,
      error: 'PERMISSION_DENIED',
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
