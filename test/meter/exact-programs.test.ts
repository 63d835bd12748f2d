import { describe, expect, test } from 'vitest';
import { PROGRAMS, readProgram } from '../../bench/programs/programs.ts';
import { meter } from '../../engine/meter/index.ts';
import { Driver } from './support/driver.ts';
import { countingModule, startCounting, takeCount } from './support/reference-counter.ts';

type Run = (n: number) => number;

/** More than any small run uses. */
const PLENTY = 2 ** 40;

function count(bytes: Uint8Array, n: number): number {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
  startCounting(instance);
  takeCount(instance);
  (instance.exports.run as Run)(n);
  return takeCount(instance);
}

function drive(bytes: Uint8Array<ArrayBuffer>, firstSlice?: number): { driver: Driver; run: Run } {
  const metered = meter(bytes);
  const driver = new Driver(
    metered.report.hidden,
    firstSlice === undefined ? {} : { firstSlice, largestSlice: firstSlice },
  );
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), driver.imports());
  driver.attach(instance);
  driver.spend(PLENTY, () => driver.start(instance));
  return { driver, run: instance.exports.run as Run };
}

describe('fuel of the benchmark programs', () => {
  test.each(PROGRAMS)('$name: charged is what was counted, and exactly enough is enough', (program) => {
    const bytes = readProgram(program);
    const { n, expected } = program.small;
    const counted = count(bytes, n);
    expect(counted).toBeGreaterThan(0);

    for (const [slice, budget] of [
      [undefined, PLENTY],
      [1_009, PLENTY],
      [undefined, counted],
      [1_009, counted],
    ] as const) {
      const { driver, run } = drive(bytes, slice);
      expect(
        driver.spend(budget, () => run(n)),
        `slices of ${slice}, budget ${budget}`,
      ).toBe(expected);
      expect(driver.used, `slices of ${slice}, budget ${budget}`).toBe(counted);
    }

    const { driver, run } = drive(bytes);
    let ended = 'returned';
    try {
      driver.spend(counted - 1, () => run(n));
      if (driver.overdrawn) ended = 'overdrawn';
    } catch (error) {
      ended = error instanceof WebAssembly.RuntimeError && driver.refused ? 'stopped' : String(error);
    }
    expect(['overdrawn', 'stopped']).toContain(ended);
  });
});
