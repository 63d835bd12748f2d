/** `ringfence/testing`: a built plugin with fakes at the boundary of its host. */
import { beforeAll, describe, expect, test } from 'vitest';
import { hostFunction } from '../../engine/index.ts';
import { assertUsage, failureOf, type TestOptions, type TestPlugin, testPlugin } from '../../engine/testing/index.ts';
import { fixture } from '../guest-sdk/support/drivers.ts';

interface Described {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
  readonly error: string;
  readonly description: string;
}

describe('http', () => {
  let wasm: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    wasm = await fixture('network');
  });
  const network = (options: TestOptions): Promise<TestPlugin> =>
    testPlugin(wasm, { grants: { http: true }, ...options });

  test('the first rule that fits answers, and what was asked is there to look at', async () => {
    await using plugin = await network({
      http: [
        { method: 'POST', url: 'http://127.0.0.1/items', status: 201, json: { id: 7 } },
        { url: 'http://127.0.0.1/items?*', headers: { 'content-type': 'text/plain' }, body: ['one, ', 'two'] },
        { url: /\/items\/\d+$/, answer: ({ url }) => ({ body: url.slice(-1) }) },
      ],
    });
    expect(await plugin.call<Described>('post', { url: 'http://127.0.0.1/items', body: { name: 'ü' } })).toMatchObject({
      ok: true,
      status: 201,
      text: '{"id":7}',
      type: 'application/json',
    });
    expect(await plugin.call('get', 'http://127.0.0.1/items?page=2')).toMatchObject({ text: 'one, two' });
    expect(await plugin.call('get', 'http://127.0.0.1/items/5')).toMatchObject({ text: '5' });
    const [post, page] = plugin.http.requests;
    expect(post).toMatchObject({
      method: 'POST',
      url: 'http://127.0.0.1/items',
      headers: { 'content-type': 'application/json', 'x-test': 'yes' },
      body: '{"name":"ü"}',
    });
    expect(page?.method).toBe('GET');
    expect(plugin.audit.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['POST', '/items', 201],
      ['GET', '/items', 200],
      ['GET', '/items/5', 200],
    ]);
  });

  test('rules wear out, and what nobody answers fails and is listed', async () => {
    await using plugin = await network({ http: [{ url: 'http://127.0.0.1/', error: 'TIMEOUT', times: 1 }] });
    plugin.http.on({ url: 'http://127.0.0.1', when: ({ headers }) => headers.accept === undefined, body: 'again' });
    expect(await plugin.call('get', 'http://127.0.0.1/')).toMatchObject({ ok: false, status: 0, error: 'TIMEOUT' });
    expect(await plugin.call('get', 'http://127.0.0.1/')).toMatchObject({ text: 'again' });
    expect(await plugin.call<Described>('get', 'http://127.0.0.1/other')).toMatchObject({
      error: 'NETWORK',
      description: expect.stringContaining('no answer for GET http://127.0.0.1/other'),
    });
    expect(plugin.http.unanswered.map(({ url }) => url)).toEqual(['http://127.0.0.1/other']);
  });

  test('permissions, redirects and limits are the real ones', async () => {
    await using plugin = await network({
      limits: { httpResponseBytes: 100, httpRequests: 3 },
      http: [
        { url: 'http://127.0.0.1/away', status: 302, headers: { location: 'https://elsewhere.example/' } },
        { url: 'http://127.0.0.1/long', body: 'x'.repeat(101) },
      ],
    });
    expect(await plugin.call('get', 'https://elsewhere.example/')).toMatchObject({ error: 'PERMISSION_DENIED' });
    expect(await plugin.call('get', 'http://127.0.0.1/away')).toMatchObject({ error: 'PERMISSION_DENIED' });
    expect(await plugin.call('get', 'http://127.0.0.1/long')).toMatchObject({ error: 'LIMIT_EXCEEDED' });
    expect(plugin.http.requests.map(({ url }) => url)).toEqual(['http://127.0.0.1/away', 'http://127.0.0.1/long']);
    expect(plugin.audit.map(({ decision }) => decision)).toEqual(['denied', 'allowed', 'denied', 'allowed']);
  });

  test('bodies that are sent piece by piece are there as a whole', async () => {
    await using plugin = await network({ http: [{ url: 'http://127.0.0.1/up', body: 'thanks' }] });
    expect(await plugin.call('upload', { url: 'http://127.0.0.1/up', text: 'abc', times: 3 })).toMatchObject({
      text: 'thanks',
      written: 3,
    });
    expect(plugin.http.requests[0]?.body).toBe('abcabcabc');
  });

  test('secrets are sent and not shown', async () => {
    await using plugin = await network({
      secrets: { KEY: 'a secret of some length' },
      grants: { http: [{ host: 'http://127.0.0.1', headers: { authorization: `Bearer \${secret:KEY}` } }] },
      http: [{ url: 'http://127.0.0.1/', answer: ({ headers }) => ({ body: `${headers.authorization}` }) }],
    });
    expect(await plugin.call<Described>('get', 'http://127.0.0.1/')).toMatchObject({
      text: expect.not.stringContaining('a secret'),
    });
    expect(plugin.http.requests[0]?.headers.authorization).toBe('Bearer a secret of some length');
  });

  test.each([
    [{ url: 7 }, 'Expected the `url` of an answer to be text or a regular expression'],
    [{ url: 'x', error: 'NOPE' }, 'Expected `error` to be one of'],
    [{ url: 'x', status: 99 }, 'Expected `status` to be a whole number from 200 to 599'],
    [{ url: 'x', jason: {} }, 'Unknown option "jason" of `http`'],
  ])('a rule that cannot be: %j', async (rule, message) => {
    await expect(network({ http: [rule as never] })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message),
    });
  });
});

