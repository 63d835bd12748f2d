import { describe, expect, test } from 'vitest';
import { decodeOutput, encodeInput, isShallow } from '../../engine/abi/json.ts';
import { oneLine } from '../../engine/abi/one-line.ts';
import { failureSync } from '../support/errors.ts';

const cycle: unknown[] = [];
cycle.push(cycle);

describe('encodeInput', () => {
  test.each([
    ['no input', undefined, ''],
    ['null', null, 'null'],
    ['text', 'é', '"é"'],
    ['an object', { a: [1, 2] }, '{"a":[1,2]}'],
    ['what toJSON says', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['NaN, as JSON has it', Number.NaN, 'null'],
  ])('%s', (_, value, text) => {
    expect(encodeInput(value)).toBe(text);
  });

  test.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a BigInt', 1n],
    ['a cycle', cycle],
    [
      'a toJSON that throws',
      {
        toJSON() {
          throw new Error('no');
        },
      },
    ],
  ])('%s is refused', (_, value) => {
    failureSync(() => encodeInput(value), 'INVALID_INPUT');
  });
});

describe('decodeOutput', () => {
  test.each([
    ['nothing', '', undefined],
    ['null', 'null', null],
    ['a number', '1.5', 1.5],
    ['space around', ' [1] ', [1]],
  ])('%s', (_, text, value) => {
    expect(decodeOutput(text, 'f')).toEqual(value);
  });

  test('`__proto__` is a name like any other', () => {
    const value = decodeOutput('{"__proto__":{"admin":true}}', 'f') as object;
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each([
    ['no JSON', 'hello'],
    ['cut off', '{"a":'],
    ['a byte order mark', '\ufeff1'],
    ['only space', ' '],
    ['half a million levels', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['levels of objects', '{"a":'.repeat(1_001) + 1 + '}'.repeat(1_001)],
  ])('%s is refused', (_, text) => {
    const error = failureSync(() => decodeOutput(text, 'f'), 'BAD_OUTPUT');
    expect(error.message).toContain('output of `f`');
    expect(error.message.length).toBeLessThan(300);
  });
});

test('what is no JSON is shown on one line, without what a terminal would obey', () => {
  const { message } = failureSync(() => decodeOutput('{"a":\u001b[31m\u202e\n}', 'f'), 'BAD_OUTPUT');
  expect(message).toBe(oneLine(message));
  expect(message).toContain('u001b');
});

describe('isShallow', () => {
  test.each([
    ['brackets in strings do not count', JSON.stringify('['.repeat(5_000)), true],
    ['nor behind escaped quotes', JSON.stringify('"['.repeat(5_000)), true],
    ['nor behind escaped backslashes', `["\\\\","${'['.repeat(5_000)}"]`, true],
    ['brackets behind a string that ends in a backslash do', `["\\\\",${'['.repeat(2_000)}`, false],
    ['side by side is not deep', `[${'[],'.repeat(5_000)}[]]`, true],
    ['exactly the limit', '['.repeat(1_000) + ' '.repeat(3_000), true],
    ['one more', '['.repeat(1_001) + ' '.repeat(3_000), false],
    ['a string that never ends', `"${'['.repeat(5_000)}`, true],
  ])('%s', (_, text, expected) => {
    expect(isShallow(text)).toBe(expected);
  });
});
