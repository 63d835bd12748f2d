import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Results } from '../../bench/prices/results.ts';

test('the benchmark of prices prints one document', { timeout: 180_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/prices/main.ts');
  const only = 'i32.div_s,f64.sqrt,i8x16.shuffle,call_indirect,throw,memory.fill,table.grow';
  const printed = execFileSync(process.execPath, [main, '--json', '--quick', '--only', only], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, rows, sized, programs, meanFuelPerMs } = JSON.parse(printed) as Results;
  expect(suite).toBe('prices');
  expect(rows.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['i32.div_s', 'f64.sqrt', 'i8x16.shuffle', 'call_indirect', 'throw, through a call']),
  );
  for (const { price, ratio, loopNsPerFuel } of rows) {
    expect(price).toBeGreaterThan(0);
    expect(ratio).toBeGreaterThanOrEqual(0);
    expect(loopNsPerFuel).toBeGreaterThan(0);
  }
  expect(sized.map(({ instruction }) => instruction)).toEqual(expect.arrayContaining(['memory.fill', 'table.grow']));
  expect(programs.length).toBeGreaterThan(20);
  expect(meanFuelPerMs).toBeGreaterThan(0);
});
