/** Writes instructions by their names in the opcode table, and knows the plain numeric ones by what they make. */
import { OPCODES, type Opcode } from '../../../engine/wasm/opcodes.ts';
import { Writer } from '../../../engine/wasm/writer.ts';

export type NumberType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
/** `ref3` is a nullable reference to a function of type 3. */
export type ValueKind = NumberType | 'funcref' | 'externref' | 'exnref' | `ref${number}`;

const KIND_BYTES: Readonly<Record<string, readonly number[]>> = {
  i32: [0x7f],
  i64: [0x7e],
  f32: [0x7d],
  f64: [0x7c],
  v128: [0x7b],
  funcref: [0x70],
  externref: [0x6f],
  exnref: [0x69],
};
const REF_NULL = 0x63;

export const isTypedRef = (kind: ValueKind): boolean => /^ref\d/.test(kind);
export const typeOfRef = (kind: ValueKind): number => Number(kind.slice(3));

export function writeKind(writer: Writer, kind: ValueKind): void {
  const bytes = KIND_BYTES[kind];
  if (bytes === undefined) writer.u8(REF_NULL).s32(typeOfRef(kind));
  else for (const byte of bytes) writer.u8(byte);
}

const BY_NAME = new Map(OPCODES.map((row) => [row.name, row]));

export class Code {
  readonly writer = new Writer();

  /** An instruction whose immediates are indices. */
  op(name: string, ...indices: readonly number[]): this {
    const row = BY_NAME.get(name);
    if (row === undefined) throw new Error(`no instruction ${name}`);
    if (row.prefix === 0) this.writer.u8(row.code);
    else this.writer.u8(row.prefix).u32(row.code);
    for (const index of indices) this.writer.u32(index);
    return this;
  }

  i32(value: number): this {
    this.op('i32.const').writer.s32(value);
    return this;
  }

  i64(value: bigint): this {
    this.op('i64.const').writer.s64(value);
    return this;
  }

  f32(value: number): this {
    this.op('f32.const').writer.bytes(new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  f64(value: number): this {
    this.op('f64.const').writer.bytes(new Uint8Array(new Float64Array([value]).buffer));
    return this;
  }

  v128(bytes: Uint8Array): this {
    this.op('v128.const').writer.bytes(bytes);
    return this;
  }

  refNull(kind: ValueKind): this {
    this.op('ref.null');
    if (isTypedRef(kind)) this.writer.s32(typeOfRef(kind));
    else this.writer.u8((KIND_BYTES[kind] as readonly number[])[0] as number);
    return this;
  }

  /** block, loop, if, try or try_table with a type index, one result or none. */
  open(name: string, type: number | ValueKind | 'empty'): this {
    this.op(name);
    if (type === 'empty') this.writer.u8(0x40);
    else if (typeof type === 'number') this.writer.s32(type);
    else writeKind(this.writer, type);
    return this;
  }

  end(): this {
    return this.op('end');
  }
}

const FEATURES = new Set(['mvp', 'sign-extension', 'saturating-conversions', 'simd']);

/**
 * Float vectors are left out, and so are views of floats as integers: which NaN an operation makes may differ from one of
 * V8's compilers to the other, and these would let it be seen.
 */
function isPlain({ feature, control, immediates, params, results, name }: Opcode): boolean {
  return (
    FEATURES.has(feature) &&
    control === 'none' &&
    immediates.length === 0 &&
    params !== undefined &&
    params.length > 0 &&
    results?.length === 1 &&
    !/reinterpret|f32x4|f64x2/.test(name)
  );
}

/** May trap on unlucky operands. */
export const canTrap = ({ name }: Opcode): boolean => /^i(32|64)\.(div|rem|trunc_f)/.test(name);

const plain = OPCODES.filter(isPlain);

/** Plain instructions by what they make. */
export const PLAIN: Readonly<Record<NumberType, readonly Opcode[]>> = {
  i32: plain.filter(({ results }) => results?.[0] === 'i32'),
  i64: plain.filter(({ results }) => results?.[0] === 'i64'),
  f32: plain.filter(({ results }) => results?.[0] === 'f32'),
  f64: plain.filter(({ results }) => results?.[0] === 'f64'),
  v128: plain.filter(({ results }) => results?.[0] === 'v128'),
};

export const LOADS: Readonly<Record<NumberType, readonly string[]>> = {
  i32: ['i32.load', 'i32.load8_s', 'i32.load8_u', 'i32.load16_s', 'i32.load16_u'],
  i64: ['i64.load', 'i64.load8_s', 'i64.load8_u', 'i64.load16_s', 'i64.load16_u', 'i64.load32_s', 'i64.load32_u'],
  f32: ['f32.load'],
  f64: ['f64.load'],
  v128: ['v128.load', 'v128.load8x8_s', 'v128.load8_splat', 'v128.load32_zero'],
};

export const STORES: Readonly<Record<NumberType, readonly string[]>> = {
  i32: ['i32.store', 'i32.store8', 'i32.store16'],
  i64: ['i64.store', 'i64.store8', 'i64.store16', 'i64.store32'],
  f32: ['f32.store'],
  f64: ['f64.store'],
  v128: ['v128.store'],
};
