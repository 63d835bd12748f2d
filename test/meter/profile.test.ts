/** Fuel by stacks of calls: who is charged for what, and that nothing is lost. */
import { describe, expect, test } from 'vitest';
import { PROGRAMS, readProgram } from '../../bench/programs/programs.ts';
import { meter, StackProfile } from '../../engine/meter/index.ts';
import { assembleWithBinaryen, assembleWithWabt } from '../support/toolchains.ts';
import { Driver } from './support/driver.ts';
import { countingModule, startCounting, takeCount } from './support/reference-counter.ts';

const PLENTY = 2 ** 40;

interface Profiled {
  readonly driver: Driver;
  readonly profile: StackProfile;
  readonly instance: WebAssembly.Instance;
}

function profiled(bytes: Uint8Array<ArrayBuffer>, env: Record<string, (...args: number[]) => unknown> = {}): Profiled {
  const { bytes: written, report } = meter(bytes, { profile: true });
  const driver = new Driver(report.hidden);
  const profile = new StackProfile(() => driver.granted);
  const { module = '', enter = '', leave = '' } = report.hidden.profile ?? {};
  const imports = driver.imports({ env, [module]: { [enter]: profile.enter, [leave]: profile.leave } });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(written), imports);
  driver.attach(instance);
  return { driver, profile, instance };
}

/** Fuel of each stack, as "a;b", by the functions' letters: the first function of the module is a. */
function stacksOf({ driver, profile, instance }: Profiled, name = 'run'): Record<string, number> {
  profile.begin();
  driver.spend(PLENTY, () => {
    try {
      (instance.exports[name] as () => void)();
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    }
  });
  profile.end(driver.granted - driver.used);
  const letters = (functions: readonly number[]): string =>
    functions.map((index) => String.fromCharCode(0x61 + index)).join(';');
  return Object.fromEntries(profile.stacks().map(({ functions, fuel }) => [letters(functions), fuel]));
}

describe('of the benchmark programs', () => {
  test.each(PROGRAMS)('$name: the stacks add up to what was counted', (program) => {
    const bytes = readProgram(program);
    const { n, expected } = program.small;
    const counting = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
    startCounting(counting);
    takeCount(counting);
    (counting.exports.run as (n: number) => number)(n);
    const counted = takeCount(counting);

    const { driver, profile, instance } = profiled(bytes);
    driver.spend(PLENTY, () => driver.start(instance));
    profile.begin();
    expect(driver.spend(PLENTY, () => (instance.exports.run as (n: number) => number)(n))).toBe(expected);
    expect(driver.used).toBe(counted);
    profile.end(driver.granted - driver.used);
    expect(profile.stacks().reduce((sum, { fuel }) => sum + fuel, 0)).toBe(counted);
  });
});

describe('each function pays for what it runs itself', () => {
  test('calls, also of functions that cost the same every time', () => {
    const stacks = stacksOf(
      profiled(
        assembleWithWabt(`(module
          (func (export "run") (call $b) (call $c) (call $c))
          (func $b (call $c))
          (func $c (drop (i32.mul (i32.const 2) (i32.const 3)))))`),
      ),
    );
    // Entering costs 1, a call 4, the multiplication with its constants 3.
    expect(stacks).toEqual({ a: 1 + 3 * 4, 'a;b': 1 + 4, 'a;b;c': 1 + 3, 'a;c': 2 * (1 + 3) });
  });

  test('host functions pay what they charge', () => {
    const { driver, ...rest } = profiled(
      assembleWithWabt('(module (import "env" "work" (func $work)) (func (export "run") (call $work)))'),
      { work: () => driver.charge(1_000) },
    );
    expect(stacksOf({ driver, ...rest })).toEqual({ b: 1 + 4, 'b;a': 1_000 });
  });

  test('a guest that its host calls back is below the host function', () => {
    const all = profiled(
      assembleWithWabt(`(module (import "env" "back" (func $back))
        (func (export "run") (call $back)) (func (export "called") (nop)))`),
      { back: () => (all.instance.exports.called as () => void)() },
    );
    expect(stacksOf(all)).toEqual({ b: 1 + 4, 'b;a;c': 1 });
  });

  test('a tail call takes the place of its caller', () => {
    const stacks = stacksOf(
      profiled(
        assembleWithWabt(`(module (func (export "run") (call $b))
          (func $b (return_call $c)) (func $c (nop)))`),
      ),
    );
    expect(stacks).toEqual({ a: 1 + 4, 'a;b': 1 + 4, 'a;c': 1 });
  });

  test('references, tables and re-exported imports', () => {
    const stacks = stacksOf(
      profiled(
        assembleWithWabt(`(module (import "env" "tick" (func $tick))
          (type $v (func)) (table 2 funcref) (elem (i32.const 0) $tick $c)
          (func (export "run") (call_indirect (type $v) (i32.const 0)) (call_indirect (type $v) (i32.const 1)) (drop (ref.func $tick)))
          (func $c) (export "tick" (func $tick)))`),
        { tick: () => undefined },
      ),
    );
    expect(stacks).toEqual({ b: 1 + 2 * (8 + 1) + 4, 'b;c': 1 });
  });
});

