import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CURVES } from '../../bench/growth/curves.ts';
import { fitExponent } from '../../bench/growth/fit.ts';
import type { GrowthResults } from '../../bench/growth/results.ts';

test('the growth benchmark prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/growth/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, rows, fits } = JSON.parse(printed) as GrowthResults;
  expect(suite).toBe('growth');
  for (const { name, lines, quick } of CURVES) {
    for (const { subject } of lines) {
      const line = rows.filter((row) => row.curve === name && row.subject === subject);
      expect(line.map(({ at }) => at)).toEqual(quick);
      for (const { us } of line) expect(us).toBeGreaterThan(0);
      expect(fits.filter((fit) => fit.curve === name && fit.subject === subject)).toHaveLength(1);
    }
  }
});

describe('the exponent', () => {
  const powers = (exponent: number, factor: number) => [1, 10, 100].map((x) => ({ x, y: factor * x ** exponent }));

  test.each([0, 0.5, 1, 2])('of %d is found, whatever the factor', (exponent) => {
    const fit = fitExponent(powers(exponent, 3));
    expect(fit.exponent).toBeCloseTo(exponent);
    expect(fit.error).toBeCloseTo(0);
  });

  test('has an error where the points lie off the line', () => {
    const [first, second, third] = powers(1, 1);
    const fit = fitExponent([first, { ...second, y: 20 }, third] as never);
    expect(fit.error).toBeGreaterThan(0.1);
  });

  test.each([
    [[]],
    [[{ x: 1, y: 1 }]],
    [
      [
        { x: 0, y: 1 },
        { x: 1, y: 1 },
      ],
    ],
  ])('of %j is refused', (points) => {
    expect(() => fitExponent(points)).toThrow('two points or more');
  });
});
