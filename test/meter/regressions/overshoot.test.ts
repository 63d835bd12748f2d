import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { Driver } from '../support/driver.ts';

/** Fuel that may run behind the end of the budget: a fraction of a millisecond. */
const MOST = 1_000_000;
const BUDGET = 100_000;
const DEPTH = 2_000;

/** A little over 4 fuel each. */
const work = (rounds: number): string => '(local.set $x (i32.add (local.get $x) (i32.const 1)))'.repeat(rounds);
const recurse = '(call $f (i32.sub (local.get $n) (i32.const 1)))';

// Each call is cheap on the way down, where it is looked at. What is behind it runs when all of them come back.
test.each([
  [
    'behind a call',
    `(func $f (export "f") (param $n i32) (local $x i32)
    (if (local.get $n) (then ${recurse} ${work(10_000)})))`,
  ],
  [
    'behind one of two calls',
    `(func $f (export "f") (param $n i32) (local $x i32)
    (if (local.get $n) (then ${recurse}) (else (return)))
    (if (local.get $x) (then ${work(10)}) (else ${work(10_000)})))`,
  ],
  [
    'in a handler that throws again',
    `(tag $t) (func $f (export "f") (param $n i32) (local $x i32)
    (if (i32.eqz (local.get $n)) (then (throw $t)))
    (try (do ${recurse}) (catch $t ${work(10_000)} (throw $t))))`,
  ],
  [
    'behind a call, on the way to a trap',
    `(func $f (export "f") (param $n i32) (local $x i32)
    (if (i32.eqz (local.get $n)) (then (return)))
    ${recurse} ${work(10_000)} (if (i32.eq (local.get $n) (i32.const ${DEPTH})) (then (unreachable))))`,
  ],
  [
    'before a call, on the way to a trap',
    `(func $f (export "f") (param $n i32) (local $x i32)
    (if (i32.eqz (local.get $n)) (then (unreachable)))
    ${work(10_000)} ${recurse} (unreachable))`,
  ],
  [
    'in a branch of a loop that counts for itself',
    `(func $f (export "f") (param $n i32) (local $x i32) (local $i i32) (local $y i32)
      (loop $l
        (if (i32.eqz (local.get $y)) (then ${work(10_000)}))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10000)))))`,
  ],
  [
    'in a branch of a tight loop',
    `(func $f (export "f") (param $n i32) (local $x i32) (local $i i32) (local $y i32)
      (loop $l
        (if (i32.eqz (local.get $y)) (then ${work(10_000)} (local.set $i (i32.add (local.get $i) (i32.const 3)))))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10000)))))`,
  ],
])('work %s is stopped in time', (_, functions) => {
  const { bytes, report } = meter(assembleWithWabt(`(module ${functions})`));
  // The refill hook sees how much ran since the budget ended; the guest ends there.
  const driver = new Driver(report.hidden);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), driver.imports());
  driver.attach(instance);
  let ended: unknown;
  try {
    driver.spend(BUDGET, () => (instance.exports.f as (n: number) => void)(DEPTH));
  } catch (error) {
    ended = error;
  }
  expect(ended).toBeInstanceOf(WebAssembly.RuntimeError);
  expect(driver.refused).toBe(true);
  expect(driver.deepestDebt).toBeLessThan(MOST);
});
