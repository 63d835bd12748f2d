import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PACKAGES, whyMissing } from '../../bench/published/packages.ts';
import type { PublishedResults } from '../../bench/published/results.ts';

const missing = whyMissing();

test.skipIf(missing !== undefined)(
  `published packages come to the same when they are metered${missing === undefined ? '' : ` (${missing})`}`,
  { timeout: 300_000 },
  () => {
    const main = join(import.meta.dirname, '../../bench/published/main.ts');
    const all = PACKAGES.map(({ name }) => name);
    const printed = execFileSync(process.execPath, [main, '--json', '--quick', '--packages', all.join(',')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { suite, rows, summary } = JSON.parse(printed) as PublishedResults;
    expect(suite).toBe('published');
    expect(rows.map(({ subject }) => subject)).toEqual(all);
    expect(summary.geomean).toBeGreaterThan(0);
  },
);
