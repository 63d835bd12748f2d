/** Code without a cycle that asks for a look at the fuel is looked at all the same, before too much of it has run. */
import { describe, expect, test } from 'vitest';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { countingModule, takeCount } from '../support/reference-counter.ts';
import { HostileGuest } from './guest.ts';

/** Fuel that may run behind the end of the budget. */
const MOST = 1_000_000;
const BUDGET = 100_000;

const work = (rounds: number): string => '(local.set $x (i32.add (local.get $x) (i32.const 1)))'.repeat(rounds);
/** A loop that counts for itself, and ends before it has to look. */
const loop = (rounds: number): string => `(local.set $i (i32.const 0))
  (loop $l (local.set $x (i32.add (local.get $x) (i32.load8_u (local.get $i))))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${rounds}))))`;
const LOCALS = '(local $x i32) (local $i i32)';
const chain = (length: number, body: (next: string) => string): string =>
  Array.from({ length }, (_, i) => `(func $f${i} ${LOCALS} ${body(i === length - 1 ? '' : `(call $f${i + 1})`)})`).join(
    '',
  );

const ATTACKS: readonly (readonly [name: string, module: string])[] = [
  ['many loops one after the other', `(func $f0 ${LOCALS} ${loop(1_000).repeat(300)})`],
  [
    'many loops in branches',
    `(func $f0 ${LOCALS} ${`(if (i32.eqz (local.get $x)) (then ${loop(1_000)} (local.set $x (i32.const 0))) (else (nop)))`.repeat(300)})`,
  ],
  [
    'many loops in a loop that calls',
    `(func $f0 ${LOCALS} (local $n i32) (loop $o ${loop(1_000).repeat(100)} (call $nothing)
      (br_if $o (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20)))))
    (func $nothing (if (i32.const 1) (then)))`,
  ],
  [
    'many calls of a function with loops',
    `(func $f0 ${'(call $f1)'.repeat(2_000)}) (func $f1 ${LOCALS} ${loop(1_100).repeat(3)})`,
  ],
  [
    'many calls of a function of constant cost',
    `(func $f0 ${'(call $f1)'.repeat(5_000)}) (func $f1 ${LOCALS} ${work(45)})`,
  ],
  [
    'many calls through a table',
    `(type $v (func)) (table 1 funcref) (elem (i32.const 0) $f1)
    (func $f0 ${'(call_indirect (type $v) (i32.const 0))'.repeat(2_000)}) (func $f1 ${LOCALS} ${loop(1_100).repeat(3)})`,
  ],
  [
    'many calls through a table that is exported',
    `(type $v (func)) (table (export "t") 1 funcref) (elem (i32.const 0) $f1)
    (func $f0 ${'(call_indirect (type $v) (i32.const 0))'.repeat(2_000)}) (func $f1 ${LOCALS} ${loop(1_100).repeat(3)})`,
  ],
  ['a tree of calls, each short', chain(7, (next) => (next === '' ? loop(1_000) : next.repeat(4)))],
  ['work behind a long chain of calls', chain(100, (next) => `${next} ${loop(1_000).repeat(5)}`)],
  ['work behind a long chain of calls, one loop each', chain(400, (next) => `${next} ${loop(1_000)}`)],
  [
    'work behind a chain of calls through a table',
    `(type $v (func)) (table 100 funcref)
    (elem (i32.const 0) ${Array.from({ length: 100 }, (_, i) => `$f${i}`).join(' ')})
    ${Array.from({ length: 100 }, (_, i) => `(func $f${i} ${LOCALS} ${i === 99 ? '' : `(call_indirect (type $v) (i32.const ${i + 1}))`} ${loop(1_000).repeat(5)})`).join('')}`,
  ],
  [
    'work of a callee, on the way back out of a recursion',
    `(global $n (mut i32) (i32.const 2000))
    (func $f0 (if (global.get $n) (then (global.set $n (i32.sub (global.get $n) (i32.const 1))) (call $f0) (call $f1))))
    (func $f1 ${LOCALS} ${loop(1_100).repeat(5)})`,
  ],
  [
    'a loop on the way back out of a recursion',
    `(global $n (mut i32) (i32.const 2000))
    (func $f0 ${LOCALS} (if (global.get $n) (then (global.set $n (i32.sub (global.get $n) (i32.const 1))) (call $f0) ${loop(1_200)})))`,
  ],
  [
    'two functions that call each other, with loops behind',
    `(global $n (mut i32) (i32.const 2000))
    (func $f0 ${LOCALS} (if (global.get $n) (then (global.set $n (i32.sub (global.get $n) (i32.const 1))) (call $f1) ${loop(1_200)})))
    (func $f1 ${LOCALS} (call $f0) ${loop(1_200)})`,
  ],
];

describe.each(ATTACKS)('%s', (_, module) => {
  const bytes = assembleWithWabt(`(module (memory 1) ${module} (func (export "run") (call $f0)))`);

  test('is stopped in time', () => {
    // The driver is told how far the guest is over its budget when it looks; behind the end it can only be overdrawn.
    const guest = new HostileGuest(bytes);
    guest.run(BUDGET);
    expect(guest.driver.refused || guest.driver.overdrawn).toBe(true);
    expect(guest.driver.deepestDebt).toBeLessThan(MOST);
    if (!guest.driver.refused) expect(guest.driver.used).toBeLessThan(BUDGET + MOST);
  });

  test('is counted to the unit, and exactly enough is enough', () => {
    const counting = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
    (counting.exports.run as () => void)();
    const counted = takeCount(counting);
    for (const slice of [1_000, 100_000]) {
      const guest = new HostileGuest(bytes, {}, { firstSlice: slice, largestSlice: slice });
      expect(guest.run(counted)).toBeUndefined();
      expect(guest.driver.used).toBe(counted);
    }
  });
});
