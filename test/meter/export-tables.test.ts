/** Tables that the module exports: for a host that uses them, and inside for one that does not. */
import { describe, expect, test } from 'vitest';
import { type MeterOptions, meter } from '../../engine/meter/index.ts';
import { failureSync } from '../support/errors.ts';
import { assembleWithWabt } from '../support/toolchains.ts';
import { Driver } from './support/driver.ts';
import { countingModule, takeCount } from './support/reference-counter.ts';

type Apply = (index: number, n: number) => number;

/** Interpreters of all kinds look so: a loop that calls out of a table. */
const MODULE = assembleWithWabt(`(module
  (type $step (func (param i32) (result i32)))
  (table (export "table") 3 funcref)
  (elem (i32.const 0) $twice $next $fail)
  (func $twice (type $step) (i32.mul (local.get 0) (i32.const 2)))
  (func $next (type $step) (i32.add (local.get 0) (i32.const 1)))
  (func $fail (type $step) unreachable)
  (func (export "apply") (param $index i32) (param $n i32) (result i32) (local $value i32)
    (loop $again
      (local.set $value (call_indirect (type $step) (local.get $value) (local.get $index)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $value)))`);

function run(options: MeterOptions) {
  const metered = meter(MODULE, options);
  const driver = new Driver(metered.report.hidden);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), driver.imports());
  driver.attach(instance);
  const apply = (index: number, n: number): number =>
    driver.spend(1_000_000, () => (instance.exports.apply as Apply)(index, n));
  return { apply, driver, exports: instance.exports };
}

function executed(options: MeterOptions): number {
  const metered = meter(MODULE, options);
  const driver = new Driver(metered.report.hidden);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(countingModule(metered.bytes)), driver.imports());
  driver.attach(instance);
  takeCount(instance);
  driver.spend(1_000_000, () => (instance.exports.apply as Apply)(1, 1_000));
  return takeCount(instance);
}

describe('a table that the module exports', () => {
  test('is exported, and the host can call and place functions', () => {
    const { apply, exports } = run({});
    const table = exports.table as WebAssembly.Table;
    expect((table.get(0) as (n: number) => number)(21)).toBe(42);
    table.set(0, table.get(1));
    expect(apply(0, 5)).toBe(5);
  });

  test('stays inside where the host says that it needs none', () => {
    const { apply, exports, driver } = run({ exportTables: false });
    expect(Object.keys(exports)).not.toContain('table');
    expect([apply(1, 5), apply(0, 5)]).toEqual([5, 0]);
    expect(() => apply(2, 1)).toThrow('unreachable');
    expect(() => apply(3, 1)).toThrow(WebAssembly.RuntimeError);
    apply(1, 1_000);
    const used = driver.used;
    const shared = run({});
    shared.apply(1, 1_000);
    expect(used).toBe(shared.driver.used);
  });

  test('costs calls through it less where it stays inside', () => {
    expect(executed({ exportTables: false })).toBeLessThan(executed({}) * 0.75);
  });

  test('the option is a switch', () => {
    const error = failureSync(() => meter(MODULE, { exportTables: 'no' as never }), 'INVALID_OPTION');
    expect(error.message).toContain('`exportTables`');
  });
});
