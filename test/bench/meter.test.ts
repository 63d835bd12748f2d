import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STAGES } from '../../bench/meter/job.ts';
import { SOURCES } from '../../bench/meter/modules.ts';
import type { Results } from '../../bench/meter/results.ts';

const MODULES = ['wabt', 'word-count 100 KB', 'word-count 300 KB'];

test('the meter benchmark prints one document', { timeout: 120_000 }, () => {
  const main = join(import.meta.dirname, '../../bench/meter/main.ts');
  const args = ['--json', '--quick', '--no-compile', '--modules', MODULES.join()];
  const printed = execFileSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, machine, processes, rows, linearity, code, memory, summary } = JSON.parse(printed) as Results;
  expect(suite).toBe('meter');
  expect(machine.node).toBe(process.versions.node);
  expect(processes).toBe(1);
  expect(rows.map(({ module, stage }) => `${module} ${stage}`)).toEqual(
    MODULES.flatMap((module) => STAGES.map((stage) => `${module} ${stage}`)),
  );
  for (const { mbPerSecond, ms } of rows) {
    expect(mbPerSecond).toBeGreaterThan(0);
    expect(ms).toBeGreaterThan(0);
  }
  expect(linearity.map(({ stage, perByte }) => [stage, perByte.length])).toEqual(STAGES.map((stage) => [stage, 2]));
  expect(code.map(({ module }) => module)).toEqual(MODULES);
  for (const { growth } of code) expect(growth).toBeGreaterThan(1);
  expect(memory.map(({ module }) => module)).toEqual(MODULES);
  expect(summary.slowest).toBeLessThanOrEqual(summary.geomean);
});

test('the modules have the sizes that their names say', { timeout: 60_000 }, async () => {
  for (const { name, load } of SOURCES) {
    const said = /(\d+) (KB|MB)$/.exec(name);
    if (said === null) continue;
    const bytes = Number(said[1]) * (said[2] === 'MB' ? 1_000_000 : 1000);
    expect((await load()).length / bytes).toBeCloseTo(1, 0);
  }
});
