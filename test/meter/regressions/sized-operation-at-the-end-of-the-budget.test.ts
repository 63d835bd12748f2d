import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { Driver } from '../support/driver.ts';
import { countingModule, takeCount } from '../support/reference-counter.ts';

// An operation that is priced by its operand looks at the fuel. What was charged ahead for a path that is not taken
// afterwards must not make it stop a run that is within its budget.
const OPERATIONS = {
  'memory.fill': '(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))',
  'memory.copy': '(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))',
  'memory.init': '(memory.init $data (i32.const 0) (i32.const 0) (i32.const 0))',
  'memory.grow': '(drop (memory.grow (i32.const 1)))',
  'table.fill': '(table.fill $t (i32.const 0) (ref.null func) (i32.const 0))',
  'table.copy': '(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))',
  'table.init': '(table.init $t $elem (i32.const 0) (i32.const 0) (i32.const 0))',
  'table.grow': '(drop (table.grow $t (ref.null func) (i32.const 1)))',
};

test.each(Object.entries(OPERATIONS))('%s does not stop a run that has just enough', (_, operation) => {
  const bytes = assembleWithWabt(`(module
    (memory 1 2) (table $t 1 2 funcref) (data $data "") (elem $elem func $f)
    (func $f (export "f") (param $leave i32) (result i32)
      ${operation}
      (if (i32.eqz (local.get $leave)) (then (return (i32.const 0))))
      ${'(drop (i32.mul (local.get $leave) (i32.const 3)))'.repeat(10)}
      (i32.const 1)))`);
  const counting = new WebAssembly.Module(countingModule(bytes));
  const metered = meter(bytes);
  for (const leave of [0, 1]) {
    const counter = new WebAssembly.Instance(counting);
    (counter.exports.f as (leave: number) => number)(leave);
    const counted = takeCount(counter);

    const driver = new Driver(metered.report.hidden);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), driver.imports());
    driver.attach(instance);
    expect(driver.spend(counted, () => (instance.exports.f as (leave: number) => number)(leave))).toBe(leave);
    expect(driver.used).toBe(counted);
  }
});
