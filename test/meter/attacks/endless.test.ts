/** Every way to run for ever: all of them end, and end for want of fuel or of stack. */
import { describe, expect, test } from 'vitest';
import { assembleWithBinaryen, assembleWithWabt } from '../../support/toolchains.ts';
import { HostileGuest } from './guest.ts';

type Assemble = (text: string) => Uint8Array<ArrayBuffer>;
const wabt: Assemble = assembleWithWabt;
const binaryen: Assemble = assembleWithBinaryen;

const BUDGET = 2_000_000;
const run = (body: string): string => `(func $run (export "run") (local $x i32) ${body})`;

/** From the loop back to its header. */
const LOOPS: readonly (readonly [name: string, assemble: Assemble, module: string])[] = [
  ['br', wabt, run('(loop $l (br $l))')],
  ['br_if', wabt, run('(loop $l (br_if $l (i32.const 1)))')],
  [
    'br_if with a value',
    wabt,
    run('(drop (i32.const 1) (loop $l (result i32) (br_if $l (i32.const 1)) (i32.const 2)))').replace(
      '(drop (i32.const 1) (loop',
      '(drop (loop',
    ),
  ],
  ['br_table', wabt, run('(loop $l (br_table $l $l $l (local.get $x)))')],
  ['br_table in one of many arms', wabt, run('(loop $l (block $a (block $b (br_table $a $b $l (i32.const 9)))))')],
  ['br_on_null', binaryen, run('(local $f funcref) (loop $l (drop (br_on_null $l (local.get $f))))')],
  [
    'br_on_non_null',
    binaryen,
    `(elem declare func $run) ${run('(local $f funcref) (local.set $f (ref.func $run)) (drop (loop $l (result funcref) (block $x (result (ref func)) (br_on_non_null $x (local.get $f)) (br $l)) (br $l)))')}`,
  ],
  ['br out of a block in the loop', wabt, run('(loop $l (block $b (br $b)) (br $l))')],
  ['br in both arms of an if', wabt, run('(loop $l (if (local.get $x) (then (br $l)) (else (br $l))))')],
  ['an outer loop, past an inner one', wabt, run('(loop $o (loop $i (br_if $i (local.get $x)) (br $o)))')],
  ['an inner loop that never runs twice', wabt, run('(loop $o (loop $i) (br $o))')],
  [
    'a variable that wraps around',
    wabt,
    run('(loop $l (br_if $l (i32.or (local.tee $x (i32.add (local.get $x) (i32.const 1))) (i32.const 1))))'),
  ],
  [
    'a variable that steps over its end',
    wabt,
    run(
      '(loop $l (local.set $x (i32.add (local.get $x) (i32.const 2))) (br_if $l (i32.ne (local.get $x) (i32.const 7))))',
    ),
  ],
  [
    'a variable that is set back in a branch',
    wabt,
    run(
      '(loop $l (local.set $x (i32.add (local.get $x) (i32.const 1))) (if (i32.eq (local.get $x) (i32.const 5)) (then (local.set $x (i32.const 0)))) (br_if $l (i32.lt_u (local.get $x) (i32.const 10))))',
    ),
  ],
  [
    'a negative step',
    wabt,
    run('(loop $l (br_if $l (i32.or (local.tee $x (i32.sub (local.get $x) (i32.const 3))) (i32.const 1))))'),
  ],
  ['a step behind a jump', wabt, run('(loop $l (br $l) (local.set $x (i32.add (local.get $x) (i32.const 1))))')],
  [
    'a step behind a jump, and a test before it',
    wabt,
    run(
      '(block $b (loop $l (br_if $b (i32.eq (local.get $x) (i32.const 201))) (br $l) (local.set $x (i32.add (local.get $x) (i32.const 1)))))',
    ),
  ],
  [
    'a test behind a jump',
    wabt,
    run(
      '(loop $l (local.set $x (i32.add (local.get $x) (i32.const 1))) (br $l) (br_if $l (i32.ne (local.get $x) (i32.const 7))))',
    ),
  ],
  [
    'a step and a test behind a branch table',
    wabt,
    run(
      '(loop $l (br_table $l $l (local.get $x)) (br_if $l (i32.ne (local.tee $x (i32.add (local.get $x) (i32.const 1))) (i32.const 7))))',
    ),
  ],
  [
    'a way back before the test',
    wabt,
    run(
      '(loop $l (local.set $x (i32.add (local.get $x) (i32.const 1))) (br_if $l (i32.const 1)) (br_if $l (i32.lt_u (local.get $x) (i32.const 10))))',
    ),
  ],
  [
    'a way back before the test, of an if',
    wabt,
    run(
      '(loop $l (local.set $x (i32.add (local.get $x) (i32.const 1))) (if (i32.or (local.get $x) (i32.const 1)) (then (br $l))) (br_if $l (i32.ne (local.get $x) (i32.const 7))))',
    ),
  ],
  [
    'a way back before the test, of a branch table',
    wabt,
    run(
      '(loop $l (local.set $x (i32.add (local.get $x) (i32.const 1))) (block $b (br_table $l $b (i32.const 0))) (br_if $l (i32.lt_s (local.get $x) (i32.const 10))))',
    ),
  ],
  [
    'a way back before the test, of the variable itself',
    wabt,
    run(
      '(loop $l (local.set $x (i32.sub (local.get $x) (i32.const 1))) (br_if $l (i32.const 1)) (br_if $l (local.get $x)))',
    ),
  ],
  [
    'a loop with a call that is never made',
    wabt,
    `(func $f) ${run('(loop $l (if (local.get $x) (then (call $f))) (br $l))')}`,
  ],
  ['a loop that calls a function of constant cost', wabt, `(func $f) ${run('(loop $l (call $f) (br $l))')}`],
  [
    'a loop that calls a function that does not look',
    wabt,
    `(func $f (param i32) (if (local.get 0) (then (drop (i32.const 1))))) ${run('(loop $l (call $f (local.get $x)) (br $l))')}`,
  ],
];

