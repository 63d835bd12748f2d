/** The calculator, under both hosts. */
import { beforeAll, describe, expect, test } from 'vitest';
import { DRIVERS, type Driver, examplePlugin, failureOf } from '../guest-sdk/support/drivers.ts';

const RESULTS: readonly (readonly [name: string, input: unknown, result: number])[] = [
  ['add', { a: 1, b: 2 }, 3],
  ['add', { b: 0.2, a: 0.1 }, 0.30000000000000004],
  ['add', { a: Number.MAX_VALUE, b: Number.MIN_VALUE }, Number.MAX_VALUE],
  ['subtract', { a: 1, b: 2 }, -1],
  ['multiply', { a: -3, b: 0.5 }, -1.5],
  ['divide', { a: 1, b: 3 }, 1 / 3],
  ['divide', { a: 0, b: -5 }, 0],
  ['sqrt', { x: 2 }, Math.SQRT2],
  ['sqrt', 0, 0],
  ['power', { base: 2, exponent: 10 }, 1024],
  ['power', { base: 2, exponent: -1074 }, 5e-324],
  ['power', { base: -8, exponent: 3 }, -512],
  ['power', { base: 0, exponent: 0 }, 1],
  ['factorial', { n: 0 }, 1],
  ['factorial', { n: 20 }, 2432902008176640000],
  ['factorial', 170, 7.257415615307994e306],
];

const FAILURES: readonly (readonly [name: string, input: unknown, code: string, message: string, details: unknown])[] =
  [
    ['divide', { a: 1, b: 0 }, 'DIVIDE_BY_ZERO', 'cannot divide 1 by zero', { a: 1, b: 0 }],
    ['divide', { a: 0, b: 0 }, 'DIVIDE_BY_ZERO', 'cannot divide 0 by zero', { a: 0, b: 0 }],
    ['divide', { a: 1e308, b: 0.01 }, 'OVERFLOW', 'the result is larger than any double', { a: 1e308, b: 0.01 }],
    ['sqrt', { x: -1 }, 'NEGATIVE_SQRT', '-1 has no real square root', { x: -1 }],
    ['add', { a: 1e308, b: 1e308 }, 'OVERFLOW', 'the result is larger than any double', { a: 1e308, b: 1e308 }],
    ['subtract', { a: -1e308, b: 1e308 }, 'OVERFLOW', 'the result is larger than any double', { a: -1e308, b: 1e308 }],
    ['multiply', { a: 1e200, b: 1e200 }, 'OVERFLOW', 'the result is larger than any double', { a: 1e200, b: 1e200 }],
    [
      'power',
      { base: 0, exponent: -1 },
      'DIVIDE_BY_ZERO',
      '0 to the power of -1 divides by zero',
      { base: 0, exponent: -1 },
    ],
    [
      'power',
      { base: -8, exponent: 0.5 },
      'NOT_REAL',
      '-8 to the power of 0.5 is not a real number',
      { base: -8, exponent: 0.5 },
    ],
    [
      'power',
      { base: 10, exponent: 309 },
      'OVERFLOW',
      '10 to the power of 309 is larger than any double',
      { base: 10, exponent: 309 },
    ],
    ['factorial', { n: -1 }, 'NOT_A_NATURAL_NUMBER', 'expected a whole number from 0, got -1', { n: -1 }],
    ['factorial', { n: 2.5 }, 'NOT_A_NATURAL_NUMBER', 'expected a whole number from 0, got 2.5', { n: 2.5 }],
    ['factorial', { n: 171 }, 'OVERFLOW', 'the factorial of 171 is larger than any double', { n: 171, max: 170 }],
    ['add', { a: 1 }, 'INVALID_ARGUMENT', 'expected an argument "b", got none', { argument: 'b' }],
    [
      'add',
      { a: 1, b: '2' },
      'INVALID_ARGUMENT',
      'expected "b" to be a number, got "2"',
      { argument: 'b', expected: 'a number' },
    ],
    [
      'add',
      { a: 1, b: null },
      'INVALID_ARGUMENT',
      'expected "b" to be a number, got null',
      { argument: 'b', expected: 'a number' },
    ],
    ['add', { a: 1, b: 2, c: 3 }, 'INVALID_ARGUMENT', 'unknown argument "c": expected a, b', { argument: 'c' }],
    ['add', [1, 2], 'INVALID_INPUT', 'expected a JSON object with the arguments, got an array', undefined],
    ['add', undefined, 'INVALID_INPUT', 'expected a JSON object with the arguments, got no input', undefined],
  ];

describe.each(DRIVERS)('under %s', (_, start) => {
  let plugin: Driver;
  beforeAll(async () => {
    plugin = await start(await examplePlugin('calculator'));
    return () => plugin[Symbol.asyncDispose]();
  });

  test.each(RESULTS)('%s(%j)', async (name, input, result) => {
    expect(await plugin.call(name, input)).toBe(result);
  });

  test.each(FAILURES)('%s(%j) is %s', async (name, input, code, message, details) => {
    expect(await failureOf(plugin.call(name, input))).toEqual({ code, message, details });
  });
});
