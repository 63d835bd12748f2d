/**
 * Loops whose own test makes them pause: every comparison, direction and form, at the places where numbers wrap around. The metered
 * loop must end with the same values, and for the same fuel, as the plain one counted instruction by instruction.
 */
import { describe, expect, test } from 'vitest';
import { meter } from '../../engine/meter/index.ts';
import { assembleWithWabt } from '../support/toolchains.ts';
import { Driver } from './support/driver.ts';
import { countingModule, takeCount } from './support/reference-counter.ts';

/** Iterations after which a loop gives up: several stretches. */
const ENOUGH = 9_000;
const COMPARISONS = ['ne', 'lt_s', 'lt_u', 'le_s', 'le_u', 'gt_s', 'gt_u', 'ge_s', 'ge_u'];
const INVERSE: Readonly<Record<string, string>> = {
  ne: 'eq',
  lt_s: 'ge_s',
  lt_u: 'ge_u',
  le_s: 'gt_s',
  le_u: 'gt_u',
  gt_s: 'le_s',
  gt_u: 'le_u',
  ge_s: 'lt_s',
  ge_u: 'lt_u',
};
const EXCHANGED: Readonly<Record<string, string>> = {
  ne: 'ne',
  lt_s: 'gt_s',
  lt_u: 'gt_u',
  le_s: 'ge_s',
  le_u: 'ge_u',
  gt_s: 'lt_s',
  gt_u: 'lt_u',
  ge_s: 'le_s',
  ge_u: 'le_u',
};
const STEPS = [1, -1, 4, -8, 3, -5];

type Form = (comparison: string, step: number) => string;

const WORK = '(local.set $seen (i32.add (local.get $seen) (i32.const 1)))';
const GIVE_UP = `(br_if $out (i32.ge_u (local.get $seen) (i32.const ${ENOUGH})))`;
const step = (by: number): string => `(i32.add (local.get $i) (i32.const ${by}))`;

const FORMS: Readonly<Record<string, Form>> = {
  'test at the bottom, of the changed variable': (c, by) =>
    `(loop $l ${WORK} ${GIVE_UP} (br_if $l (i32.${c} (local.tee $i ${step(by)}) (local.get $n))))`,
  'test at the bottom, the bound first': (c, by) =>
    `(loop $l ${WORK} ${GIVE_UP} (br_if $l (i32.${EXCHANGED[c]} (local.get $n) (local.tee $i ${step(by)}))))`,
  'test at the bottom, the variable changed before': (c, by) =>
    `(loop $l ${WORK} (local.set $i ${step(by)}) ${GIVE_UP} (br_if $l (i32.${c} (local.get $i) (local.get $n))))`,
  'test at the top, of an if': (c, by) =>
    `(loop $l (if (i32.${c} (local.get $i) (local.get $n)) (then ${WORK} ${GIVE_UP} (local.set $i ${step(by)}) (br $l))))`,
  'test at the top, a branch out': (c, by) =>
    `(loop $l (br_if $out (i32.${INVERSE[c]} (local.get $i) (local.get $n)))
      ${WORK} ${GIVE_UP} (local.set $i ${step(by)}) (br $l))`,
  'a branch out at the top, and an end that is reached': (c, by) =>
    `(loop $l (br_if $out (i32.${INVERSE[c]} (local.get $i) (local.get $n)))
      ${WORK} (local.set $i ${step(by)}) (br_if $l (i32.lt_u (local.get $seen) (i32.const ${ENOUGH}))))`,
  'test at the top, of an if that is left in its middle': (c, by) =>
    `(loop $l (if $whole (i32.${c} (local.get $i) (local.get $n))
      (then ${WORK} (local.set $i ${step(by)}) (br_if $whole (i32.ge_u (local.get $seen) (i32.const ${ENOUGH}))) (br $l))))`,
  'test at the bottom, and another way back before it': (c, by) =>
    `(loop $l ${WORK} ${GIVE_UP} (local.set $i ${step(by)}) (br_if $l (i32.and (local.get $seen) (i32.const 3)))
      (br_if $l (i32.${c} (local.get $i) (local.get $n))))`,
};