/** Calls that close a circle. */
const CALLS: readonly (readonly [name: string, assemble: Assemble, module: string])[] = [
  ['a function that calls itself', wabt, run('(call $run)')],
  ['two functions that call each other', wabt, `(func $g (call $run)) ${run('(call $g)')}`],
  [
    'a long circle of functions',
    wabt,
    `${Array.from({ length: 50 }, (_, i) => `(func $f${i} (call ${i === 49 ? '$run' : `$f${i + 1}`}))`).join('')} ${run('(call $f0)')}`,
  ],
  [
    'call_indirect',
    wabt,
    `(type $v (func)) (table 1 funcref) (elem (i32.const 0) $run) ${run('(call_indirect (type $v) (i32.const 0))')}`,
  ],
  [
    'call_indirect of an exported table',
    wabt,
    `(type $v (func)) (table (export "table") 1 funcref) (elem (i32.const 0) $run) ${run('(call_indirect (type $v) (i32.const 0))')}`,
  ],
  [
    'call_ref',
    binaryen,
    `(type $v (func)) (elem declare func $run) (func $run (export "run") (type $v) (call_ref $v (ref.func $run)))`,
  ],
  [
    'a function that table.set put into the table',
    wabt,
    `(type $v (func)) (table 2 funcref) (elem declare func $run) ${run('(table.set (i32.const 1) (ref.func $run)) (call_indirect (type $v) (i32.const 1))')}`,
  ],
  ['return_call', wabt, run('(return_call $run)')],
  ['return_call of each other', wabt, `(func $g (return_call $run)) ${run('(return_call $g)')}`],
  [
    'return_call_indirect',
    wabt,
    `(type $v (func)) (table 1 funcref) (elem (i32.const 0) $run) ${run('(return_call_indirect (type $v) (i32.const 0))')}`,
  ],
  [
    'return_call_indirect of an exported table',
    wabt,
    `(type $v (func)) (table (export "table") 1 funcref) (elem (i32.const 0) $run) ${run('(return_call_indirect (type $v) (i32.const 0))')}`,
  ],
  [
    'return_call_ref',
    binaryen,
    `(type $v (func)) (elem declare func $run) (func $run (export "run") (type $v) (return_call_ref $v (ref.func $run)))`,
  ],
  ['a tail call from a loop', wabt, run('(loop $l (br_if $l (local.get $x)) (return_call $run))')],
  [
    'a call tree without a circle',
    wabt,
    `${Array.from({ length: 14 }, (_, i) => `(func $f${i} ${(i === 13 ? '(nop)' : `(call $f${i + 1})`).repeat(10)})`).join('')} ${run('(call $f0)')}`,
  ],
  [
    'a call tree of functions with a parameter each',
    wabt,
    `${Array.from({ length: 14 }, (_, i) => `(func $f${i} (param i32) ${(i === 13 ? '(drop (local.get 0))' : `(call $f${i + 1} (local.get 0))`).repeat(10)})`).join('')} ${run('(call $f0 (i32.const 1))')}`,
  ],
];

