/**
 * What metering costs the benchmark programs, counted and not timed: a clock is too noisy to fail a test by.
 *
 * Fuel must be what it was, to the unit. Instructions that the metered program executes (each with its price, so that dear ones
 * weigh more) and the size of its code may become less, not more. `npm run bless` writes down what is so now.
 */
import { describe, expect, test } from 'vitest';
import { STACK_DEPTH } from '../../bench/fuel/subjects.ts';
import { PROGRAMS, type Program, readProgram } from '../../bench/programs/programs.ts';
import { geomean } from '../../bench/support/statistics.ts';
import { meter } from '../../engine/meter/index.ts';
import { Driver } from '../meter/support/driver.ts';
import { countingModule, startCounting, takeCount } from '../meter/support/reference-counter.ts';
import { Recorded } from './recorded.ts';

interface Metered {
  /** Of the small run. */
  readonly fuel: number;
  /** What the metered program executes for it, in the same unit. */
  readonly executed: number;
  readonly bytes: number;
}

const PLENTY = 2 ** 40;
/** Room for a fix that costs something somewhere: a tenth of a per cent over all programs. */
const TOLERANCE = 1.001;

type Run = (n: number) => number;

function measure(program: Program): Metered {
  const bytes = readProgram(program);
  const { n } = program.small;
  const raw = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
  startCounting(raw);
  takeCount(raw);
  (raw.exports.run as Run)(n);
  const metered = meter(bytes, { limits: { stackDepth: STACK_DEPTH } });
  const driver = new Driver(metered.report.hidden);
  const counted = new WebAssembly.Instance(new WebAssembly.Module(countingModule(metered.bytes)), driver.imports());
  driver.attach(counted);
  driver.spend(PLENTY, () => driver.start(counted));
  takeCount(counted);
  driver.spend(PLENTY, () => (counted.exports.run as Run)(n));
  const fuel = takeCount(raw);
  expect(driver.used).toBe(fuel);
  return { fuel, executed: takeCount(counted), bytes: metered.bytes.length };
}

describe('metering costs no more than it did', () => {
  const recorded = new Recorded<Metered>('metering');
  const rows = PROGRAMS.map((program) => ({ ...program, now: measure(program) }));
  recorded.bless(new Map(rows.map(({ name, now }) => [name, now])));

  test('the programs are those that were recorded', () => {
    expect(rows.map(({ name }) => name)).toEqual(recorded.names);
  });

  test.each(rows)('$name: the fuel is the same to the unit', ({ name, now }) => {
    expect(now.fuel).toBe(recorded.get(name).fuel);
  });

  test.each(rows)('$name: it executes and holds no more than two per cent over what it did', ({ name, now }) => {
    const { executed, bytes } = recorded.get(name);
    expect(now.executed / executed).toBeLessThanOrEqual(1.02);
    expect(now.bytes / bytes).toBeLessThanOrEqual(1.02);
  });

  test('all together execute no more', () => {
    const ratio = geomean(rows.map(({ name, now }) => now.executed / recorded.get(name).executed));
    expect(ratio).toBeLessThanOrEqual(TOLERANCE);
  });

  test('all together are no larger', () => {
    const ratio = geomean(rows.map(({ name, now }) => now.bytes / recorded.get(name).bytes));
    expect(ratio).toBeLessThanOrEqual(TOLERANCE);
  });
});
