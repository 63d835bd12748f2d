import { expect, test } from 'vitest';
import { guestError } from '../../engine/abi/guest-error.ts';

const report = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

test('code, message and details reach the caller', () => {
  const error = guestError(
    report({ code: 'DIVIDE_BY_ZERO', message: 'b must not be zero', details: { b: 0 } }),
    '`divide`',
  );
  expect(error.code).toBe('GUEST_ERROR');
  expect(error.message).toBe('`divide` failed: DIVIDE_BY_ZERO: b must not be zero');
  expect(error.details).toEqual({ code: 'DIVIDE_BY_ZERO', message: 'b must not be zero', details: { b: 0 } });
});

test.each([
  ['no report', undefined, { code: 'UNSPECIFIED', message: 'the plugin gave no reason' }],
  ['text', 'it broke', { code: 'UNSPECIFIED', message: 'it broke' }],
  ['a number', '7', { code: 'UNSPECIFIED', message: '7' }],
  ['null', 'null', { code: 'UNSPECIFIED', message: 'null' }],
  ['no code', { message: 'm' }, { code: 'UNSPECIFIED', message: 'm' }],
  ['a code that is no text', { code: 5, message: 'm' }, { code: 'UNSPECIFIED', message: 'm' }],
  ['no message', { code: 'C' }, { code: 'C', message: '{"code":"C"}' }],
  ['details of null', { code: 'C', message: 'm', details: null }, { code: 'C', message: 'm', details: null }],
])('%s', (_, given, expected) => {
  const error = guestError(given === undefined ? undefined : report(given), '`f`');
  expect(error.details).toEqual(expected);
});

test('a status without a report', () => {
  expect(guestError(undefined, 'plugin_init', 3).message).toBe(
    'plugin_init failed: UNSPECIFIED: the plugin gave no reason (status 3)',
  );
});

test('nothing in it can forge a line or grow without end', () => {
  const error = guestError(report({ code: 'A\nB', message: `x\r\n\u001b[31m${'y'.repeat(10_000)}` }), '`f`');
  expect(error.message).toMatch(/^`f` failed: A\\nB: x\\r\\n\\u001b\[31my+…$/);
  expect(error.message.length).toBeLessThan(5_000);
});

test('a report nested too deep is shown as text', () => {
  const text = `{"code":"C","message":"m","details":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
  expect(guestError(report(text), '`f`').details).toMatchObject({ code: 'UNSPECIFIED' });
});

test('bytes that are not UTF-8', () => {
  expect(guestError(Uint8Array.of(0xff, 0x41), '`f`').details.message).toBe('\ufffdA');
});