const MAX = 0x7fff_ffff;
const EDGES = [0, 1, -1, 5, MAX, MAX - 3, -MAX - 1, -MAX + 2];
const DISTANCES = [0, 1, -1, 3, -4, 1_640, -1_640, 8_000, -8_000, 70_000];

interface Loop {
  run(start: number, bound: number): number[];
  fuel(): number;
}

function plain(bytes: Uint8Array): Loop {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
  return {
    run: (start, bound) => (instance.exports.f as (start: number, bound: number) => number[])(start, bound),
    fuel: () => takeCount(instance),
  };
}

function metered(bytes: Uint8Array<ArrayBuffer>): Loop {
  const module = meter(bytes);
  const driver = new Driver(module.report.hidden, { firstSlice: 20_000, largestSlice: 20_000 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), driver.imports());
  driver.attach(instance);
  const f = instance.exports.f as (start: number, bound: number) => number[];
  return { run: (start, bound) => driver.spend(2 ** 40, () => f(start, bound)), fuel: () => driver.used };
}

const moduleOf = (loop: string): Uint8Array<ArrayBuffer> =>
  assembleWithWabt(`(module (func (export "f") (param $i i32) (param $n i32) (result i32 i32) (local $seen i32)
    (block $out ${loop}) (local.get $i) (local.get $seen)))`);

describe.each(Object.entries(FORMS))('%s', (_, form) => {
  test.each(COMPARISONS)('%s', (comparison) => {
    for (const by of STEPS) {
      const bytes = moduleOf(form(comparison, by));
      const expected = plain(bytes);
      const actual = metered(bytes);
      for (const start of EDGES) {
        for (const distance of DISTANCES) {
          const bound = (start + distance) | 0;
          const what = `from ${start} by ${by} to ${bound}`;
          expect(actual.run(start, bound), what).toEqual(expected.run(start, bound));
          expect(actual.fuel(), what).toBe(expected.fuel());
        }
      }
    }
  });
});

// No charge is due on the way to a trap; the pause must be told from the end of the loop all the same.
test.each(COMPARISONS)('test at the top, a branch to a trap: %s', (comparison) => {
  const outcome = (loop: Loop, start: number, bound: number): unknown => {
    try {
      return { values: loop.run(start, bound), fuel: loop.fuel() };
    } catch (error) {
      expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
      loop.fuel();
      return 'a trap';
    }
  };
  for (const by of STEPS) {
    const bytes = moduleOf(`(block $trap (loop $l
      (br_if $trap (i32.${INVERSE[comparison]} (local.get $i) (local.get $n)))
      ${WORK} ${GIVE_UP} (local.set $i ${step(by)}) (br $l))) (unreachable)`);
    const expected = plain(bytes);
    const actual = metered(bytes);
    for (const start of EDGES) {
      for (const distance of DISTANCES) {
        const bound = (start + distance) | 0;
        expect(outcome(actual, start, bound), `from ${start} by ${by} to ${bound}`).toEqual(
          outcome(expected, start, bound),
        );
      }
    }
  }
});

test('a loop that counts down to zero', () => {
  const bytes = moduleOf(`(loop $l ${WORK} ${GIVE_UP} (br_if $l (local.tee $i ${step(-1)})))`);
  const expected = plain(bytes);
  const actual = metered(bytes);
  for (const start of [0, 1, 2, -1, 1_640, 8_000, 70_000]) {
    expect(actual.run(start, 0)).toEqual(expected.run(start, 0));
    expect(actual.fuel()).toBe(expected.fuel());
  }
});

test('a loop that stops for its own test alone ends when the fuel does', () => {
  const bytes = moduleOf(`(loop $l (br_if $l (i32.ne (local.tee $i ${step(4)}) (local.get $n))))`);
  const module = meter(bytes);
  const driver = new Driver(module.report.hidden, { firstSlice: 20_000, largestSlice: 20_000 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), driver.imports());
  driver.attach(instance);
  const f = instance.exports.f as (start: number, bound: number) => number[];
  expect(() => driver.spend(1_000_000, () => f(0, 1))).toThrow(WebAssembly.RuntimeError);
  expect(driver.refused).toBe(true);
});