/** Exceptions that lead back. */
const EXCEPTIONS: readonly (readonly [name: string, assemble: Assemble, module: string])[] = [
  ['try and catch', wabt, `(tag $t) ${run('(loop $l (try (do (throw $t)) (catch $t (br $l))))')}`],
  ['try and catch_all', wabt, `(tag $t) ${run('(loop $l (try (do (throw $t)) (catch_all)) (br $l))')}`],
  [
    'rethrow to an outer try',
    wabt,
    `(tag $t) ${run('(loop $l (try (do (try (do (throw $t)) (catch_all (rethrow 0)))) (catch_all)) (br $l))')}`,
  ],
  [
    'delegate',
    wabt,
    `(tag $t) ${run('(loop $l (try $o (do (try (do (throw $t)) (delegate $o))) (catch_all)) (br $l))')}`,
  ],
  ['try_table to a loop', binaryen, `(tag $t) ${run('(loop $l (try_table (catch_all $l) (throw $t)))')}`],
  [
    'try_table to a block in a loop',
    binaryen,
    `(tag $t) ${run('(loop $l (block $b (try_table (catch_all $b) (throw $t))) (br $l))')}`,
  ],
  [
    'catch_all_ref and throw_ref',
    binaryen,
    `(tag $t) ${run('(loop $l (block $b (try_table (catch_all $b) (throw_ref (block $e (result exnref) (try_table (catch_all_ref $e) (throw $t)) (unreachable))))) (br $l))')}`,
  ],
  [
    'a throw through frames',
    wabt,
    `(tag $t) (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))) (throw $t)) ${run('(loop $l (try (do (call $f (i32.const 20))) (catch_all)) (br $l))')}`,
  ],
  ['recursion through a handler', wabt, `(tag $t) ${run('(try (do (throw $t)) (catch_all (call $run)))')}`],
];

const SIZED_SPACE = '(memory 1 1) (table $t 10 10 funcref) (data $d "0123456789") (elem $e func $run $run $run)';
/** Work that an operand sizes, and work beside it. */
const OPERATIONS: readonly (readonly [name: string, assemble: Assemble, module: string])[] = [
  ['memory.fill', '(memory.fill (i32.const 0) (i32.const 1) (i32.const 60000))'],
  ['memory.copy', '(memory.copy (i32.const 0) (i32.const 1) (i32.const 60000))'],
  ['memory.init', '(memory.init $d (i32.const 0) (i32.const 0) (i32.const 10))'],
  ['memory.fill of nothing', '(memory.fill (i32.const 0) (i32.const 1) (i32.const 0))'],
  ['table.fill', '(table.fill $t (i32.const 0) (ref.null func) (i32.const 10))'],
  ['table.copy', '(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 9))'],
  ['table.init', '(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 3))'],
  ['memory.grow that fails', '(drop (memory.grow (i32.const 1)))'],
  ['memory.grow by nothing', '(drop (memory.grow (i32.const 0)))'],
  ['memory.grow by all there is', '(drop (memory.grow (i32.const -1)))'],
  ['table.grow that fails', '(drop (table.grow $t (ref.null func) (i32.const 1)))'],
  ['table.grow by nothing', '(drop (table.grow $t (ref.null func) (i32.const 0)))'],
  ['table.set', '(table.set $t (i32.const 0) (ref.func $run))'],
  ['data.drop', '(data.drop $d)'],
  ['elem.drop', '(elem.drop $e)'],
].map(
  ([name = '', operation = '']) => [name, wabt, `${SIZED_SPACE} ${run(`(loop $l ${operation} (br $l))`)}`] as const,
);

