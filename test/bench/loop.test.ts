import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CASES, type LoopResults } from '../../bench/loop/results.ts';

test('the loop benchmark prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/loop/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, rows } = JSON.parse(printed) as LoopResults;
  expect(suite).toBe('loop');
  expect(rows.map(({ spinners, kind }) => ({ spinners, kind }))).toEqual(CASES);
  for (const { spinners, delay, answer, fuelPerSecond } of rows) {
    expect(delay.max).toBeGreaterThan(0);
    expect(answer.echo.p50).toBeGreaterThan(0);
    expect(fuelPerSecond > 0).toBe(spinners > 0);
  }
});
