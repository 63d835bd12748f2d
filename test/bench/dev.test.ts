import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DevResults } from '../../bench/dev/main.ts';

test('the benchmark of dev mode prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/dev/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, rows } = JSON.parse(printed) as DevResults;
  expect(suite).toBe('dev');
  expect(rows.map(({ plugin }) => plugin)).toEqual(['calculator']);
  for (const { first, p50, max } of rows) {
    expect(first).toBeGreaterThan(0);
    expect(p50).toBeGreaterThan(0);
    expect(max).toBeGreaterThanOrEqual(p50);
  }
});
