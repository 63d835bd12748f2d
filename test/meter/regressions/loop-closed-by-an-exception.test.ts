import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { Driver } from '../support/driver.ts';

// The only way back to the loop header leads through an exception: to the flow graph, out of the function and in again.
test.each([
  ['thrown here', '(throw $e)'],
  ['thrown by a callee', '(call $thrower)'],
  ['thrown from a loop further in', '(loop (throw $e))'],
])('a loop that is closed by an exception %s looks at the fuel', (_, thrown) => {
  const bytes = assembleWithWabt(`(module (tag $e) (func $thrower (throw $e))
    (func (export "f") (loop $l (try (do ${thrown}) (catch_all)) (br $l))))`);
  const { bytes: metered, report } = meter(bytes);
  expect(report.checks).toBeGreaterThan(0);
  const driver = new Driver(report.hidden);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered), driver.imports());
  driver.attach(instance);
  expect(() => driver.spend(1_000_000, () => (instance.exports.f as () => void)())).toThrow(WebAssembly.RuntimeError);
  expect(driver.refused).toBe(true);
});
