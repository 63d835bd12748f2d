/** Every kind of immediate: what it decodes to, how it is written, and what is refused. */
import { describe, expect, it } from 'vitest';
import { STRUCTURE } from '../../engine/limits.ts';
import type { Immediate } from '../../engine/wasm/immediates.ts';
import { decodeInstructions, encodeInstruction, type Instruction } from '../../engine/wasm/instructions.ts';
import { printInstruction } from '../../engine/wasm/print-instruction.ts';
import { FUNCREF } from '../../engine/wasm/types.ts';
import { Writer } from '../../engine/wasm/writer.ts';
import { parseHex } from '../support/wasm-bytes.ts';

const decode = (hex: string): Instruction[] => {
  const bytes = parseHex(hex);
  return [...decodeInstructions(bytes, { start: 0, end: bytes.length }, 'function 7')];
};
const values = (immediates: readonly Immediate[]): unknown[] => immediates.map(({ value }) => value);
const ref = (heap: unknown, nullable = true): unknown => ({ kind: 'ref', nullable, heap });

describe('good immediates', () => {
  const i8x16 = '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f';
  it.each([
    ['00', [], 'unreachable'],
    ['02 40', ['empty'], 'block'],
    ['03 7e', ['i64'], 'loop (result i64)'],
    ['04 70', [FUNCREF], 'if (result funcref)'],
    ['02 64 05', [ref(5, false)], 'block (result (ref 5))'],
    ['02 05', [5], 'block (type 5)'],
    ['02 c0 00', [64], 'block (type 64)'],
    ['0c 01', [1], 'br 1'],
    ['0e 02 00 01 02', [Uint32Array.of(0, 1, 2)], 'br_table 0 1 2'],
    ['0e 00 03', [Uint32Array.of(3)], 'br_table 3'],
    ['10 80 01', [128], 'call 128'],
    ['11 02 01', [2, 1], 'call_indirect 1 (type 2)'],
    ['1c 01 6f', [[ref('extern')]], 'select (result externref)'],
    ['28 02 10', [{ alignment: 2, memory: 0, offset: 16 }], 'i32.load offset=16 align=4'],
    ['28 40 03 00', [{ alignment: 0, memory: 3, offset: 0 }], 'i32.load 3 align=1'],
    ['28 00 80 80 80 80 10', [{ alignment: 0, memory: 0, offset: 2 ** 32 }], 'i32.load offset=4294967296 align=1'],
    [
      '28 00 ff ff ff ff ff ff ff ff ff 01',
      [{ alignment: 0, memory: 0, offset: 2n ** 64n - 1n }],
      'i32.load offset=18446744073709551615 align=1',
    ],
    ['3f 00', [0], 'memory.size'],
    ['40 02', [2], 'memory.grow 2'],
    ['41 80 80 80 80 78', [-(2 ** 31)], 'i32.const -2147483648'],
    ['42 80 80 80 80 80 80 80 80 80 7f', [-(2n ** 63n)], 'i64.const -9223372036854775808'],
    ['43 00 00 80 3f', [0x3f80_0000], 'f32.const 1'],
    ['43 cd cc cc 3d', [0x3dcc_cccd], 'f32.const 0.1'],
    ['43 00 00 00 80', [0x8000_0000], 'f32.const -0'],
    ['43 01 00 a0 7f', [0x7fa0_0001], 'f32.const nan:0x200001'],
    ['43 00 00 c0 ff', [0xffc0_0000], 'f32.const -nan'],
    ['43 00 00 80 ff', [0xff80_0000], 'f32.const -inf'],
    ['43 ff ff 7f 7f', [0x7f7f_ffff], 'f32.const 3.4028235e+38'],
    ['43 01 00 00 00', [1], 'f32.const 1.4013e-45'],
    ['44 00 00 00 00 00 00 f0 3f', [0x3ff0_0000_0000_0000n], 'f64.const 1'],
    ['44 01 00 00 00 00 00 f4 7f', [0x7ff4_0000_0000_0001n], 'f64.const nan:0x4000000000001'],
    ['44 00 00 00 00 00 00 f0 7f', [0x7ff0_0000_0000_0000n], 'f64.const inf'],
    ['d0 70', ['func'], 'ref.null func'],
    ['d0 03', [3], 'ref.null 3'],
    ['d2 04', [4], 'ref.func 4'],
    [
      '1f 40 02 00 01 02 03 00',
      [
        'empty',
        [
          { form: 'catch', tag: 1, label: 2 },
          { form: 'catch_all_ref', tag: undefined, label: 0 },
        ],
      ],
      'try_table (catch 1 2) (catch_all_ref 0)',
    ],
    ['06 7f', ['i32'], 'try (result i32)'],
    ['18 01', [1], 'delegate 1'],
    ['fb 08 02 03', [2, 3], 'array.new_fixed 2 3'],
    ['fb 14 6c', ['i31'], 'ref.test (ref i31)'],
    ['fb 17 02', [2], 'ref.cast (ref null 2)'],
    ['fb 18 01 02 6e 05', [{ label: 2, from: ref('any'), to: ref(5, false) }], 'br_on_cast 2 (ref null any) (ref 5)'],
    [
      'fb 19 03 00 6e 6b',
      [{ label: 0, from: ref('any'), to: ref('struct') }],
      'br_on_cast_fail 0 (ref null any) (ref null struct)',
    ],
    ['fc 08 01 00', [1, 0], 'memory.init 1'],
    ['fc 08 01 02', [1, 2], 'memory.init 2 1'],
    ['fc 0a 00 01', [0, 1], 'memory.copy 0 1'],
    ['fc 0a 00 00', [0, 0], 'memory.copy'],
    ['fc 0c 01 02', [1, 2], 'table.init 2 1'],
    ['fc 0e 01 00', [1, 0], 'table.copy 1 0'],
    [`fd 0c ${i8x16}`, [parseHex(i8x16)], 'v128.const i32x4 0x03020100 0x07060504 0x0b0a0908 0x0f0e0d0c'],
    [`fd 0d ${i8x16}`, [parseHex(i8x16)], 'i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15'],
    ['fd 15 0f', [15], 'i8x16.extract_lane_s 15'],
    ['fd 54 00 08 02', [{ alignment: 0, memory: 0, offset: 8 }, 2], 'v128.load8_lane offset=8 align=1 2'],
    ['fd 80 02', [], 'i8x16.relaxed_swizzle'],
    ['fe 03 00', [0], 'atomic.fence'],
  ])('%s', (hex, expected, text) => {
    const [instruction, ...more] = decode(hex);
    if (instruction === undefined) throw new Error('nothing was decoded');
    expect(more).toEqual([]);
    expect(values(instruction.immediates)).toEqual(expected);
    expect(instruction.immediates.map(({ kind }) => kind)).toEqual(instruction.row.immediates);
    expect(printInstruction(instruction)).toBe(text);
    const writer = new Writer();
    encodeInstruction(writer, instruction);
    expect(writer.finish()).toEqual(parseHex(hex));
  });

  it('gives offsets of the opcodes', () => {
    expect(decode('41 80 01 1a fc 0a 00 00 0b').map(({ row, offset }) => [row.name, offset])).toEqual([
      ['i32.const', 0],
      ['drop', 3],
      ['memory.copy', 4],
      ['end', 8],
    ]);
  });

  it('calls functions what it is told to', () => {
    const [call] = decode('10 05');
    expect(call && printInstruction(call, (funcIndex) => `$f${funcIndex}`)).toBe('call $f5');
  });
});