describe.each([
  ['loops', LOOPS],
  ['calls', CALLS],
  ['exceptions', EXCEPTIONS],
  ['operations', OPERATIONS],
])('%s', (_, attacks) => {
  test.each(attacks)('%s', (__, assemble, module) => {
    const bytes = assemble(`(module ${module})`);
    expect(WebAssembly.validate(bytes)).toBe(true);
    for (const slice of [undefined, 1_000, 1]) {
      const guest = new HostileGuest(bytes, {}, slice === undefined ? {} : { firstSlice: slice, largestSlice: slice });
      expect(guest.run(BUDGET)).toBeInstanceOf(WebAssembly.RuntimeError);
      expect(guest.driver.refused || guest.driver.overflowed).toBe(true);
    }
    const whole = new HostileGuest(bytes, {}, { firstSlice: BUDGET }, { slice: false });
    expect(whole.run(BUDGET)).toBeInstanceOf(WebAssembly.RuntimeError);
  });
});

test.each([
  ['le_s', 1, 0x7fff_ffff],
  ['le_u', 1, -1],
  ['ge_s', -1, -0x8000_0000],
  ['ge_u', -1, 0],
  ['le_s', 4, 0x7fff_ffff],
  ['ge_u', -4, 0],
])('a bound that is never passed, from every place before it: %s, step %i', (comparison, by, last) => {
  for (const bound of ['local.get $n', `i32.const ${last}`]) {
    const guest = new HostileGuest(
      assembleWithWabt(`(module (func (export "run") (param $x i32) (param $n i32)
        (loop $l (br_if $l (i32.${comparison} (local.tee $x (i32.add (local.get $x) (i32.const ${by}))) (${bound}))))))`),
      {},
      { firstSlice: 1_000, largestSlice: 1_000 },
    );
    // A stretch is no longer than this.
    for (let distance = 0; distance <= 3_000; distance++) {
      expect(guest.run(10_000, last - by * distance, last)).toBeInstanceOf(WebAssembly.RuntimeError);
      expect(guest.driver.refused).toBe(true);
    }
  }
});

test.each([
  ['a start function', '(func $s (loop $l (br $l))) (start $s)'],
  ['a start function that recurses', '(func $s (call $s)) (start $s)'],
  [
    'a start function behind a table',
    '(type $v (func)) (table 1 funcref) (elem (i32.const 0) $s) (func $s (call_indirect (type $v) (i32.const 0))) (start $s)',
  ],
])('%s does not run while the module comes up, and ends', (_, module) => {
  const guest = new HostileGuest(assembleWithWabt(`(module ${module})`));
  expect(guest.start(BUDGET)).toBeInstanceOf(WebAssembly.RuntimeError);
  expect(guest.driver.refused || guest.driver.overflowed).toBe(true);
});

test('a host that calls back, again and again', () => {
  const bytes = assembleWithWabt(`(module (import "env" "back" (func $back)) (func (export "run") (call $back)))`);
  const env = { back: () => (guest.instance.exports.run as () => void)() };
  const guest: HostileGuest = new HostileGuest(bytes, { env });
  const ended = guest.run(BUDGET);
  expect(ended instanceof WebAssembly.RuntimeError || ended instanceof RangeError).toBe(true);
});

test('a guest that was stopped stays stopped, whatever is called of it', () => {
  const bytes = assembleWithWabt(`(module (tag $t) ${run('(loop $l (br $l))')} (func (export "other") (loop (br 0)))
    (func (export "catches") (try (do (call $run)) (catch_all))))`);
  const guest = new HostileGuest(bytes);
  expect(guest.run(BUDGET)).toBeInstanceOf(WebAssembly.RuntimeError);
  for (const name of ['run', 'other', 'catches']) {
    expect(() => (guest.instance.exports[name] as () => void)()).toThrow(WebAssembly.RuntimeError);
  }
});
