import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Results } from '../../bench/fuel/results.ts';

test('the fuel benchmark prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/fuel/main.ts');
  const args = ['--json', '--quick', '--no-code', '--rounds', '1', '--modes', 'default', '--programs', 'crc32,sudoku'];
  const printed = execFileSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, machine, rows, summary } = JSON.parse(printed) as Results;
  expect(suite).toBe('fuel');
  expect(machine.node).toBe(process.versions.node);
  expect(rows.map(({ subject, program, baseline }) => `${subject} ${program} ${baseline}`).sort()).toEqual([
    'control crc32 raw-v8',
    'control sudoku raw-v8',
    'ringfence crc32 raw-v8',
    'ringfence sudoku raw-v8',
  ]);
  for (const { ratio, spread } of rows) {
    expect(ratio).toBeGreaterThan(0);
    expect(spread).toBeGreaterThanOrEqual(0);
  }
  expect(summary.geomean).toBeGreaterThan(0);
  expect(summary.worst).toBeGreaterThanOrEqual(summary.geomean);
});
