/** Fuel that the benchmark programs burn in a millisecond, metered: what a unit of fuel is worth in real code. */
import { meter } from '../../engine/meter/index.ts';
import { Driver } from '../../test/meter/support/driver.ts';
import { PROGRAMS, readProgram } from '../programs/programs.ts';
import type { ProgramRate } from './results.ts';

const UNLIMITED = 2 ** 46;
/** Of the work of a full run: one or two milliseconds, which are often not interrupted. */
const SHARE = 60;

/** @param rounds of each program; the fastest counts */
export function programRates(rounds: number): ProgramRate[] {
  return PROGRAMS.map((program) => {
    const { bytes, report } = meter(readProgram(program));
    const driver = new Driver(report.hidden);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), driver.imports());
    driver.attach(instance);
    driver.spend(UNLIMITED, () => driver.start(instance));
    const run = instance.exports.run as (n: number) => number;
    // Recursion and search are not linear in n: a little less is much less.
    const n = program.kind === 'recursion' ? program.full.n - 5 : Math.max(1, Math.round(program.full.n / SHARE));
    let fuelPerMs = 0;
    for (let round = 0; round < rounds; round++) {
      const before = performance.now();
      driver.spend(UNLIMITED, () => run(n));
      const ms = performance.now() - before;
      if (ms > 0) fuelPerMs = Math.max(fuelPerMs, driver.used / ms);
    }
    return { program: program.name, fuelPerMs: Math.round(fuelPerMs) };
  });
}
