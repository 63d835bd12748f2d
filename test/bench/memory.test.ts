import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MemoryResults } from '../../bench/memory/results.ts';

test('the memory benchmark prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/memory/main.ts');
  const printed = execFileSync(
    process.execPath,
    [main, '--json', '--executors', 'inline', '--calls', '500', '--loads', '10'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const { suite, rows } = JSON.parse(printed) as MemoryResults;
  expect(suite).toBe('memory');
  expect(rows.map(({ executor, work }) => `${executor} ${work}`)).toEqual(['inline calls', 'inline loads']);
  for (const { heapMiB, tenthsMiB } of rows) {
    expect(heapMiB).toBeGreaterThan(0);
    expect(tenthsMiB).toHaveLength(10);
  }
});
