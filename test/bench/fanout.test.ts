import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CASES, type FanoutResults } from '../../bench/fanout/results.ts';

test('the fan-out benchmark prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/fanout/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, rows } = JSON.parse(printed) as FanoutResults;
  expect(suite).toBe('fanout');
  expect(rows).toMatchObject(CASES);
  for (const { eventsPerSecond, p50, p99 } of rows) {
    expect(eventsPerSecond).toBeGreaterThan(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
  }
});
