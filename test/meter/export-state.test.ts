/** What `exportState` adds: an instance can go back to where it was, and its state can go to another instance. */
import { describe, expect, test } from 'vitest';
import { PROGRAMS, readProgram } from '../../bench/programs/programs.ts';
import { type MeterReport, meter, meterForEngine } from '../../engine/meter/index.ts';
import { STATE_OPERATIONS } from '../../engine/meter/report.ts';
import { checkModule } from '../../engine/validate/index.ts';
import { generateModule } from '../fuzz/support/module-generator.ts';
import { failureSync } from '../support/errors.ts';
import { realModules } from '../support/real-modules.ts';
import { assembleWithBinaryen, assembleWithWabt } from '../support/toolchains.ts';
import { Driver } from './support/driver.ts';

const PLENTY = 2 ** 40;

interface Held {
  readonly report: MeterReport;
  /** Calls an export on plenty of fuel. */
  readonly run: (name: string, ...args: unknown[]) => unknown;
  readonly get: (part: number) => bigint;
  readonly set: (part: number, bits: bigint) => void;
  readonly save: () => void;
  readonly restore: () => number;
}

function hold(bytes: Uint8Array<ArrayBuffer>): Held {
  const { bytes: metered, report } = meter(bytes, { exportState: true });
  const driver = new Driver(report.hidden);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered), driver.imports());
  driver.attach(instance);
  const { state } = report.hidden;
  if (state === undefined) throw new Error('no state');
  const exported = <Fn>(name: string): Fn => instance.exports[name] as Fn;
  return {
    report,
    run: (name, ...args) => driver.spend(PLENTY, () => exported<(...args: unknown[]) => unknown>(name)(...args)),
    get: exported(state.get),
    set: exported(state.set),
    save: exported(state.save),
    restore: exported(state.restore),
  };
}

/** All parts, as bits. */
const bitsOf = ({ get, report }: Held): bigint[] => Array.from({ length: report.state?.parts ?? 0 }, (_, i) => get(i));

const NUMBERS = assembleWithWabt(`(module
  (global $constant i32 (i32.const 5))
  (global $i32 (mut i32) (i32.const -1))
  (global $i64 (mut i64) (i64.const 0x8000000000000001))
  (global $f32 (mut f32) (f32.const nan:0x200001))
  (global $f64 (mut f64) (f64.const nan:0x4000000000001))
  (global $v128 (mut v128) (v128.const i64x2 0x1122334455667788 -2))
  (func (export "zero")
    (global.set $i32 (global.get $constant)) (global.set $i64 (i64.const 0)) (global.set $f32 (f32.const -0))
    (global.set $f64 (f64.const inf)) (global.set $v128 (v128.const i64x2 3 4)))
  (func (export "low") (result i64) (i64x2.extract_lane 0 (global.get $v128)))
  (func (export "high") (result i64) (i64x2.extract_lane 1 (global.get $v128)))
  (func (export "f32") (result i32) (i32.reinterpret_f32 (global.get $f32)))
  (func (export "f64") (result i64) (i64.reinterpret_f64 (global.get $f64))))`);

describe('globals', () => {
  const first = [0xffffffffn, -0x7fffffffffffffffn, 0x7fa00001n, 0x7ff4000000000001n, 0x1122334455667788n, -2n];
  const later = [5n, 0n, 0x80000000n, 0x7ff0000000000000n, 3n, 4n];

  test('of every number type come out to the bit', () => {
    const held = hold(NUMBERS);
    expect(held.report.state).toEqual({ parts: 6, staysBehind: [] });
    expect(bitsOf(held)).toEqual(first);
    held.run('zero');
    expect(bitsOf(held)).toEqual(later);
  });

  test('go into another instance to the bit', () => {
    const [from, to] = [hold(NUMBERS), hold(NUMBERS)];
    to.run('zero');
    for (const [part, bits] of bitsOf(from).entries()) to.set(part, bits);
    expect(bitsOf(to)).toEqual(first);
    expect([to.run('low'), to.run('high')]).toEqual([0x1122334455667788n, -2n]);
    expect([to.run('f32'), to.run('f64')]).toEqual([0x7fa00001, 0x7ff4000000000001n]);
  });

  test('go back to what was saved last', () => {
    const held = hold(NUMBERS);
    held.save();
    held.run('zero');
    expect(held.restore()).toBe(1);
    expect(bitsOf(held)).toEqual(first);
    held.run('zero');
    held.save();
    held.set(0, 77n);
    expect(held.restore()).toBe(1);
    expect(bitsOf(held)).toEqual(later);
  });

  test('are found however many there are', () => {
    const count = 1_000;
    const globals = Array.from({ length: count }, (_, i) => `(global (mut i64) (i64.const ${i}))`).join('');
    const held = hold(assembleWithWabt(`(module ${globals})`));
    expect(bitsOf(held)).toEqual(Array.from({ length: count }, (_, i) => BigInt(i)));
    for (let i = 0; i < count; i++) held.set(i, BigInt(i * 3));
    expect(held.get(617)).toBe(1_851n);
  });

  test('there may be none', () => {
    const held = hold(assembleWithWabt('(module)'));
    expect([held.get(0), held.restore()]).toEqual([0n, 1]);
  });
});

