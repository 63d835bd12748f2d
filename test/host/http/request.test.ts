import { describe, expect, test } from 'vitest';
import { type HttpRequestHead, parseRequestHead } from '../../../engine/host/http/request.ts';

const head = (value: unknown): HttpRequestHead => parseRequestHead(JSON.stringify(value));
const url = 'https://api.example.com/x';

test('a URL is enough', () => {
  expect(head({ url })).toEqual({
    method: 'GET',
    url: new URL(url),
    headers: new Map(),
    redirect: 'follow',
    timeoutMs: Number.POSITIVE_INFINITY,
  });
});

test('header names are lower-cased', () => {
  const { headers } = head({ url, method: 'POST', headers: { 'Content-Type': 'application/json', 'X-A': 'é' } });
  expect([...headers]).toEqual([
    ['content-type', 'application/json'],
    ['x-a', 'é'],
  ]);
});

describe('a URL is what a browser makes of it:', () => {
  test.each([
    ['decimal', 'http://2130706433/', 'http://127.0.0.1/'],
    ['hexadecimal', 'http://0x7f000001/', 'http://127.0.0.1/'],
    ['mixed hexadecimal', 'http://0x7f.1/', 'http://127.0.0.1/'],
    ['octal', 'http://017700000001/', 'http://127.0.0.1/'],
    ['octal parts', 'http://0177.0.0.01/', 'http://127.0.0.1/'],
    ['short', 'http://127.1/', 'http://127.0.0.1/'],
    ['full-width digits', 'http://１２７．０．０．１/', 'http://127.0.0.1/'],
    ['other digits', 'http://①②⑦.0.0.1/', 'http://127.0.0.1/'],
    ['ideographic dots', 'http://127。0。0。1/', 'http://127.0.0.1/'],
    ['percent-encoded', 'http://%31%32%37.0.0.1/', 'http://127.0.0.1/'],
    ['a tab inside', 'http://127.0.\t0.1/', 'http://127.0.0.1/'],
    ['a line end inside', 'http://127.0.\n0.1/', 'http://127.0.0.1/'],
    ['backslashes', 'http:\\\\127.0.0.1\\', 'http://127.0.0.1/'],
    ['a dot at the end', 'http://localhost./', 'http://localhost/'],
    ['an address with a dot at the end', 'http://127.0.0.1./', 'http://127.0.0.1/'],
    ['capital letters', 'HTTP://LOCALHOST/', 'http://localhost/'],
    ['full-width letters', 'http://ｌｏｃａｌｈｏｓｔ/', 'http://localhost/'],
    ['a soft hyphen', 'http://local\u00adhost/', 'http://localhost/'],
    ['letters outside ASCII', 'http://bücher.example/', 'http://xn--bcher-kva.example/'],
    ['a mapped address', 'http://[::ffff:127.0.0.1]/', 'http://[::ffff:7f00:1]/'],
    ['a long IPv6 address', 'http://[0:0:0:0:0:0:0:1]/', 'http://[::1]/'],
    ['a fragment', 'http://a.example/b#c', 'http://a.example/b'],
    ['the port of the scheme', 'http://a.example:80/', 'http://a.example/'],
    ['a slash too few', 'http:/a.example/', 'http://a.example/'],
    ['a slash too many', 'http:///a.example/', 'http://a.example/'],
    ['no slashes', 'http:a.example/', 'http://a.example/'],
    ['a line end in the scheme', 'ht\ntp://a.example/', 'http://a.example/'],
    ['a tab before the port', 'http://a.example\t:81/', 'http://a.example:81/'],
    ['an empty user name', 'http://:@a.example/', 'http://a.example/'],
    ['a port with zeros in front', 'http://a.example:0080/', 'http://a.example/'],
    ['an empty port', 'http://a.example:/', 'http://a.example/'],
    ['the last port', 'http://a.example:65535/', 'http://a.example:65535/'],
    ['a host behind a fragment', 'http://a.example#@b.example/', 'http://a.example/'],
    ['a host behind a query', 'http://a.example?@b.example/', 'http://a.example/?@b.example/'],
    ['a host behind a backslash', 'http://a.example\\@b.example/', 'http://a.example/@b.example/'],
    ['an ideographic dot at the end', 'http://127.0.0.1。/', 'http://127.0.0.1/'],
    ['a zero-width space', 'http://exam\u200bple.com/', 'http://example.com/'],
    ['circled letters', 'http://ⓔxample.com/', 'http://example.com/'],
    ['a sharp s', 'http://ß.example/', 'http://xn--zca.example/'],
    ['punycode', 'http://XN--BCHER-KVA.example/', 'http://xn--bcher-kva.example/'],
    ['a number that is zero', 'http://0x/', 'http://0.0.0.0/'],
  ])('%s', (_, given, expected) => {
    expect(head({ url: given }).url.href).toBe(expected);
  });
});

