import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPARISONS, INSTANCES } from '../../bench/host/subjects.ts';
import type { Results } from '../../bench/support/comparison.ts';

test('the benchmark of host calls prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/host/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, rows } = JSON.parse(printed) as Results;
  expect(suite).toBe('host');
  expect(rows.map(({ subject, baseline, size }) => ({ subject, baseline, size }))).toEqual(
    COMPARISONS.flatMap((comparison) => Object.keys(INSTANCES).map((size) => ({ ...comparison, size }))),
  );
  for (const { ratio, us } of rows) {
    expect(ratio).toBeGreaterThan(0);
    expect(us).toBeGreaterThan(0);
  }
});
