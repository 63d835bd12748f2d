import { expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { Driver } from '../support/driver.ts';
import { countingModule, takeCount } from '../support/reference-counter.ts';

// A guest calls its host, the host calls the guest back, and the callback ends in an exception that the host swallows. Nothing in
// the module catches, so it may look as if no one could ever see what the callback did not pay.
test.each([
  ['an exception of the guest', '(throw $t)'],
  ['an exception of the host', '(call $fail)'],
])('%s does not make the work before it free', (_, thrown) => {
  const work = '(local.set 0 (i32.add (local.get 0) (i32.const 1)))'.repeat(5_000);
  const bytes = assembleWithWabt(`(module
    (import "env" "reenter" (func $reenter))
    (import "env" "fail" (func $fail))
    (tag $t)
    (func $throws ${thrown})
    (func (export "callback") (local i32) ${work} (call $throws) (unreachable))
    (func (export "run") (param i32)
      (loop (call $reenter) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`);
  const run = (module: WebAssembly.Module, driver: Driver | undefined): WebAssembly.Instance => {
    const env = {
      fail: () => {
        throw new Error('from the host');
      },
      reenter: () => {
        try {
          (instance.exports.callback as () => void)();
        } catch (error) {
          if (error instanceof WebAssembly.RuntimeError) throw error;
        }
      },
    };
    const instance = new WebAssembly.Instance(module, driver?.imports({ env }) ?? { env });
    driver?.attach(instance);
    const rounds = (): void => (instance.exports.run as (rounds: number) => void)(10);
    if (driver === undefined) rounds();
    else driver.spend(2 ** 40, rounds);
    return instance;
  };
  const counted = takeCount(run(new WebAssembly.Module(countingModule(bytes)), undefined));
  const metered = meter(bytes);
  const driver = new Driver(metered.report.hidden);
  run(new WebAssembly.Module(metered.bytes), driver);
  expect(driver.used).toBeGreaterThanOrEqual(counted);
});