test('stored data is there before, and can be looked at after; it expires when the test lets time pass', async () => {
  await using plugin = await testPlugin(await fixture('store'), {
    kv: { visits: '3', list: [1, 'ü'], raw: Uint8Array.of(104, 105) },
  });
  expect(await plugin.call('count', 'visits')).toBe(4);
  expect(await plugin.call('readJson', 'list')).toEqual([1, 'ü']);
  expect(plugin.kv.text('visits')).toBe('4');
  expect(plugin.kv.json('list')).toEqual([1, 'ü']);
  expect(plugin.kv.bytes('raw')).toEqual(Uint8Array.of(104, 105));
  expect(plugin.kv.text('nothing')).toBeUndefined();
  await plugin.call('write', { key: 'brief', value: 'x', ttl: 1_000 });
  plugin.kv.set('added', 'by the test');
  plugin.kv.delete('raw');
  expect(await plugin.call('read', 'added')).toMatchObject({ exists: true, text: 'by the test' });
  expect(plugin.kv.keys()).toEqual(['added', 'brief', 'list', 'visits']);
  plugin.advance(1_000);
  expect(plugin.kv.keys()).toEqual(['added', 'list', 'visits']);
  expect(await plugin.call('read', 'brief')).toMatchObject({ exists: false });
});

test('clock and random numbers are fixed, and time passes when the test says so', async () => {
  const wasm = await fixture('chance');
  const nanoseconds = (iso: string): number => new Date(iso).getTime() * 1e6;
  await using plugin = await testPlugin(wasm, { time: '2030-05-06T07:08:09Z', seed: 3 });
  expect((await plugin.call<number[]>('times'))[0]).toBe(nanoseconds('2030-05-06T07:08:09Z') / 1e6);
  plugin.advance(60_000);
  expect((await plugin.call<number[]>('times'))[0]).toBe(nanoseconds('2030-05-06T07:09:09Z') / 1e6);
  const uuid = await plugin.call('uuid');
  expect(await plugin.call('uuid')).toBe(uuid);
  await using other = await testPlugin(wasm, { seed: 4 });
  expect(await other.call('uuid')).not.toBe(uuid);
  expect((await other.call<number[]>('times'))[0]).toBe(Date.UTC(2024, 0, 1));
});