describe('where a call does not return', () => {
  test.each([
    ['legacy', assembleWithWabt, '(try (do (call $b)) (catch_all)) (call $d)'],
    ['try_table', assembleWithBinaryen, '(block $h (try_table (catch_all $h) (call $b))) (call $d)'],
  ])('an exception leaves the frames that it passes: %s', (_, assemble, body) => {
    const stacks = stacksOf(
      profiled(
        assemble(`(module (tag $t) (func $a (export "run") ${body})
          (func $b (call $c)) (func $c (throw $t)) (func $d (nop)))`),
      ),
    );
    expect(stacks).toEqual({ a: 1 + 2 * 4, 'a;b': 1 + 4, 'a;b;c': 1 + 5_000, 'a;d': 1 });
  });

  test('a trap: everything that ran is counted, up to the instruction that trapped', () => {
    const stacks = stacksOf(
      profiled(
        assembleWithWabt(`(module (memory 1) (func (export "run") (call $b))
          (func $b (drop (i32.const 1)) (drop (i32.load (i32.const -1))) (call $c)) (func $c))`),
      ),
    );
    expect(stacks).toEqual({ a: 1 + 4, 'a;b': 1 + 1 + 2 });
  });

  test('the end of the fuel, in a loop and in a recursion', () => {
    for (const body of ['(loop $l (br $l))', '(call $b)']) {
      const { driver, profile, instance } = profiled(
        assembleWithWabt(`(module (func (export "run") (call $b)) (func $b (drop (i32.const 0)) ${body}))`),
      );
      profile.begin();
      expect(() => driver.spend(50_000, instance.exports.run as () => void)).toThrow(WebAssembly.RuntimeError);
      if (driver.overflowed) profile.end(undefined);
      else profile.end(driver.granted - driver.used);
      expect(profile.used).toBeGreaterThan(10_000);
      expect(profile.stacks().reduce((sum, { fuel }) => sum + fuel, 0)).toBe(profile.used);
    }
  });
});

test('a recursion with endlessly many stacks takes bounded memory, and loses nothing', () => {
  const { driver, profile, instance } = profiled(
    assembleWithWabt(`(module
      (func $run (export "run") (param $n i32)
        (if (i32.eqz (local.get $n)) (then (return)))
        (call $left (i32.sub (local.get $n) (i32.const 1)))
        (call $right (i32.sub (local.get $n) (i32.const 1))))
      (func $left (param i32) (call $run (local.get 0)))
      (func $right (param i32) (call $run (local.get 0)))
      (func $deep (export "deep") (param $n i32)
        (if (local.get $n) (then (call $deep (i32.sub (local.get $n) (i32.const 1)))))))`),
  );
  for (const [name, n] of [
    ['run', 18],
    ['deep', 2_000],
  ] as const) {
    profile.begin();
    driver.spend(PLENTY, () => (instance.exports[name] as (n: number) => void)(n));
    profile.end(driver.granted - driver.used);
    const stacks = profile.stacks();
    expect(stacks.reduce((sum, { fuel }) => sum + fuel, 0)).toBe(driver.used);
    expect(stacks.length).toBeLessThanOrEqual(100_001);
    expect(Math.max(...stacks.map(({ functions }) => functions.length))).toBeLessThanOrEqual(200);
  }
});
