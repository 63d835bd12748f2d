import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { Driver } from '../support/driver.ts';
import { countingModule, takeCount } from '../support/reference-counter.ts';

const ROUNDS = 51;

// A loop that counts for itself is charged where it is left. A throw that is caught inside of it does not leave it.
test.each([
  ['legacy', '(try (do (if (i32.const 1) (then (throw $t))) (unreachable)) (catch_all))'],
  ['legacy, by its tag', '(try (do (if (i32.const 1) (then (throw $t))) (unreachable)) (catch $t))'],
  ['try_table', '(block $h (try_table (catch_all $h) (if (i32.const 1) (then (throw $t))) (unreachable)))'],
  [
    'try_table, now and then',
    '(block $h (try_table (catch_all $h) (if (i32.and (local.get $i) (i32.const 7)) (then (throw $t)))))',
  ],
])('a throw in it and its handler: %s', (_, body) => {
  // What stands behind the loop made the meter choose to charge for its rounds at its exits.
  const bytes = assembleWithWabt(`(module
    (type $v (func (result i32))) (tag $t) (table 1 funcref) (elem (i32.const 0) func $f)
    (func $f (export "f") (result i32) (local $i i32)
      (block (result i32)
        (local.set $i (i32.const ${ROUNDS}))
        (loop $again ${body}
          (drop (i32.const 0))
          (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (block (result i32) (loop) (i32.const 54)))
      (br_if 0 (i32.const 1))
      (if (result i32) (then (call_indirect (type $v) (i32.const 0))) (else (unreachable)))))`);
  const counting = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
  (counting.exports.f as () => void)();
  const counted = takeCount(counting);

  const metered = meter(bytes);
  const driver = new Driver(metered.report.hidden);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), driver.imports());
  driver.attach(instance);
  driver.spend(2 ** 40, () => (instance.exports.f as () => void)());
  expect(driver.used).toBe(counted);
});
