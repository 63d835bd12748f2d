/** Limits as people write them. */
import { describe, expect, test } from 'vitest';
import { LIMITS, type LimitName, parseLimit, resolveLimits } from '../engine/limits.ts';
import { failureSync } from './support/errors.ts';

const rates = { fuelPerMs: () => 2_000_000.4 };

describe('fuel as time', () => {
  test.each([
    ['50ms', 100_000_020],
    [' 1.5 s ', 3_000_000_600],
    ['0.5ms', 1_000_000],
    ['0ms', 1],
  ])('%s', (given, expected) => {
    expect(parseLimit('fuel', given, rates)).toBe(expected);
    expect(resolveLimits({ fuel: given }, undefined, rates).fuel).toBe(expected);
  });

  test.each(['5M', 5_000_000, '1e6', '12k'])('%s is no time: the machine is not asked', (given) => {
    const asked = (): number => {
      throw new Error('asked');
    };
    expect(parseLimit('fuel', given, { fuelPerMs: asked })).toBeGreaterThan(0);
  });

  test.each(['ms', '-5ms', '5 minutes', '5m', '5ns', '1e99s', '5mss'])('%s is refused', (given) => {
    expect(failureSync(() => parseLimit('fuel', given, rates), 'INVALID_OPTION').details).toMatchObject({
      limit: 'fuel',
    });
  });

  test('where the machine has no say, as in manifests, is refused with the reason', () => {
    expect(failureSync(() => parseLimit('fuel', '50ms'), 'INVALID_OPTION').message).toContain(
      'the same on every machine',
    );
  });
});

test.each<[LimitName, string, number]>([
  ['memory', '16MiB', 16 * 1024 * 1024],
  ['memory', '1_000 KB', 1_000_000],
  ['timeoutMs', '1.5s', 1_500],
  ['hostCalls', '2k', 2_000],
])('%s: %s', (name, given, expected) => {
  expect(parseLimit(name, given)).toBe(expected);
  expect(parseLimit(name, given, rates)).toBe(expected);
});

// Three patterns of blanks in a row took a regular expression quadratic time over a text like this.
test.each(Object.keys(LIMITS) as LimitName[])('%s: text of any length is refused at once', (name) => {
  const text = `1${' '.repeat(250_000)}!`;
  const { message } = failureSync(() => parseLimit(name, text), 'INVALID_OPTION');
  expect(message.length).toBeLessThan(500);
});