test('events, other plugins and functions of the application', async () => {
  const desk = hostFunction({
    name: 'ask_desk',
    capability: 'desk',
    input: 'text',
    output: 'text',
    call: (_, question) => `${question}? No.`,
  });
  await using plugin = await testPlugin(await fixture('social'), {
    hostFunctions: [desk],
    plugins: {
      values: {
        json: (input) => ({ got: input }),
        fail: () => {
          throw Object.assign(new Error('not today'), { code: 'CLOSED_TODAY' });
        },
      },
    },
  });
  expect(await plugin.call('tell', { name: 'social.news', payload: [1] })).toMatchObject({ ok: true });
  expect(plugin.events.map(({ event, payload }) => [event, payload])).toEqual([['social.news', [1]]]);
  const ask = (target: string) => plugin.call('ask', { target, input: { a: 1 } });
  expect(await ask('values/json')).toMatchObject({ ok: true, text: '{"got":{"a":1}}' });
  expect(await ask('values/fail')).toMatchObject({
    code: 'GUEST_ERROR',
    details: { code: 'CLOSED_TODAY', message: 'not today' },
  });
  expect(await ask('values/none')).toMatchObject({ code: 'UNKNOWN_FUNCTION' });
  expect(await ask('others/json')).toMatchObject({ code: 'PERMISSION_DENIED' });
  expect(plugin.pluginCalls[0]).toEqual({ plugin: 'values', function: 'json', input: { a: 1 } });
  expect(await plugin.call('desk', 'open')).toMatchObject({ text: 'open? No.' });
});

test('what is not granted is missing', async () => {
  await using plugin = await testPlugin(await fixture('network'), { grants: { kv: true } });
  expect(plugin.plugin.state).toBe('pending-permission');
  expect(await failureOf(plugin.call('get', 'http://127.0.0.1/'))).toMatchObject({ code: 'PERMISSION_DENIED' });
});

test('lines, limits and usage', async () => {
  await using plugin = await testPlugin(await fixture('store'), { limits: { kvValueBytes: 10 } });
  expect(await plugin.call('write', { key: 'a', value: 'x'.repeat(11) })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(plugin.lines).toEqual([]);
  const { usage } = await plugin.invoke('count', 'visits');
  expect(plugin.usage().fuel).toEqual(usage.fuel);
  expect(() => assertUsage(usage, { fuel: 1_000_000, hostCalls: 10, httpRequests: 0 })).not.toThrow();
  expect(() => assertUsage(usage, { fuel: 10, httpRequests: 0, hostCalls: 0 })).toThrow(
    /more than it should: fuel \d+ of 10, hostCalls \d+ of 0$/,
  );
});

test('how a call fails is plain data, and one that does not fail is told', async () => {
  await using plugin = await testPlugin(await fixture('values'));
  const tooMuch = await failureOf(plugin.call('number', { value: 1 }, { limits: { fuel: 10 } }));
  expect(tooMuch.code).toBe('OUT_OF_FUEL');
  await expect(failureOf(Promise.resolve(7))).rejects.toMatchObject({ code: 'ERR_ASSERTION', actual: 7 });
  await expect(failureOf(Promise.reject(new TypeError('else')))).rejects.toThrow(TypeError);
});

test('options that there are not, and files that are none', async () => {
  await expect(testPlugin(new Uint8Array(), { htp: [] } as never)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining('Unknown option "htp" of `testPlugin`'),
  });
  await expect(testPlugin('nowhere/none.wasm')).rejects.toMatchObject({ code: expect.any(String) });
  await expect(testPlugin(new Uint8Array())).rejects.toMatchObject({ code: 'INVALID_MODULE' });
});
