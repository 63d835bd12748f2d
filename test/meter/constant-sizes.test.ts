/** Operations with a price by operand, where the operand is a constant: charged like other instructions, for the same fuel. */
import { expect, test } from 'vitest';
import { meter } from '../../engine/meter/index.ts';
import { assembleWithWabt } from '../support/toolchains.ts';
import { Driver } from './support/driver.ts';
import { countingModule, takeCount } from './support/reference-counter.ts';

const FILL = (length: string): string => `(memory.fill (i32.const 8) (local.get $x) ${length})`;
const COPY = (length: string): string => `(memory.copy (i32.const 8) (i32.const 4096) ${length})`;
const INIT = (length: string): string => `(memory.init $d (i32.const 8) (i32.const 0) ${length})`;

const CASES: readonly (readonly [string, string])[] = [
  ...['0', '1', '64', '4096', '60000'].flatMap((length): (readonly [string, string])[] => [
    [`fill ${length}`, FILL(`(i32.const ${length})`)],
    [`copy ${length}`, COPY(`(i32.const ${length})`)],
  ]),
  ['init', INIT('(i32.const 5)')],
  ['a table copy', '(table.copy (i32.const 0) (i32.const 4) (i32.const 4))'],
  ['growing by a constant', '(drop (memory.grow (i32.const 1)))'],
  ['a size that is computed', FILL('(i32.add (local.get $x) (i32.const 40))')],
  [
    'two in a loop',
    `(loop $l ${FILL('(i32.const 32)')} ${COPY('(i32.const 16)')}
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3000))))`,
  ],
  [
    'on one side of a branch',
    `(if (i32.and (local.get $x) (i32.const 1)) (then ${FILL('(i32.const 800)')}) (else ${COPY('(i32.const 8)')}))`,
  ],
];

test.each(CASES)('%s', (_, code) => {
  const bytes = assembleWithWabt(`(module (memory 4) (table 8 funcref) (data $d "hello")
    (func $g (param $x i32) (local $i i32) ${code})
    (func (export "f") (param $x i32) (call $g (local.get $x)) (call $g (local.get $x))))`);
  const counting = new WebAssembly.Instance(new WebAssembly.Module(countingModule(bytes)));
  const module = meter(bytes);
  const driver = new Driver(module.report.hidden, { firstSlice: 500, largestSlice: 500 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), driver.imports());
  driver.attach(instance);
  for (const x of [0, 1, 7]) {
    (counting.exports.f as (x: number) => void)(x);
    driver.spend(2 ** 40, () => (instance.exports.f as (x: number) => void)(x));
    expect(driver.used).toBe(takeCount(counting));
  }
});

test('a constant size that cannot fit traps as it would', () => {
  const bytes = assembleWithWabt(`(module (memory 1) (func (export "f") (param $x i32) ${FILL('(i32.const -1)')}))`);
  const module = meter(bytes);
  const driver = new Driver(module.report.hidden, {});
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), driver.imports());
  driver.attach(instance);
  expect(() => driver.spend(1_000, () => (instance.exports.f as (x: number) => void)(0))).toThrow('out of bounds');
  expect(driver.refused).toBe(false);
});
