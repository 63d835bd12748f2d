import { describe, expect, test } from 'vitest';
import { parseRequestHead } from '../../engine/host/http-request.ts';

const head = (value: unknown): ReturnType<typeof parseRequestHead> => parseRequestHead(JSON.stringify(value));
const url = 'https://api.example.com/x';

test('a URL is enough', () => {
  expect(head({ url })).toEqual({ method: 'GET', url: new URL(url), headers: {} });
});

test('header names are lower-cased', () => {
  expect(head({ url, method: 'POST', headers: { 'Content-Type': 'application/json', 'X-A': 'é' } }).headers).toEqual({
    'content-type': 'application/json',
    'x-a': 'é',
  });
});

describe('refused:', () => {
  test.each<[string, unknown, string]>([
    ['no URL', {}, 'INVALID_REQUEST'],
    ['a URL that is none', { url: 'example' }, 'INVALID_REQUEST'],
    ['a file', { url: 'file:///etc/passwd' }, 'INVALID_REQUEST'],
    ['another scheme', { url: 'ws://example.com' }, 'INVALID_REQUEST'],
    ['a user in the URL', { url: 'https://user:pw@example.com' }, 'INVALID_REQUEST'],
    ['a method in lower case', { url, method: 'get' }, 'INVALID_REQUEST'],
    ['CONNECT', { url, method: 'CONNECT' }, 'INVALID_REQUEST'],
    ['a list of headers', { url, headers: ['a'] }, 'INVALID_REQUEST'],
    ['a header that is no text', { url, headers: { a: 1 } }, 'INVALID_REQUEST'],
    ['a header name with a space', { url, headers: { 'a b': 'x' } }, 'INVALID_REQUEST'],
    ['no header name', { url, headers: { '': 'x' } }, 'INVALID_REQUEST'],
    ['a second header line in a value', { url, headers: { a: 'x\r\nhost: evil' } }, 'INVALID_REQUEST'],
    ['a value with NUL', { url, headers: { a: 'x\0' } }, 'INVALID_REQUEST'],
    ['a value outside Latin-1', { url, headers: { a: '漢' } }, 'INVALID_REQUEST'],
    ['Host', { url, headers: { Host: 'evil' } }, 'INVALID_REQUEST'],
    ['Content-Length', { url, headers: { 'Content-Length': '1' } }, 'INVALID_REQUEST'],
    ['Transfer-Encoding', { url, headers: { 'transfer-encoding': 'chunked' } }, 'INVALID_REQUEST'],
    ['Proxy-Authorization', { url, headers: { 'Proxy-Authorization': 'x' } }, 'INVALID_REQUEST'],
    ['40 KB of headers', { url, headers: { a: 'x'.repeat(40_000) } }, 'LIMIT_EXCEEDED'],
    ['a list', [url], 'INVALID_REQUEST'],
    ['null', null, 'INVALID_REQUEST'],
  ])('%s', (_, value, code) => {
    expect(() => head(value)).toThrow(expect.objectContaining({ code }));
  });

  test('what is not JSON', () => {
    expect(() => parseRequestHead('GET / HTTP/1.1')).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});
