import { describe, expect, test } from 'vitest';
import { HttpAccess } from '../../engine/host/http-access.ts';
import { matchesOrigin, parseOriginPattern } from '../../engine/host/origin-pattern.ts';
import { failureSync } from '../support/errors.ts';

describe('an origin pattern', () => {
  test.each([
    ['https://api.example.com', 'https://api.example.com/x?y', true],
    ['https://api.example.com', 'https://api.example.com:443/', true],
    ['https://api.example.com', 'https://api.example.com:8443/', false],
    ['https://api.example.com', 'http://api.example.com/', false],
    ['https://api.example.com', 'https://API.EXAMPLE.COM./', true],
    ['https://api.example.com', 'https://evil.com/api.example.com', false],
    ['https://api.example.com', 'https://api.example.com.evil.com/', false],
    ['https://api.example.com', 'https://xapi.example.com/', false],
    ['api.example.com', 'https://api.example.com/', true],
    ['api.example.com', 'http://api.example.com/', false],
    ['API.Example.com:8443', 'https://api.example.com:8443/', true],
    ['https://*.example.com', 'https://a.b.example.com/', true],
    ['https://*.example.com', 'https://example.com/', false],
    ['https://*.example.com', 'https://badexample.com/', false],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/', true],
    ['http://127.0.0.1:8080', 'http://2130706433:8080/', true],
    ['http://127.0.0.1:*', 'http://127.0.0.1:49152/', true],
    ['http://127.0.0.1:*', 'http://127.0.0.1/', true],
    ['http://127.0.0.1:*', 'http://127.0.0.2:80/', false],
    ['http://[::1]:80', 'http://[::1]/', true],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example/', undefined],
  ])('%s against %s: %s', (pattern, url, expected) => {
    if (expected === undefined) failureSync(() => parseOriginPattern(pattern), 'INVALID_OPTION');
    else expect(matchesOrigin(parseOriginPattern(pattern), new URL(url))).toBe(expected);
  });

  test.each([
    '',
    '*',
    '*foo',
    '*.',
    'https://',
    'ftp://example.com',
    'https://example.com/',
    'https://example.com/path',
    'https://user@example.com',
    'https://example.com:99999',
    'https://exam ple.com',
    'https://a*.example.com',
    5,
    null,
  ])('%j is none', (text) => {
    failureSync(() => parseOriginPattern(text), 'INVALID_OPTION');
  });
});

describe('a request', () => {
  const asked = [
    { host: 'https://api.example.com', reason: 'r' },
    { host: 'https://*.cdn.example.com', methods: ['GET'], reason: 'r' },
  ];
  const url = (text: string): URL => new URL(text);

  test('is allowed where it is asked for and granted', () => {
    const access = new HttpAccess(asked, ['https://api.example.com']);
    expect(access.refusal('POST', url('https://api.example.com/songs'))).toBeUndefined();
  });

  test('granting `true` grants what is asked for, and no more', () => {
    const access = new HttpAccess(asked, true);
    expect(access.refusal('GET', url('https://a.cdn.example.com/'))).toBeUndefined();
    expect(access.refusal('GET', url('https://other.example.com/'))).toContain(
      'does not ask for https://other.example.com',
    );
  });

  test('is refused with the line to add to the manifest', () => {
    const access = new HttpAccess(asked, ['https://other.example.com']);
    expect(access.refusal('GET', url('https://other.example.com/x'))).toContain(
      '"http": [{ "host": "https://other.example.com", "reason": "…" }]',
    );
  });

  test('is refused with the line to add to the grants', () => {
    const access = new HttpAccess(asked, ['https://a.cdn.example.com']);
    expect(access.refusal('GET', url('https://api.example.com/x'))).toContain('"http": ["https://api.example.com"]');
  });

  test('is refused for a method that is not asked for', () => {
    const access = new HttpAccess(asked, true);
    expect(access.refusal('POST', url('https://a.cdn.example.com/'))).toContain('without the method POST');
  });

  test.each([[undefined], [false], [[]]])('is refused with grants of %j', (grant) => {
    expect(new HttpAccess(asked, grant).refusal('GET', url('https://api.example.com/'))).toContain('not granted');
  });

  test('is refused to plugins that ask for nothing', () => {
    expect(new HttpAccess(undefined, true).refusal('GET', url('https://api.example.com/'))).toContain('does not ask');
  });
});
