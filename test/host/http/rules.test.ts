import { describe, expect, test } from 'vitest';
import type { GrantsInput } from '../../../engine/grants.ts';
import type { HttpRefusal } from '../../../engine/host/http/refusal.ts';
import { parseRequestHead } from '../../../engine/host/http/request.ts';
import { type Admission, HttpRules } from '../../../engine/host/http/rules.ts';
import { Secrets } from '../../../engine/host/secrets.ts';
import type { HttpPermission } from '../../../engine/validate/index.ts';
import { failureSync } from '../../support/errors.ts';

const ASKED: readonly HttpPermission[] = [
  { host: 'https://api.example.com', methods: ['GET', 'POST'], reason: 'r' },
  { host: 'https://*.cdn.example.com', reason: 'r' },
  { host: 'https://files.example.com', paths: ['/v1', '/public/'], reason: 'r' },
  { host: 'http://10.0.0.5:*', reason: 'r' },
];
/** As it stands in a header. */
const reference = (name: string): string => `\${secret:${name}}`;
const SECRETS = new Secrets({ API_KEY: 'k-0123456789', OTHER: 'o-0123456789' });

function admit(granted: GrantsInput['http'], method: string, url: string, headers = {}, asked = ASKED): Admission {
  return new HttpRules(asked, granted, SECRETS).admit(parseRequestHead(JSON.stringify({ method, url, headers })));
}

function refusal(granted: GrantsInput['http'], method: string, url: string, headers = {}, asked = ASKED): string {
  try {
    admit(granted, method, url, headers, asked);
  } catch (error) {
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED' });
    return (error as HttpRefusal).message;
  }
  return expect.fail('it is allowed');
}

describe('a request is allowed where', () => {
  test.each<[string, GrantsInput['http'], string, string]>([
    ['its origin is asked for and granted', ['https://api.example.com'], 'POST', 'https://api.example.com/songs'],
    ['whatever is asked for is granted', true, 'GET', 'https://a.cdn.example.com/'],
    ['a wider grant covers it', ['https://*.example.com'], 'GET', 'https://api.example.com/'],
    ['everything is granted', ['*'], 'GET', 'https://api.example.com/'],
    ['its path is below one that is asked for', true, 'GET', 'https://files.example.com/v1/x'],
    [
      'its path is below one that is granted',
      [{ host: 'https://api.example.com', paths: ['/songs'] }],
      'GET',
      'https://api.example.com/songs/1',
    ],
    [
      'its method is among those granted',
      [{ host: 'https://api.example.com', methods: ['POST'] }],
      'POST',
      'https://api.example.com/',
    ],
    [
      'one of several grants of its host covers it',
      [
        { host: 'https://api.example.com', paths: ['/a'] },
        { host: 'https://api.example.com', paths: ['/b'] },
      ],
      'GET',
      'https://api.example.com/b',
    ],
  ])('%s', (_, granted, method, url) => {
    expect(admit(granted, method, url)).toMatchObject({ allowPrivate: false });
  });
});

describe('a request is refused, with the line to add,', () => {
  test.each<[string, GrantsInput['http'], string, string, string]>([
    [
      'where its origin is not asked for',
      ['https://other.example.com'],
      'GET',
      'https://other.example.com/x',
      '"http": [{ "host": "https://other.example.com", "reason": "…" }]',
    ],
    [
      'where its origin is not granted',
      ['https://a.cdn.example.com'],
      'GET',
      'https://api.example.com/x',
      '"http": ["https://api.example.com"]',
    ],
    ['where its method is not asked for', true, 'DELETE', 'https://api.example.com/', 'without the method DELETE'],
    [
      'for methods but GET and HEAD where none are asked for',
      true,
      'POST',
      'https://a.cdn.example.com/',
      'without the method POST',
    ],
    [
      'where its method is not granted',
      [{ host: 'https://api.example.com', methods: ['GET'] }],
      'POST',
      'https://api.example.com/',
      'the method POST of https://api.example.com is not granted',
    ],
    ['where its path is not asked for', true, 'GET', 'https://files.example.com/v2', 'without this path'],
    [
      'where its path leaves the one that is asked for',
      true,
      'GET',
      'https://files.example.com/v1/..%2fsecret',
      'without this path',
    ],
    [
      'where its path is not granted',
      [{ host: 'https://api.example.com', paths: ['/songs'] }],
      'GET',
      'https://api.example.com/admin',
      'this path of https://api.example.com is not granted',
    ],
    [
      'on another port',
      ['https://api.example.com'],
      'GET',
      'https://api.example.com:8443/',
      'does not ask for https://api.example.com:8443',
    ],
    ['by another scheme', true, 'GET', 'http://api.example.com/', 'does not ask for http://api.example.com'],
    ['with grants of nothing', undefined, 'GET', 'https://api.example.com/', 'not granted'],
    ['with a grant that is false', false, 'GET', 'https://api.example.com/', 'not granted'],
    ['with an empty list of grants', [], 'GET', 'https://api.example.com/', 'not granted'],
  ])('%s', (_, granted, method, url, message) => {
    expect(refusal(granted, method, url)).toContain(message);
  });

  test('to plugins that ask for nothing', () => {
    expect(refusal(true, 'GET', 'https://api.example.com/', {}, [])).toContain('does not ask');
  });
});

