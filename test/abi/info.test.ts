import { expect, test } from 'vitest';
import { checkInfo } from '../../engine/abi/info.ts';
import type { ErrorCode } from '../../engine/errors.ts';
import { failureSync } from '../support/errors.ts';

const manifest = { name: 'guest', version: '1.0.0', functions: { count: {} } };
const info = { name: 'guest', version: '1.0.0', apiVersion: '1', capabilities: ['http'], functions: ['count'] };

test.each([
  ['all of it', info],
  ['an API version as a number', { ...info, apiVersion: 1 }],
  ['a full API version', { ...info, apiVersion: '1.4.2' }],
  ['no lists', { name: 'guest', version: '1.0.0', apiVersion: '1' }],
  ['more than we ask for', { ...info, description: 'd', author: 'a', colour: 'red' }],
])('%s', (_, value) => {
  expect(() => checkInfo(JSON.stringify(value), manifest)).not.toThrow();
});

test.each<[string, unknown, ErrorCode, string]>([
  ['not an object', [1], 'INVALID_MANIFEST', 'plugin_get_info'],
  ['another name', { ...info, name: 'other' }, 'INVALID_MANIFEST', 'name'],
  ['no name', { ...info, name: undefined }, 'INVALID_MANIFEST', 'name'],
  ['another version', { ...info, version: '1.0.1' }, 'INVALID_MANIFEST', 'version'],
  ['no API version', { ...info, apiVersion: undefined }, 'INVALID_MANIFEST', 'apiVersion'],
  ['an API version that is none', { ...info, apiVersion: 'one' }, 'INVALID_MANIFEST', 'apiVersion'],
  ['functions that are no list', { ...info, functions: {} }, 'INVALID_MANIFEST', 'functions'],
  ['a function that the manifest does not have', { ...info, functions: ['erase'] }, 'INVALID_MANIFEST', 'functions'],
  ['capabilities that are no names', { ...info, capabilities: [1] }, 'INVALID_MANIFEST', 'capabilities'],
])('%s is refused', (_, value, code, field) => {
  expect(failureSync(() => checkInfo(JSON.stringify(value), manifest), code).details).toMatchObject({ field });
});

test('another major version of the host API', () => {
  const error = failureSync(
    () => checkInfo(JSON.stringify({ ...info, apiVersion: '2.0.0' }), manifest),
    'ABI_MISMATCH',
  );
  expect(error.details).toEqual({ wanted: '2.0.0', offered: '1.0.0' });
});

test('no JSON at all', () => {
  failureSync(() => checkInfo('guest 1.0.0', manifest), 'BAD_OUTPUT');
  failureSync(() => checkInfo('', manifest), 'INVALID_MANIFEST');
});