describe('references', () => {
  const held = () =>
    hold(
      assembleWithWabt(`(module
        (table $t 2 5 funcref)
        (global $f (mut funcref) (ref.null func))
        (global $e (mut externref) (ref.null extern))
        (elem (i32.const 0) $one)
        (elem declare func $two)
        (func $one (result i32) (i32.const 1))
        (func $two (result i32) (i32.const 2))
        (func (export "swap") (table.set $t (i32.const 0) (ref.func $two)) (global.set $f (ref.func $two)))
        (func (export "grow") (result i32) (table.grow $t (ref.func $two) (i32.const 2)))
        (func (export "keep") (param externref) (global.set $e (local.get 0)))
        (func (export "kept") (result externref) (global.get $e))
        (func (export "size") (result i32) (table.size $t))
        (func (export "isNull") (result i32) (ref.is_null (global.get $f)))
        (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0))))`),
    );

  test('in globals and tables go back', () => {
    const { run, save, restore, report } = held();
    expect(report.state).toEqual({
      parts: 0,
      staysBehind: ['references in mutable globals', 'tables that it changes'],
    });
    save();
    run('swap');
    run('keep', 'a string');
    expect([run('call', 0), run('isNull'), run('kept')]).toEqual([2, 0, 'a string']);
    expect(restore()).toBe(1);
    expect([run('call', 0), run('isNull'), run('kept')]).toEqual([1, 1, null]);
  });

  test('a table that has grown cannot go back, and then nothing does', () => {
    const { run, save, restore } = held();
    save();
    run('swap');
    run('grow');
    expect(restore()).toBe(0);
    expect([run('size'), run('call', 0), run('isNull')]).toEqual([4, 2, 0]);
    // Saved as it is now, it can.
    save();
    run('swap');
    expect([restore(), run('size'), run('call', 3)]).toEqual([1, 4, 2]);
  });

  test('to exceptions, and of exact types, go back as well', () => {
    const { run, save, restore, report } = hold(
      assembleWithBinaryen(`(module
        (type $f (func (result i32)))
        (tag $tag (param i32))
        (global $x (mut exnref) (ref.null exn))
        (global $g (mut (ref $f)) (ref.func $one))
        (table $t 2 2 (ref $f) (ref.func $one))
        (elem declare func $two)
        (func $one (type $f) (i32.const 1))
        (func $two (type $f) (i32.const 2))
        (func (export "change")
          (global.set $g (ref.func $two))
          (table.set $t (i32.const 1) (ref.func $two))
          (global.set $x
            (block $caught (result exnref)
              (try_table (catch_all_ref $caught) (throw $tag (i32.const 7)))
              (unreachable))))
        (func (export "hasException") (result i32) (i32.eqz (ref.is_null (global.get $x))))
        (func (export "called") (result i32) (call_ref $f (global.get $g)))
        (func (export "second") (result i32) (call_indirect $t (type $f) (i32.const 1))))`),
    );
    expect(report.state?.staysBehind).toHaveLength(2);
    const seen = () => [run('hasException'), run('called'), run('second')];
    save();
    run('change');
    expect(seen()).toEqual([1, 2, 2]);
    expect(restore()).toBe(1);
    expect(seen()).toEqual([0, 1, 1]);
  });

  test('in a table that nothing changes are no state', () => {
    const { report } = hold(
      assembleWithWabt(`(module (table 3 funcref) (elem (i32.const 0) $f) (func $f (call_indirect (i32.const 0))))`),
    );
    expect(report.state).toEqual({ parts: 0, staysBehind: [] });
  });
});

describe('segments', () => {
  const held = () =>
    hold(
      assembleWithWabt(`(module (memory 1) (data $d "x") (table $t 1 funcref) (elem $e func $f) (func $f)
        (func $drop (data.drop $d))
        (func (export "data") (call $drop))
        (func (export "elements") (local i32) (loop (elem.drop $e) (br_if 0 (local.get 0)))))`),
    );

  test.each(['data', 'elements'])('of %s that were dropped do not come back, and it is told', (name) => {
    const { run, save, restore, report } = held();
    expect(report.state?.staysBehind).toEqual(['segments that it drops']);
    save();
    expect(restore()).toBe(1);
    run(name);
    expect([restore(), restore()]).toEqual([0, 0]);
    save();
    expect(restore()).toBe(1);
  });
});

