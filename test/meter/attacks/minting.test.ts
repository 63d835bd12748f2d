/** No operand, however large or negative, gives fuel, saves fuel, or overflows it. */
import { describe, expect, test } from 'vitest';
import { costOf, MAX_FUEL } from '../../../engine/meter/index.ts';
import { opcode } from '../../../engine/wasm/index.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { countingModule, takeCount } from '../support/reference-counter.ts';
import { HostileGuest } from './guest.ts';

const OPERANDS = [0, 1, 15, 16, 17, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

const OPERATIONS: Readonly<Record<string, string>> = {
  'memory.fill': '(memory.fill (i32.const 0) (i32.const 0) (local.get $n)) (i32.const 0)',
  'memory.copy': '(memory.copy (i32.const 0) (i32.const 0) (local.get $n)) (i32.const 0)',
  'memory.init': '(memory.init $d (i32.const 0) (i32.const 0) (local.get $n)) (i32.const 0)',
  'table.fill': '(table.fill $t (i32.const 0) (ref.null func) (local.get $n)) (i32.const 0)',
  'table.copy': '(table.copy $t $t (i32.const 0) (i32.const 0) (local.get $n)) (i32.const 0)',
  'table.init': '(table.init $t $e (i32.const 0) (i32.const 0) (local.get $n)) (i32.const 0)',
  'memory.grow': '(memory.grow (local.get $n))',
  'table.grow': '(table.grow $t (ref.null func) (local.get $n))',
};
/** The same with the operand in other places: where the work begins. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'memory.fill': '(memory.fill (local.get $n) (local.get $n) (i32.const 16)) (i32.const 0)',
  'memory.copy': '(memory.copy (local.get $n) (local.get $n) (i32.const 16)) (i32.const 0)',
  'memory.init': '(memory.init $d (local.get $n) (local.get $n) (i32.const 4)) (i32.const 0)',
  'table.copy': '(table.copy $t $t (local.get $n) (local.get $n) (i32.const 2)) (i32.const 0)',
  'table.init': '(table.init $t $e (local.get $n) (local.get $n) (i32.const 2)) (i32.const 0)',
};

const moduleOf = (operation: string): Uint8Array<ArrayBuffer> =>
  assembleWithWabt(`(module (memory 1 3) (table $t 10 20 funcref) (data $d "0123456789") (elem $e func $run $run $run)
    (func $run (export "run") (param $n i32) (result i32) ${operation}))`);

const callOf = (instance: WebAssembly.Instance, n: number): unknown => {
  try {
    return (instance.exports.run as (n: number) => number)(n);
  } catch (error) {
    return (error as Error).message;
  }
};

describe.each([...Object.entries(OPERATIONS), ...Object.entries(ELSEWHERE)])('%s %s', (name, operation) => {
  const bytes = moduleOf(operation);

  test.each(OPERANDS)('%i', (n) => {
    const raw = callOf(new WebAssembly.Instance(new WebAssembly.Module(bytes)), n);
    const counting = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
    callOf(counting, n);
    const counted = takeCount(counting);
    for (const budget of [MAX_FUEL, 2 ** 40]) {
      const guest = new HostileGuest(bytes, {}, { firstSlice: budget, largestSlice: budget });
      let result: unknown;
      guest.attempt(budget, () => {
        result = callOf(guest.instance, n);
      });
      expect(result).toBe(raw);
      // A trap costs the whole slice.
      const used = typeof raw === 'number' ? guest.driver.used : guest.driver.granted;
      expect(used).toBeGreaterThanOrEqual(Math.max(counted, costOf(opcode(name))));
      if (typeof raw === 'number') expect(used).toBe(counted);
    }
  });

  test('with little fuel: it ends, or it was paid for', () => {
    for (const n of OPERANDS) {
      for (const budget of [1, 60, 300, 1_000, 5_000]) {
        const guest = new HostileGuest(bytes, {}, { firstSlice: 50, largestSlice: 50 });
        const ended = guest.run(budget, n);
        if (ended === undefined && !guest.driver.overdrawn) expect(guest.driver.used).toBeLessThanOrEqual(budget);
        else if (ended !== undefined) expect(ended).toBeInstanceOf(WebAssembly.RuntimeError);
      }
    }
  });
});

test('the greatest budget there is can be spent down', () => {
  const bytes = assembleWithWabt(`(module (memory 1) (func (export "run") (param $n i32) (result i32)
    (loop $l (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)) (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 0)))`);
  const guest = new HostileGuest(bytes, {}, { firstSlice: MAX_FUEL, largestSlice: MAX_FUEL });
  expect(guest.run(MAX_FUEL, 100)).toBeUndefined();
  expect(guest.driver.used).toBeGreaterThan(100 * 4_096);
  expect(guest.driver.used).toBeLessThan(100 * 5_000);
});

test('what a host function charges may be anything: it never gives fuel', () => {
  const bytes = assembleWithWabt(
    '(module (import "env" "host" (func $host)) (func (export "run") (call $host) (loop $l (br $l))))',
  );
  const guest: HostileGuest = new HostileGuest(bytes, { env: { host: () => guest.driver.charge(2 ** 44) } });
  expect(guest.run(1_000_000)).toBeInstanceOf(WebAssembly.RuntimeError);
  expect(guest.driver.refused).toBe(true);
});
