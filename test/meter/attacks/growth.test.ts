/** Memory and tables: the limits are in the metered module, V8 holds to them, and all tables share one. */
import { describe, expect, test } from 'vitest';
import { meter } from '../../../engine/meter/index.ts';
import { failureSync } from '../../support/errors.ts';
import { assembleWithWabt } from '../../support/toolchains.ts';
import { HostileGuest } from './guest.ts';

const PLENTY = 2 ** 40;
const MEMORY_LIMIT = 4 * 65_536;

/** What `run` returns. */
function answer(module: string, limits: { memory?: number; tableEntries?: number }, ...args: number[]): unknown {
  const guest = new HostileGuest(assembleWithWabt(`(module ${module})`), {}, {}, { limits });
  let result: unknown;
  expect(
    guest.attempt(PLENTY, () => {
      result = (guest.instance.exports.run as (...args: number[]) => number)(...args);
    }),
  ).toBeUndefined();
  return result;
}

const GROW_AS_FAR_AS_IT_GOES = `(func (export "run") (result i32)
  (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size))`;

describe('memory', () => {
  test.each([
    ['without a maximum', '(memory 1)'],
    ['with a maximum above the limit', '(memory 1 60000)'],
    ['exported', '(memory (export "memory") 1)'],
  ])('%s grows to the limit and no further', (_, memory) => {
    expect(answer(`${memory} ${GROW_AS_FAR_AS_IT_GOES}`, { memory: MEMORY_LIMIT })).toBe(4);
  });

  test('with a lower maximum of its own keeps that', () => {
    expect(answer(`(memory 1 2) ${GROW_AS_FAR_AS_IT_GOES}`, { memory: MEMORY_LIMIT })).toBe(2);
  });

  test.each([5, 100, 0x7fff_ffff, -1])('does not grow by %i pages at once', (pages) => {
    const grow = '(memory 1) (func (export "run") (param i32) (result i32) (memory.grow (local.get 0)))';
    expect(answer(grow, { memory: MEMORY_LIMIT }, pages)).toBe(-1);
  });

  test('that starts above the limit is refused', () => {
    const bytes = assembleWithWabt('(module (memory 5))');
    failureSync(() => meter(bytes, { limits: { memory: MEMORY_LIMIT } }), 'MEMORY_LIMIT');
  });
});

describe('tables', () => {
  const grow = (table: string): string =>
    `(loop $l (br_if $l (i32.ne (table.grow ${table} (ref.null func) (i32.const 1)) (i32.const -1))))`;

  test.each([20_000_000, 0x7fff_ffff, -1])('do not grow by %i entries, and need no fuel for it', (entries) => {
    const bytes = assembleWithWabt(`(module (table $t 1 funcref) (func (export "run") (param i32)
      (if (i32.ne (table.grow $t (ref.null func) (local.get 0)) (i32.const -1)) (then (unreachable)))))`);
    const guest = new HostileGuest(bytes);
    expect(guest.run(1_000, entries)).toBeUndefined();
  });

  test('grow to the limit together, not each for itself', () => {
    const module = `(table $a 2 funcref) (table $b 2 1000 funcref) (table $c 1 1 funcref)
      (func (export "run") (result i32) ${grow('$a')} ${grow('$b')} ${grow('$c')}
        (i32.add (table.size $a) (i32.add (table.size $b) (table.size $c))))`;
    expect(answer(module, { tableEntries: 50 })).toBe(50);
  });

  test.each([51, 0x7fff_ffff, -1])('do not grow by %i entries at once', (entries) => {
    const module =
      '(table $a 0 funcref) (func (export "run") (param i32) (result i32) (table.grow $a (ref.null func) (local.get 0)))';
    expect(answer(module, { tableEntries: 50 }, entries)).toBe(-1);
  });

  test('that start above the limit together are refused', () => {
    const bytes = assembleWithWabt('(module (table 30 funcref) (table 30 funcref))');
    failureSync(() => meter(bytes, { limits: { tableEntries: 50 } }), 'LIMIT_EXCEEDED');
  });
});
