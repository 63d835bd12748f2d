import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CASES, type ReloadResults } from '../../bench/reload/results.ts';

test('the reload benchmark prints one document, in which no call is lost', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/reload/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, rows } = JSON.parse(printed) as ReloadResults;
  expect(suite).toBe('reload');
  expect(rows).toMatchObject(CASES);
  for (const { calls, failed, forgotten, reloads, longestCall } of rows) {
    expect(calls).toBeGreaterThan(0);
    expect(reloads).toBeGreaterThan(0);
    // There need not be a call under way while a plugin changes.
    expect(longestCall.max).toBeGreaterThanOrEqual(0);
    expect({ failed, forgotten }).toEqual({ failed: 0, forgotten: 0 });
  }
});
