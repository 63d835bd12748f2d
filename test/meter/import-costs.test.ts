/** What calls of imported functions cost: paid before the function runs, whichever way a call reaches it. */
import { describe, expect, test } from 'vitest';
import { RingfenceError } from '../../engine/errors.ts';
import { type MeterOptions, meter, StackProfile } from '../../engine/meter/index.ts';
import { assembleWithWabt } from '../support/toolchains.ts';
import { Driver, type DriverOptions } from './support/driver.ts';
import { addCount, COUNT, countingModule, startCounting, takeCount } from './support/reference-counter.ts';

const PRICE = 777;
const COSTS = { env: { work: PRICE } };

/** Modules that call the import a few times when `run` is called, or before. */
const WAYS: Readonly<Record<string, string>> = {
  'a call': '(func (export "run") (call $work (i32.const 1)) (call $free))',
  'a call in a loop': `(func (export "run") (local $i i32)
    (loop $l (call $work (local.get $i)) (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 500)))))`,
  'a tail call': '(func (export "run") (return_call $work (i32.const 1)))',
  'a call through a table': `(table funcref (elem $work $own)) (func $own (param i32))
    (func (export "run") (call_indirect (type $t) (i32.const 1) (i32.const 0)) (call_indirect (type $t) (i32.const 1) (i32.const 1)))`,
  'a call through a table that others share': `(table (export "table") funcref (elem $work $own)) (func $own (param i32))
    (func (export "run") (call_indirect (type $t) (i32.const 1) (i32.const 0)) (call_indirect (type $t) (i32.const 1) (i32.const 1)))`,
  'a call through a reference that code made': `(table $table 1 funcref) (elem declare func $work)
    (func (export "run") (table.set $table (i32.const 0) (ref.func $work))
      (call_indirect $table (type $t) (i32.const 1) (i32.const 0)))`,
  'a call inside a handler': `(tag $e)
    (func (export "run") try (call $work (i32.const 1)) throw $e catch_all (call $work (i32.const 2)) end)`,
  'an export': '(export "run" (func $free_work))',
  'the start function': '(start $free_work) (func (export "run"))',
};

const wat = (body: string): Uint8Array<ArrayBuffer> =>
  assembleWithWabt(`(module (type $t (func (param i32)))
    (import "env" "work" (func $work (type $t)))
    (import "env" "free" (func $free))
    (import "other" "work" (func $free_work))
    ${body})`);

interface Running {
  readonly driver: Driver;
  readonly run: () => void;
  readonly worked: () => number;
  readonly used: () => number;
}

function start(
  bytes: Uint8Array<ArrayBuffer>,
  options: MeterOptions = {},
  slices: DriverOptions = { firstSlice: 500, largestSlice: 500 },
): Running {
  const module = meter(bytes, { importCosts: { ...COSTS, other: { work: PRICE } }, ...options });
  const { profile } = module.report.hidden;
  const driver = new Driver(module.report.hidden, slices);
  const stacks = new StackProfile(() => driver.granted);
  let worked = 0;
  const work = (): void => {
    worked++;
  };
  const hooks =
    profile === undefined ? {} : { [profile.module]: { [profile.enter]: stacks.enter, [profile.leave]: stacks.leave } };
  const imports = driver.imports({ env: { work, free: () => {} }, other: { work }, ...hooks });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), imports);
  driver.attach(instance);
  const run = (): void => {
    stacks.begin();
    driver.start(instance);
    (instance.exports.run as () => void)();
  };
  return { driver, run, worked: () => worked, used: () => driver.used };
}

/** What the reference counter has, whose host functions add their price themselves. */
function counted(bytes: Uint8Array<ArrayBuffer>): number {
  const work = (): void => addCount(instance, PRICE);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)), {
    env: { work, free: () => {} },
    other: { work },
  });
  expect(instance.exports[COUNT]).toBeDefined();
  startCounting(instance);
  (instance.exports.run as () => void)();
  return takeCount(instance);
}

describe.each(Object.entries(WAYS))('%s', (_, body) => {
  const bytes = wat(body);

  test.each<[string, MeterOptions]>([
    ['metered', {}],
    ['with its state', { exportState: true }],
    ['for a profile', { profile: true }],
  ])('pays to the unit: %s', (_, options) => {
    const { driver, run, used, worked } = start(bytes, options);
    driver.spend(2 ** 40, run);
    expect(worked()).toBeGreaterThan(0);
    expect(used()).toBe(counted(bytes));
  });

  test('does not get to the function without the fuel for it', () => {
    const { driver, run, worked } = start(bytes);
    expect(() => driver.spend(PRICE - 1, run)).toThrow(WebAssembly.RuntimeError);
    expect(worked()).toBe(0);
    expect(driver.refused).toBe(true);
  });

  test('nor without slices', () => {
    const { driver, run, worked } = start(bytes, { slice: false }, { firstSlice: PRICE - 1 });
    expect(() => driver.spend(PRICE - 1, run)).toThrow(WebAssembly.RuntimeError);
    expect(worked()).toBe(0);
  });
});

test('the largest price leaves the counter whole', () => {
  const most = 1_000_000_000;
  const { driver, run, used } = start(wat(WAYS['a call in a loop'] as string), {
    importCosts: { env: { work: most } },
  });
  driver.spend(2 ** 40, run);
  expect(used() - counted(wat(WAYS['a call in a loop'] as string))).toBe(500 * (most - PRICE));
});

test('names of the module reach no further than those given', () => {
  const bytes =
    assembleWithWabt(`(module (import "__proto__" "toString" (func $a)) (import "env" "constructor" (func $b))
    (func (export "run") (call $a) (call $b)))`);
  const module = meter(bytes, { importCosts: COSTS });
  const driver = new Driver(module.report.hidden);
  const imports = Object.assign(Object.create(null), { env: { constructor: () => {} } });
  Object.defineProperty(imports, '__proto__', { value: { toString: () => {} }, enumerable: true });
  const own = driver.imports({});
  for (const name of Object.keys(own)) imports[name] = own[name];
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), imports);
  driver.attach(instance);
  driver.spend(1_000, () => (instance.exports.run as () => void)());
  expect(driver.used).toBeLessThan(20);
});

test.each([-1, 0.5, 1_000_000_001, Number.NaN, '5', null])('%s is no price', (price) => {
  const importCosts = { env: { work: price as number } };
  expect(() => meter(wat(''), { importCosts })).toThrow(RingfenceError);
  expect(() => meter(wat(''), { importCosts })).toThrow('cost of the import "env" "work"');
});
