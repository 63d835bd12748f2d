/** Offsets of metered code in terms of the original module: V8 judges with the stacks of traps. */
import { describe, expect, test } from 'vitest';
import { PROGRAMS, readProgram } from '../../bench/programs/programs.ts';
import { type MeterOptions, meter, meterMapped, OffsetMap } from '../../engine/meter/index.ts';
import { checkModule } from '../../engine/validate/index.ts';
import { decodeInstructions, decodeModule } from '../../engine/wasm/index.ts';
import { assembleWithWabt } from '../support/toolchains.ts';
import { Driver } from './support/driver.ts';

interface Frame {
  readonly index: number;
  readonly offset: number;
}

function framesOf(error: unknown): Frame[] {
  const lines = (error as Error).stack?.matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g) ?? [];
  return [...lines].map(([, index, offset]) => ({
    index: Number(index),
    offset: Number.parseInt(offset as string, 16),
  }));
}

const mapOffsets = (bytes: Uint8Array, options?: MeterOptions): OffsetMap =>
  new OffsetMap(meterMapped(checkModule(bytes), options).offsets);

function trapOf(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('expected a trap');
}

const work = '(local.set $x (i32.add (local.get $x) (i32.const 1)))';

describe('a trap is where it is in the raw module', () => {
  test.each<[string, string]>([
    ['unreachable', '(unreachable)'],
    ['behind work', `${work.repeat(50)} (unreachable)`],
    ['a load', '(drop (i32.load (i32.const -4)))'],
    [
      'in a loop that counts',
      `(loop $l (drop (i32.load (i32.shl (local.get $x) (i32.const 10)))) ${work} (br_if $l (i32.lt_u (local.get $x) (i32.const 1000))))`,
    ],
    [
      'in a loop that does not',
      `(loop $l (local.set $x (i32.add (i32.load (i32.shl (local.get $x) (i32.const 9))) (i32.add (local.get $x) (i32.const 3)))) (br $l))`,
    ],
    ['below calls', '(call $deeper (i32.const 3))'],
    ['in a function of constant cost', '(call $constant)'],
    ['at an operation with a price by operand', '(memory.fill (i32.const 0) (i32.const 0) (i32.const -1))'],
    ['at a call through a table', '(call_indirect (type $v) (i32.const 7))'],
    [
      'behind a block with a branch',
      '(block $b (br_if $b (local.get $x)) (call $tick)) (drop (i32.div_u (i32.const 1) (local.get $x)))',
    ],
    ['in a handler', '(try (do (throw $t)) (catch_all (unreachable)))'],
    ['in an else', '(if (local.get $x) (then (call $tick)) (else (unreachable)))'],
  ])('%s', (_, body) => {
    const bytes = assembleWithWabt(`(module
      (import "env" "tick" (func $tick))
      (type $v (func)) (memory 1) (table 1 funcref) (tag $t)
      (func $constant (drop (i32.load (i32.const -1))))
      (func $deeper (param $n i32)
        (if (i32.eqz (local.get $n)) (then (unreachable)))
        (call $deeper (i32.sub (local.get $n) (i32.const 1)))
        (call $tick))
      (func (export "run") (local $x i32) (call $tick) ${body}))`);
    const env = { tick: () => {} };
    const raw = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
    const expected = framesOf(trapOf(raw.exports.run as () => void));

    const metered = meter(bytes);
    const { functionIndexShift: shift, importedFunctions, functions, hidden } = metered.report;
    const driver = new Driver(hidden);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), driver.imports({ env }));
    driver.attach(instance);
    const error = trapOf(() => driver.spend(1e9, instance.exports.run as () => void));
    const map = mapOffsets(bytes);
    const found = framesOf(error)
      .map(({ index, offset }) => ({ index: index - shift, offset: map.originalOf(offset) }))
      .filter(({ index }) => index >= importedFunctions && index < importedFunctions + functions);
    expect(found).toEqual(expected);
    expect(found.length).toBeGreaterThan(0);
  });
});

describe('every instruction of metered functions leads to one of the original', () => {
  test.each(PROGRAMS)('$name', (program) => {
    const bytes = readProgram(program);
    const original = decodeModule(bytes);
    const { bytes: meteredBytes, report } = meter(bytes);
    const metered = decodeModule(meteredBytes);
    const map = mapOffsets(bytes);
    for (let f = 0; f < report.functions; f++) {
      const own = new Map(
        [...decodeInstructions(bytes, original.bodies[f]!.code)].map(({ offset, row }) => [offset, row.name]),
      );
      const reached = new Set<number>();
      for (const { offset, row } of decodeInstructions(meteredBytes, metered.bodies[f]!.code)) {
        const at = map.originalOf(offset) as number;
        expect(own.has(at)).toBe(true);
        reached.add(at);
        // The meter writes no memory accesses of its own.
        if (row.immediates.includes('memarg')) expect(own.get(at)).toBe(row.name);
      }
      expect([...own].filter(([offset, name]) => /\.(load|store)/.test(name) && !reached.has(offset))).toEqual([]);
    }
    for (const { code } of metered.bodies.slice(report.functions)) expect(map.originalOf(code.start)).toBeUndefined();
  });
});

test('other options give other offsets, and their own map', () => {
  const bytes = assembleWithWabt(
    '(module (func (export "f") (param i32) (loop (br_if 0 (local.get 0))) (unreachable)))',
  );
  const options = { limits: { stackDepth: 100 }, slice: false } as const;
  const metered = meter(bytes, options);
  const { code } = decodeModule(metered.bytes).bodies[0]!;
  const unreachable = [...decodeInstructions(metered.bytes, code)]
    .filter(({ row }) => row.name === 'unreachable')
    .at(-1)!;
  const own = decodeModule(bytes);
  const expected = [...decodeInstructions(bytes, own.bodies[0]!.code)].find(({ row }) => row.name === 'unreachable')!;
  expect(mapOffsets(bytes, options).originalOf(unreachable.offset)).toBe(expected.offset);
});
