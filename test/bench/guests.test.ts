import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPARISONS as COMPONENT, WORK } from '../../bench/component/subjects.ts';
import {
  CALLS,
  FIRST as FIRST_LOAD,
  COMPARISONS as JAVASCRIPT,
  AGAIN as LOAD_AGAIN,
} from '../../bench/javascript/subjects.ts';
import type { Results } from '../../bench/support/comparison.ts';
import { AGAIN, FIRST, COMPARISONS as WASI } from '../../bench/wasi/subjects.ts';

test.each([
  ['component', COMPONENT, Object.keys(WORK)],
  ['wasi', WASI, [FIRST, AGAIN]],
  ['javascript', JAVASCRIPT, [FIRST_LOAD, LOAD_AGAIN, ...Object.keys(CALLS)]],
])('the %s benchmark prints one document', { timeout: 120_000 }, (name, comparisons, sizes) => {
  const main = join(import.meta.dirname, '../../bench', name, 'main.ts');
  const printed = execFileSync(process.execPath, [main, '--json', '--quick'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { suite, machine, rows } = JSON.parse(printed) as Results;
  expect(suite).toBe(name);
  expect(machine.node).toBe(process.versions.node);
  expect(rows.map(({ subject, baseline, size }) => ({ subject, baseline, size }))).toEqual(
    comparisons.flatMap(({ subject, baseline, sizes: some = sizes }) =>
      some.map((size) => ({ subject, baseline, size })),
    ),
  );
  for (const { ratio, us } of rows) {
    expect(ratio).toBeGreaterThan(0);
    expect(us).toBeGreaterThan(0);
  }
});