describe('refused:', () => {
  test.each<[string, unknown, string]>([
    ['no URL', {}, 'INVALID_REQUEST'],
    ['a URL that is none', { url: 'example' }, 'INVALID_REQUEST'],
    ['a URL without a scheme', { url: '//example.com/' }, 'INVALID_REQUEST'],
    ['a file', { url: 'file:///etc/passwd' }, 'INVALID_REQUEST'],
    ['data', { url: 'data:text/plain,x' }, 'INVALID_REQUEST'],
    ['another scheme', { url: 'ws://example.com' }, 'INVALID_REQUEST'],
    ['a user in the URL', { url: 'https://user:pw@example.com' }, 'INVALID_REQUEST'],
    ['a user that looks like a host', { url: 'https://api.example.com@127.0.0.1/' }, 'INVALID_REQUEST'],
    ['a password alone', { url: 'https://:pw@example.com' }, 'INVALID_REQUEST'],
    ['a zone', { url: 'http://[fe80::1%25eth0]/' }, 'INVALID_REQUEST'],
    ['an IPv6 address that is none', { url: 'http://[::1::]/' }, 'INVALID_REQUEST'],
    ['a number that is no address', { url: 'http://4294967296/' }, 'INVALID_REQUEST'],
    ['an octet that is none', { url: 'http://256.0.0.1/' }, 'INVALID_REQUEST'],
    ['two dots at the end', { url: 'http://localhost../' }, 'INVALID_REQUEST'],
    ['two dots inside', { url: 'http://a..example/' }, 'INVALID_REQUEST'],
    ['port 0', { url: 'http://example.com:0/' }, 'INVALID_REQUEST'],
    ['port 0 in full', { url: 'http://example.com:00000/' }, 'INVALID_REQUEST'],
    ['the port after the last', { url: 'http://example.com:65536/' }, 'INVALID_REQUEST'],
    ['a port that is none', { url: 'http://example.com:99999/' }, 'INVALID_REQUEST'],
    ['an encoded @ in a user name', { url: 'http://api.example.com%40x@127.0.0.1/' }, 'INVALID_REQUEST'],
    ['an encoded @ in a host', { url: 'http://api.example.com%40127.0.0.1/' }, 'INVALID_REQUEST'],
    ['an encoded slash in a host', { url: 'http://api.example.com%2f.evil.test/' }, 'INVALID_REQUEST'],
    ['NUL in a host', { url: 'http://api.example.com%00.evil.test/' }, 'INVALID_REQUEST'],
    ['a dot behind an IPv6 address', { url: 'http://[::1]./' }, 'INVALID_REQUEST'],
    ['a mapped address with a zone', { url: 'http://[::ffff:127.0.0.1%25x]/' }, 'INVALID_REQUEST'],
    ['an address of a later version', { url: 'http://[v1.x]/' }, 'INVALID_REQUEST'],
    ['five numbers', { url: 'http://1.2.3.4.5/' }, 'INVALID_REQUEST'],
    ['a number at the end of a name', { url: 'http://a.0x7f000001/' }, 'INVALID_REQUEST'],
    ['a URL inside a URL', { url: 'blob:http://example.com/x' }, 'INVALID_REQUEST'],
    ['a URL of 10 KB', { url: `${url}?${'x'.repeat(10_000)}` }, 'INVALID_REQUEST'],
    ['a method in lower case', { url, method: 'get' }, 'INVALID_REQUEST'],
    ['CONNECT', { url, method: 'CONNECT' }, 'INVALID_REQUEST'],
    ['TRACE', { url, method: 'TRACE' }, 'INVALID_REQUEST'],
    ['a method with a second line', { url, method: 'GET / HTTP/1.1\r\nhost: evil\r\n\r\n' }, 'INVALID_REQUEST'],
    ['a list of headers', { url, headers: ['a'] }, 'INVALID_REQUEST'],
    ['a header that is no text', { url, headers: { a: 1 } }, 'INVALID_REQUEST'],
    ['a header that is a list', { url, headers: { a: ['b'] } }, 'INVALID_REQUEST'],
    ['a header name with a space', { url, headers: { 'a b': 'x' } }, 'INVALID_REQUEST'],
    ['a header name with a colon', { url, headers: { 'a:': 'x' } }, 'INVALID_REQUEST'],
    ['a header name with a line end', { url, headers: { 'a\r\nb': 'x' } }, 'INVALID_REQUEST'],
    ['no header name', { url, headers: { '': 'x' } }, 'INVALID_REQUEST'],
    ['a header twice', { url, headers: { A: 'x', a: 'y' } }, 'INVALID_REQUEST'],
    ['a second header line in a value', { url, headers: { a: 'x\r\nhost: evil' } }, 'INVALID_REQUEST'],
    ['a line feed in a value', { url, headers: { a: 'x\nhost: evil' } }, 'INVALID_REQUEST'],
    ['a carriage return in a value', { url, headers: { a: 'x\rhost: evil' } }, 'INVALID_REQUEST'],
    ['a value with NUL', { url, headers: { a: 'x\0' } }, 'INVALID_REQUEST'],
    ['a value that becomes a line end in Latin-1', { url, headers: { a: 'x嘊嘍' } }, 'INVALID_REQUEST'],
    ['a value outside Latin-1', { url, headers: { a: '漢' } }, 'INVALID_REQUEST'],
    ['40 KB of headers', { url, headers: { a: 'x'.repeat(40_000) } }, 'LIMIT_EXCEEDED'],
    [
      '101 headers',
      { url, headers: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`h${i}`, 'x'])) },
      'LIMIT_EXCEEDED',
    ],
    ['an unknown member', { url, proxy: 'http://127.0.0.1' }, 'INVALID_REQUEST'],
    ['another mode of redirects', { url, redirect: 'error' }, 'INVALID_REQUEST'],
    ['no time', { url, timeoutMs: 0 }, 'INVALID_REQUEST'],
    ['a list', [url], 'INVALID_REQUEST'],
    ['null', null, 'INVALID_REQUEST'],
  ])('%s', (_, value, code) => {
    expect(() => head(value)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    'Host',
    'Content-Length',
    'transfer-encoding',
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Upgrade',
    'Expect',
    'Accept-Encoding',
    'HTTP2-Settings',
    'Proxy-Authorization',
    'Proxy-Connection',
    'X-HTTP-Method-Override',
    'X-Original-URL',
    'hOST',
    'tRANSFER-eNCODING',
    'proxy-anything',
    'X-Method-Override',
    'X-Rewrite-URL',
  ])('the header %s', (name) => {
    expect(() => head({ url, headers: { [name]: '1' } })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: `The header ${name} is set by the host alone` }),
    );
  });

  test.each([
    ['a head', (deep: string) => deep],
    ['a URL', (deep: string) => `{"url":${deep}}`],
    ['a header', (deep: string) => `{"url":"${url}","headers":{"a":${deep}}}`],
    ['an unknown member', (deep: string) => `{"${'a'.repeat(9)}":${deep}}`],
  ])('%s that is nested so deeply that it could not be shown', (_, write) => {
    const text = write('['.repeat(30_000) + ']'.repeat(30_000));
    expect(() => parseRequestHead(text)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });

  test('members of an object that are no members', () => {
    expect(() => parseRequestHead(`{"url":"${url}","__proto__":{"method":"DELETE"}}`)).toThrow('"__proto__"');
    expect([...head(JSON.parse(`{"url":"${url}","headers":{"__proto__":"x"}}`)).headers]).toEqual([['__proto__', 'x']]);
  });

  test('what is not JSON', () => {
    expect(() => parseRequestHead('GET / HTTP/1.1')).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});