describe('the rest of the module', () => {
  test('has no such exports unless they are asked for', () => {
    const { bytes, report } = meter(NUMBERS);
    expect([report.state, report.hidden.state]).toEqual([undefined, undefined]);
    const names = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);
    expect(names.filter((name) => name.includes('state'))).toEqual([]);
  });

  test.each(PROGRAMS)('uses the same fuel: $name', (program) => {
    const used = [false, true].map((exportState) => {
      const metered = meter(readProgram(program), { exportState });
      const driver = new Driver(metered.report.hidden);
      const instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), driver.imports());
      driver.attach(instance);
      driver.spend(PLENTY, () => driver.start(instance));
      driver.spend(PLENTY, () => (instance.exports.run as (n: number) => number)(program.small.n));
      return driver.used;
    });
    expect(used[1]).toBe(used[0]);
  });

  test.each(realModules)('stays valid: $name', ({ bytes }) => {
    let metered: Uint8Array<ArrayBuffer>;
    try {
      metered = meter(bytes, { exportState: true }).bytes;
    } catch (error) {
      // What the engine refuses anyway.
      failureSync(() => meter(bytes), (error as { code: 'INVALID_MODULE' }).code);
      return;
    }
    expect(WebAssembly.validate(metered)).toBe(true);
  });

  test('stays valid in generated modules', () => {
    for (let seed = 0; seed < 300; seed++) {
      const { bytes } = generateModule(seed);
      if (!WebAssembly.validate(meter(bytes, { exportState: true }).bytes)) throw new Error(`seed ${seed}`);
    }
  });

  test('is not profiled at the same time', () => {
    failureSync(() => meter(NUMBERS, { profile: true, exportState: true }), 'INVALID_OPTION');
  });
});

describe('for this engine one function does all of it', () => {
  const instantiate = (wat: string) => {
    const { bytes, report } = meterForEngine(checkModule(assembleWithWabt(wat)), { exportState: true, slice: false });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    (exports[report.hidden.begin] as (fuel: number) => void)(PLENTY);
    const state = exports[report.hidden.state as string] as (operation: number, part: number, bits: bigint) => bigint;
    const run = (name: string): void => (exports[name] as () => void)();
    return { run, state, names: Object.keys(exports), report };
  };
  const { get, set, save, restore, tableEntries } = STATE_OPERATIONS;

  test('it reads and sets globals, keeps them and goes back', () => {
    const { state, run } = instantiate(`(module (global $a (mut i32) (i32.const 1)) (global $b (mut f64) (f64.const 2))
      (func (export "change") (global.set $a (i32.const -7)) (global.set $b (f64.const 3))))`);
    const bits = () => [state(get, 0, 0n), state(get, 1, 0n)];
    const first = bits();
    expect(first).toEqual([1n, 0x4000000000000000n]);
    expect(state(save, 0, 0n)).toBe(0n);
    run('change');
    expect(bits()).toEqual([0xfffffff9n, 0x4008000000000000n]);
    expect(state(restore, 0, 0n)).toBe(1n);
    expect(bits()).toEqual(first);
    expect(state(set, 1, 5n)).toBe(0n);
    expect(bits()).toEqual([1n, 5n]);
  });

  test('it counts the entries of tables, and says when it cannot go back', () => {
    const { state, run } = instantiate(`(module (table $t 3 9 funcref) (func (export "swap")
      (table.set $t (i32.const 0) (table.get $t (i32.const 1))))
      (func (export "grow") (drop (table.grow $t (ref.null func) (i32.const 2)))))`);
    expect(state(tableEntries, 0, 0n)).toBe(6n);
    state(save, 0, 0n);
    run('swap');
    expect(state(restore, 0, 0n)).toBe(1n);
    run('grow');
    expect([state(restore, 0, 0n), state(tableEntries, 0, 0n)]).toEqual([0n, 8n]);
  });

  test('of what it knows no operation it does nothing', () => {
    const { state } = instantiate('(module (global $a (mut i64) (i64.const 9)))');
    for (const operation of [5, -1, 2 ** 31 - 1]) expect(state(operation, 0, 1n)).toBe(0n);
    expect(state(get, 0, 0n)).toBe(9n);
  });

  test('there are no more hidden exports than the engine uses', () => {
    const { names, report } = instantiate('(module (func $start) (start $start) (func (export "own")))');
    const { getFuel, spend, begin, start, state } = report.hidden;
    expect(names.sort()).toEqual(['own', getFuel, spend, begin, start, state].sort());
  });
});
