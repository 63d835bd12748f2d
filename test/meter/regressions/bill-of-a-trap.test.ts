import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { Driver } from '../support/driver.ts';
import { countingModule, takeCount } from '../support/reference-counter.ts';

const work = (rounds: number): string => '(local.set $x (i32.add (local.get $x) (i32.const 1)))'.repeat(rounds);

// A call that traps pays for all the fuel that it was given so far. What ran on the way to the trap may not be more than that,
// or a guest could run for nothing.
test.each([
  ['long code that ends in a trap', `(func (export "f") (local $x i32) ${work(50_000)} (unreachable))`],
  [
    'many calls, each with a path that was not charged yet',
    `(func $g (param $n i32) (result i32) (local $x i32)
      (if (i32.eqz (local.get $n)) (then (unreachable)))
      (if (i32.eqz (call $g (i32.sub (local.get $n) (i32.const 1)))) (then ${work(100)}) (else ${work(120)}))
      (local.get $x))
    (func (export "f") (drop (call $g (i32.const 2000))))`,
  ],
  [
    'calls that only lead to a trap',
    `(func $g (param $n i32) (result i32) (local $x i32)
      (if (i32.eqz (local.get $n)) (then (unreachable)))
      ${work(100)}
      (drop (call $g (i32.sub (local.get $n) (i32.const 1))))
      (unreachable))
    (func (export "f") (drop (call $g (i32.const 2000))))`,
  ],
])('%s is billed in full', (_, functions) => {
  const bytes = assembleWithWabt(`(module ${functions})`);
  const counting = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
  expect(() => (counting.exports.f as () => void)()).toThrow(WebAssembly.RuntimeError);
  const counted = takeCount(counting);

  const metered = meter(bytes);
  const driver = new Driver(metered.report.hidden, { firstSlice: 1_000, largestSlice: 1_000 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), driver.imports());
  driver.attach(instance);
  expect(() => driver.spend(2 ** 40, () => (instance.exports.f as () => void)())).toThrow(WebAssembly.RuntimeError);
  expect(driver.granted).toBeGreaterThanOrEqual(counted);
});
