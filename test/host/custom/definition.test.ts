/** What `hostFunction` takes, what it refuses, and what TypeScript knows of handlers. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { collectFunctions, signaturesWith } from '../../../engine/host/custom/functions.ts';
import { ALL_SIGNATURES } from '../../../engine/host/foreign-table.ts';
import { HOST_FUNCTIONS } from '../../../engine/host/table.ts';
import { hostFunction } from '../../../engine/index.ts';
import { failureSync } from '../../support/errors.ts';

const base = { name: 'send_mail', capability: 'mailer', input: 'json', output: 'json', call: () => null } as const;

test('the shape is plain data, with its defaults', () => {
  const { shape } = hostFunction(base);
  expect(structuredClone(shape)).toEqual({
    name: 'send_mail',
    capability: 'mailer',
    params: ['i32', 'i32'],
    results: ['i64'],
    data: { input: 'json', output: 'json', maxInputBytes: 1024 * 1024 },
    price: { base: 5_000, perByte: 300 },
    mayWait: false,
  });
  expect(Object.isFrozen(shape)).toBe(true);
});

test('signatures', () => {
  const numbers = hostFunction({
    name: 'mix',
    capability: 'c',
    params: ['i32', 'i64', 'f32', 'f64'],
    call: () => undefined,
  });
  expect(numbers.shape).toMatchObject({ params: ['i32', 'i64', 'f32', 'f64'], results: [], data: undefined });
  const none = hostFunction({ name: 'now', capability: 'c', input: 'none', output: 'text', call: () => 'x' });
  expect(none.shape).toMatchObject({ params: [], results: ['i64'] });
  const all = signaturesWith(collectFunctions([numbers, none]));
  expect(all.get('mix')).toEqual({
    type: { params: ['i32', 'i64', 'f32', 'f64'], results: [] },
    capability: 'custom:c',
    cost: 5_000,
  });
  expect(all.size).toBe(ALL_SIGNATURES.size + 2);
});

describe('types', () => {
  test('of numbers follow the signature', () => {
    hostFunction({
      name: 'mix',
      capability: 'c',
      params: ['i32', 'i64', 'f64'],
      result: 'i64',
      call: (call, a, b, c) => {
        expectTypeOf(call.plugin).toBeString();
        expectTypeOf(a).toBeNumber();
        expectTypeOf(b).toBeBigInt();
        expectTypeOf(c).toBeNumber();
        return b;
      },
    });
    // @ts-expect-error: an i64 is a bigint
    hostFunction({ name: 'mix', capability: 'c', params: [], result: 'i64', call: () => 5 });
    // @ts-expect-error: promises only with `async: true`
    hostFunction({ name: 'mix', capability: 'c', params: [], result: 'i32', call: async () => 5 });
    hostFunction({ name: 'mix', capability: 'c', params: [], result: 'i32', async: true, call: async () => 5 });
  });

  test('of data follow the form', () => {
    hostFunction({
      name: 'mix',
      capability: 'c',
      input: 'bytes',
      output: 'text',
      call: (_, input) => {
        expectTypeOf(input).toEqualTypeOf<Uint8Array>();
        return 'x';
      },
    });
    hostFunction({
      name: 'mix',
      capability: 'c',
      input: 'json',
      output: 'none',
      async: true,
      call: async (_, input) => {
        expectTypeOf(input).toBeUnknown();
      },
    });
    // @ts-expect-error: bytes are not text
    hostFunction({ name: 'mix', capability: 'c', input: 'none', output: 'bytes', call: () => 'x' });
  });
});

describe('is refused', () => {
  test.each<[string, object]>([
    ['a name in capitals', { ...base, name: 'sendMail' }],
    ['a name of the engine', { ...base, name: 'http_request' }],
    ['a name that a later version may have', { ...base, name: 'kv_watch' }],
    ['another', { ...base, name: 'log' }],
    ['the name of a prototype', { ...base, name: '__proto__' }],
    ['no name', { ...base, name: undefined }],
    ['a name that is too long', { ...base, name: 'x'.repeat(65) }],
    ['a capability with a colon', { ...base, capability: 'custom:mailer' }],
    ['no capability', { ...base, capability: undefined }],
    ['no handler', { ...base, call: undefined }],
    ['an unknown option', { ...base, result: 'i32' }],
    ['an unknown form', { ...base, input: 'yaml' }],
    ['no output', { ...base, output: undefined }],
    ['a size that is none', { ...base, maxInputBytes: -1 }],
    ['a price below zero', { ...base, price: { base: -1 } }],
    ['a price in parts', { ...base, price: { base: 0.5 } }],
    ['a price that is no number', { ...base, price: { base: '5' } }],
    ['an unknown member of the price', { ...base, price: { base: 1, perCall: 1 } }],
    ['async that is neither', { ...base, async: 'yes' }],
    ['vectors', { name: 'x', capability: 'c', params: ['v128'], call: () => 0 }],
    ['seven parameters', { name: 'x', capability: 'c', params: Array(7).fill('i32'), call: () => 0 }],
    ['a result that is a list', { name: 'x', capability: 'c', params: [], result: ['i32'], call: () => 0 }],
    ['numbers and data', { ...base, params: [] }],
  ])('%s', (_, definition) => {
    failureSync(() => hostFunction(definition as never), 'INVALID_OPTION');
  });

  test('what is no definition', () => {
    for (const given of [undefined, null, 5, [], () => {}])
      failureSync(() => hostFunction(given as never), 'INVALID_OPTION');
  });

  test('every name in the table', () => {
    for (const name of HOST_FUNCTIONS.keys()) failureSync(() => hostFunction({ ...base, name }), 'INVALID_OPTION');
  });

  test('two of the same name, and what hostFunction did not make', () => {
    const one = hostFunction(base);
    const error = failureSync(() => collectFunctions([one], [hostFunction(base)]), 'INVALID_OPTION');
    expect(error.message).toContain('`send_mail`');
    failureSync(() => collectFunctions([base] as never), 'INVALID_OPTION');
    failureSync(() => collectFunctions(one as never), 'INVALID_OPTION');
  });
});
