import { expect, test } from 'vitest';
import { isBelow, isPathPrefix } from '../../engine/validate/path-prefix.ts';

const pathOf = (path: string): string => new URL(`https://a.example${path}`).pathname;

test.each([
  ['/v1', '/v1', true],
  ['/v1', '/v1/', true],
  ['/v1', '/v1/songs?x', true],
  ['/v1', '/v10', false],
  ['/v1/', '/v1', false],
  ['/v1/', '/v1/songs', true],
  ['/', '/anything', true],
  ['/v1', '/V1', false],
  ['/v1', '/v1/../admin', false],
  ['/v1', '/v1/%2e%2e/admin', false],
  ['/v1', '/v1/.%2E/admin', false],
  ['/v1', '/v1/..%2fadmin', false],
  ['/v1', '/v1/%2e%2e%2fadmin', false],
  ['/v1', '/v1/..%5cadmin', false],
  ['/v1', '/v1/..\\admin', false],
  ['/v1', '/v1/..;/admin', false],
  ['/v1', '/v1/%252e%252e/admin', false],
  ['/v1', '/v1//../admin', true],
  ['/v1', '/v1//admin', false],
  ['/v1', '/v1/a%00', false],
  ['/v1', '/admin#/v1', false],
])('below %s: %s is %s', (prefix, path, expected) => {
  expect(isBelow([prefix], pathOf(path))).toBe(expected);
});

test.each(['/', '/v1', '/v1/', '/a.b/c~d', '/@scope/x'])('%s is a prefix', (text) => {
  expect(isPathPrefix(text)).toBe(true);
});

test.each(['', 'v1', '/v1?x', '/v1#x', '/v1/..', '/./v1', '/v1//x', '/%2e', '/v 1', '/v1\n'])(
  '%j is no prefix',
  (text) => {
    expect(isPathPrefix(text)).toBe(false);
  },
);

test('a long text that is no prefix is refused quickly', () => {
  expect(isPathPrefix(`/${'a'.repeat(100_000)}!?`)).toBe(false);
});
