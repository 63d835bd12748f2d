import { describe, expect, test } from 'vitest';
import { matchesOrigin, parseOriginPattern } from '../../engine/validate/origin-pattern.ts';

describe('an origin pattern', () => {
  test.each<[string, string, boolean]>([
    ['https://api.example.com', 'https://api.example.com/x?y', true],
    ['https://api.example.com', 'https://api.example.com:443/', true],
    ['https://api.example.com', 'https://api.example.com:8443/', false],
    ['https://api.example.com', 'http://api.example.com/', false],
    ['https://api.example.com', 'https://API.EXAMPLE.COM/', true],
    ['https://api.example.com', 'https://evil.com/api.example.com', false],
    ['https://api.example.com', 'https://api.example.com.evil.com/', false],
    ['https://api.example.com', 'https://xapi.example.com/', false],
    ['https://api.example.com', 'https://api.example.com@evil.com/', false],
    ['api.example.com', 'https://api.example.com/', true],
    ['api.example.com', 'http://api.example.com/', false],
    ['API.Example.com:8443', 'https://api.example.com:8443/', true],
    ['https://*.example.com', 'https://a.b.example.com/', true],
    ['https://*.example.com', 'https://example.com/', false],
    ['https://*.example.com', 'https://badexample.com/', false],
    ['*.example.com:*', 'https://a.example.com:99/', true],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/', true],
    ['http://127.0.0.1:8080', 'http://2130706433:8080/', true],
    ['http://127.0.0.1:*', 'http://127.0.0.1:49152/', true],
    ['http://127.0.0.1:*', 'http://127.0.0.1/', true],
    ['http://127.0.0.1:*', 'http://127.0.0.2:80/', false],
    ['http://[::1]:80', 'http://[::1]/', true],
    ['http://[0:0::1]', 'http://[::1]/', true],
    ['https://xn--mnchen-3ya.example', 'https://münchen.example/', true],
    ['*', 'https://anything.example/', true],
    ['*', 'http://anything.example/', false],
    ['*', 'https://anything.example:8443/', false],
    ['*:*', 'https://anything.example:8443/', true],
    ['http://*:8080', 'http://anything.example:8080/', true],
  ])('%s against %s: %s', (pattern, url, expected) => {
    const parsed = parseOriginPattern(pattern);
    expect(parsed).toBeDefined();
    expect(parsed && matchesOrigin(parsed, new URL(url))).toBe(expected);
  });

  test.each([
    '',
    '*foo',
    '*.',
    '**',
    '*.*',
    '*.*.example.com',
    'https://',
    'https://:443',
    'ftp://example.com',
    'https://example.com/',
    'https://example.com/path',
    'https://example.com?query',
    'https://example.com#hash',
    'https://user@example.com',
    'https://example.com:99999',
    'https://example.com:0',
    'https://example.com:',
    'https://exam ple.com',
    'https://a*.example.com',
    'https://a.*.com',
    'https://münchen.example',
    'https://127.1',
    'http://2130706433',
    'http://0x7f000001',
    'http://017700000001',
    'http://*.127.0.0.1',
    'http://*.[::1]',
    'https://example.com.',
    'https://.example.com',
    'http://[::1',
    'http://[zz]',
    '//example.com',
  ])('%j is none', (text) => {
    expect(parseOriginPattern(text)).toBeUndefined();
  });
});
