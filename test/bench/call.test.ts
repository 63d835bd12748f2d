import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPARISONS, INPUT_BYTES } from '../../bench/call/subjects.ts';
import type { Results } from '../../bench/support/comparison.ts';

test('the call benchmark prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/call/main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, machine, processes, rows } = JSON.parse(printed) as Results;
  expect(suite).toBe('call');
  expect(machine.node).toBe(process.versions.node);
  expect(processes).toBe(1);
  expect(rows.map(({ subject, baseline, size }) => ({ subject, baseline, size }))).toEqual(
    COMPARISONS.flatMap((comparison) => Object.keys(INPUT_BYTES).map((size) => ({ ...comparison, size }))),
  );
  for (const { ratio, spread, us } of rows) {
    expect(ratio).toBeGreaterThan(0);
    expect(spread).toBe(0);
    expect(us).toBeGreaterThan(0);
  }
});
