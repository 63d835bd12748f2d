import { expect, test } from 'vitest';
import { DEFAULT_COSTS, meter } from '../../../engine/meter/index.ts';
import { opcode } from '../../../engine/wasm/opcodes.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { Driver } from '../support/driver.ts';
import { countingModule, takeCount } from '../support/reference-counter.ts';

/** The highest that `costs` takes. */
const PRICE = 10_000;
const INSTRUCTIONS = 220_000;

// One charge for all of them is more than 32 bits hold.
test('a run of instructions at the highest price is charged to the unit', () => {
  const bytes = assembleWithWabt(`(module (func (export "run") (param $n i32) loop $l
    local.get $n ${'i32.eqz '.repeat(INSTRUCTIONS)} drop
    local.get $n i32.const 1 i32.sub local.tee $n br_if $l end))`);
  const prices = Float64Array.from(DEFAULT_COSTS.prices);
  prices[opcode('i32.eqz').id] = PRICE;
  const counted = new WebAssembly.Instance(
    new WebAssembly.Module(countingModule(bytes, { version: DEFAULT_COSTS.version, prices })),
  );
  (counted.exports.run as (n: number) => void)(3);

  const { bytes: metered, report } = meter(bytes, { costs: { 'i32.eqz': PRICE } });
  const driver = new Driver(report.hidden);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered), driver.imports());
  driver.attach(instance);
  driver.spend(2 ** 40, () => (instance.exports.run as (n: number) => void)(3));
  expect(driver.used).toBe(takeCount(counted));
  expect(driver.used).toBeGreaterThan(3 * INSTRUCTIONS * PRICE);
});
