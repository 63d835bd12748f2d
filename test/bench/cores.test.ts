import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPARISONS } from '../../bench/cores/subjects.ts';
import type { Results } from '../../bench/support/comparison.ts';

test('the benchmark of throughput over cores prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/cores/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, rows } = JSON.parse(printed) as Results;
  expect(suite).toBe('cores');
  expect(rows).toMatchObject(COMPARISONS);
  for (const { ratio, us } of rows) {
    expect(ratio).toBeGreaterThan(0);
    expect(us).toBeGreaterThan(0);
  }
});