describe('private addresses may be reached', () => {
  const url = 'http://10.0.0.5:8080/';
  test.each<[string, GrantsInput['http'], string, boolean]>([
    ['by a grant that names the address', ['http://10.0.0.5:8080'], url, true],
    ['by a grant that names the address with any port', ['http://10.0.0.5:*'], url, true],
    [
      'by a grant that says so',
      [{ host: 'https://api.example.com', allowPrivate: true }],
      'https://api.example.com/',
      true,
    ],
    ['not because the manifest asks for them', true, url, false],
    ['not by a grant of everything', ['http://*:*'], url, false],
    ['not by a grant of a name', ['https://api.example.com'], 'https://api.example.com/', false],
    ['not by a grant of an address that says so', [{ host: 'http://10.0.0.5:8080', allowPrivate: false }], url, false],
    [
      'by the narrower of two grants',
      ['https://*.example.com', { host: 'https://api.example.com', allowPrivate: true }],
      'https://api.example.com/',
      true,
    ],
    [
      'not by the wider of two grants',
      ['https://api.example.com', { host: 'https://*.example.com', allowPrivate: true }],
      'https://api.example.com/',
      false,
    ],
  ])('%s', (_, granted, to, allowPrivate) => {
    expect(admit(granted, 'GET', to).allowPrivate).toBe(allowPrivate);
  });

  test('by a grant that names localhost', () => {
    const asked = [{ host: 'http://localhost:*', reason: 'r' }];
    expect(admit(['http://localhost:3000'], 'GET', 'http://localhost:3000/', {}, asked).allowPrivate).toBe(true);
    expect(admit(true, 'GET', 'http://localhost:3000/', {}, asked).allowPrivate).toBe(false);
  });
});

describe('a grant that cannot be:', () => {
  test.each<[string, unknown]>([
    ['a path in the host', 'https://example.com/path'],
    ['a number', 5],
    ['null', null],
    ['a host that is no text', { host: 5 }],
    ['no host', {}],
    ['an unknown member', { host: '*', port: 5 }],
    ['an unknown method', { host: '*', methods: ['TRACE'] }],
    ['methods that are no list', { host: '*', methods: 'GET' }],
    ['a path that is no prefix', { host: '*', paths: ['/a/..'] }],
    ['private addresses of any host', { host: '*', allowPrivate: true }],
    ['private addresses of any host and port', { host: 'http://*:*', allowPrivate: true }],
    ['private addresses as text', { host: 'https://a.example', allowPrivate: 'yes' }],
    ['cookies as text', { host: 'https://a.example', cookies: 'yes' }],
    ['headers that are no object', { host: 'https://a.example', headers: 'a: b' }],
    ['a header of two lines', { host: 'https://a.example', headers: { a: 'b\r\nc: d' } }],
    ['a header that is not its own', { host: 'https://a.example', headers: { Host: 'b' } }],
    ['a secret that is not there', { host: 'https://a.example', headers: { authorization: reference('NONE') } }],
  ])('%s', (_, entry) => {
    const error = failureSync(() => new HttpRules(ASKED, [entry] as never, SECRETS), 'INVALID_OPTION');
    expect(error.message).toContain('grants.http[0]');
  });
});

describe('secrets', () => {
  const granted = [{ host: 'https://api.example.com', headers: { 'X-Key': `Key ${reference('API_KEY')}` } }];
  const url = 'https://api.example.com/';

  test('are sent in the header that the operator names', () => {
    expect(admit(granted, 'GET', url).headers).toEqual([
      { name: 'x-key', value: 'Key k-0123456789', secrets: [['API_KEY', 'k-0123456789']] },
    ]);
  });

  test('may be named by the plugin, where they are sent', () => {
    expect(admit(granted, 'GET', url, { 'x-key': reference('API_KEY') }).headers).toHaveLength(1);
  });

  test.each([
    ['an unknown one', { 'x-key': reference('NONE') }],
    ['one that is not sent there', { 'x-key': reference('OTHER') }],
    ['one in another header', { 'x-echo': reference('API_KEY') }],
  ])('of which the plugin names %s are refused, with the line to add', (_, headers) => {
    expect(refusal(granted, 'GET', url, headers)).toContain(
      '"http": [{"host":"https://api.example.com","headers":{"x-',
    );
  });

  test('have names and values that fit into a header, and are long enough to be found again', () => {
    for (const secrets of [{ 'a b': 'x'.repeat(20) }, { A: 'short' }, { A: 'two\r\nlines of it' }, { A: 5 }, null]) {
      const error = failureSync(() => new Secrets(secrets as never), 'INVALID_OPTION');
      expect(error.message).not.toMatch(/short|lines of it/);
    }
  });
});