describe('bad immediates', () => {
  it.each([
    ['ff', /function 7: unknown opcode 0xff \(at offset 0x0\)/],
    ['01 27', /unknown opcode 0x27 \(at offset 0x1\)/],
    ['fc 7f', /unknown opcode 0xfc 0x7f/],
    ['fd ff ff ff ff 0f', /unknown opcode 0xfd 0xffffffff/],
    ['fd 80 80 80 80 80 00', /opcode is longer than 5 bytes/],
    ['fb', /ends where opcode was expected/],
    ['41', /ends where i32.const was expected/],
    ['41 ff ff ff ff 0f', /i32.const does not fit in 32 bits/],
    ['42 80 80 80 80 80 80 80 80 80 01', /i64.const does not fit in 64 bits/],
    ['43 00 00 00', /ends where f32.const/],
    ['44 00 00 00 00 00 00 00', /ends where f64.const/],
    ['02 6f 02 41', /0x41 is not a block type/],
    ['02 ff 7f', /-1 is not a block type/],
    ['02 80 80 80 80 20', /does not fit in 33 bits/],
    ['28 80 01 00', /0x80 is not an alignment/],
    ['28 00 ff ff ff ff ff ff ff ff ff 7f', /offset does not fit in 64 bits/],
    ['0e ff ff ff ff 0f 00', /claims 4294967295 br_table labels but only 1 bytes are left/],
    ['0e 01 00', /ends where label was expected/],
    ['1c ff 7f', /claims 16383 types of select/],
    ['1f 40 01 04 00', /0x4 is not a form of catch: expected 0 to 3/],
    ['1f 40 09 00 00', /claims 9 catch clauses/],
    ['fb 18 04 00 6e 6e', /0x4 are not cast flags/],
    ['d0 40', /-64 is not a heap type/],
    ['fd 0c 00 00', /v128.const needs 16 bytes but 2 are left/],
    ['fd 0d 00', /lanes needs 16 bytes/],
    ['fe 03 01', /a reserved byte is not zero \(at offset 0x2\)/],
  ])('%s', (hex, message) => {
    expect(() => decode(hex)).toThrow(
      expect.objectContaining({ code: 'INVALID_MODULE', message: expect.stringMatching(message) }),
    );
  });

  it('bounds the labels of a br_table', () => {
    const count = STRUCTURE.brTableTargets + 1;
    const bytes = new Writer()
      .u8(0x0e)
      .u32(count)
      .bytes(new Uint8Array(count + 1))
      .finish();
    const run = (limits?: { brTableTargets: number }): Instruction[] => [
      ...decodeInstructions(bytes, { start: 0, end: bytes.length }, 'code', limits),
    ];
    expect(() => run()).toThrow(
      expect.objectContaining({
        code: 'LIMIT_EXCEEDED',
        details: expect.objectContaining({ limit: 'brTableTargets', used: count }),
      }),
    );
    expect(run({ brTableTargets: count })).toHaveLength(1);
  });
});
