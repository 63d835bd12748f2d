/**
 * Constants and results as bits. JavaScript may change a NaN on its way through a number, and cannot hold a v128 at all, so functions are
 * called through a small module that takes and gives every value as integers: f32 as i32, f64 as i64, v128 as two i64.
 */
import { writeValueType } from '../../../engine/wasm/type-codec.ts';
import type { FunctionType, ValueType } from '../../../engine/wasm/types.ts';
import { signatureName } from '../../../engine/wasm/types.ts';
import { Writer } from '../../../engine/wasm/writer.ts';
import type { Constant, LaneType } from './script.ts';

/** What passes between JavaScript and a caller: integers as they are, references as JavaScript values. */
export type Bits = readonly unknown[];

const LANE_BITS: Readonly<Record<LaneType, bigint>> = { i8: 8n, i16: 16n, i32: 32n, i64: 64n, f32: 32n, f64: 64n };
/** Host values behind `(ref.extern n)`. */
const externs = new Map<string, object>();

export function bitsOf(constant: Constant): Bits {
  if (constant.type === 'v128') {
    const all = constant.value.reduce(
      (bits, lane, i) => bits | (BigInt(lane) << (BigInt(i) * LANE_BITS[constant.lane_type])),
      0n,
    );
    return [BigInt.asIntN(64, all), BigInt.asIntN(64, all >> 64n)];
  }
  const { type, value } = constant;
  switch (type) {
    case 'i32':
    case 'f32':
      return [Number(BigInt.asIntN(32, BigInt(value)))];
    case 'i64':
    case 'f64':
      return [BigInt.asIntN(64, BigInt(value))];
    default: {
      if (value === 'null') return [null];
      const known = externs.get(value) ?? { extern: value };
      externs.set(value, known);
      return [known];
    }
  }
}

/** Whether results are what a script expects. */
export function conforms(results: Bits, expected: readonly Constant[]): boolean {
  const wanted = expected.flatMap(slotsOf);
  return wanted.length === results.length && wanted.every((slot, i) => slot(results[i]));
}

type Slot = (bits: unknown) => boolean;

function slotsOf(constant: Constant): Slot[] {
  if (constant.type === 'v128') {
    const { lane_type: laneType, value } = constant;
    const width = LANE_BITS[laneType];
    const perHalf = Number(64n / width);
    return [0, 1].map(
      (half): Slot =>
        (bits) => {
          const lanes = value.slice(half * perHalf, (half + 1) * perHalf);
          return lanes.every((lane, i) =>
            sameNumber(lane, (BigInt.asUintN(64, bits as bigint) >> (BigInt(i) * width)) & ((1n << width) - 1n), width),
          );
        },
    );
  }
  const { type, value } = constant;
  if (type === 'funcref') return [(bits) => (bits === null) === (value === 'null')];
  if (type === 'externref') return [(bits) => bits === bitsOf(constant)[0]];
  const width = LANE_BITS[type];
  return [(bits) => sameNumber(value, BigInt.asUintN(Number(width), BigInt(bits as number | bigint)), width)];
}

function sameNumber(expected: string, bits: bigint, width: bigint): boolean {
  if (!expected.startsWith('nan:')) return BigInt.asUintN(Number(width), BigInt(expected)) === bits;
  const canonical = width === 32n ? 0x7fc00000n : 0x7ff8000000000000n;
  const sign = 1n << (width - 1n);
  return expected === 'nan:canonical' ? (bits & ~sign) === canonical : (bits & canonical) === canonical;
}

/** Calls a function with bits and answers with bits. */
export type BitCaller = (...bits: unknown[]) => Bits;

const callers = new Map<string, WebAssembly.Module>();

/** @param target an exported WebAssembly function of that type */
export function bitCaller(target: WebAssembly.ExportValue, type: FunctionType): BitCaller {
  const key = signatureName(type);
  const module = callers.get(key) ?? new WebAssembly.Module(callerModule(type));
  callers.set(key, module);
  const { run } = new WebAssembly.Instance(module, { target: { call: target } }).exports as {
    run: (...bits: unknown[]) => unknown;
  };
  const slots = type.results.flatMap(slotTypes).length;
  return (...bits) => {
    const result = run(...bits);
    return slots === 0 ? [] : slots === 1 ? [result] : (result as Bits);
  };
}

/** The types that carry a value. */
function slotTypes(type: ValueType): ValueType[] {
  switch (type) {
    case 'f32':
      return ['i32'];
    case 'f64':
      return ['i64'];
    case 'v128':
      return ['i64', 'i64'];
    default:
      return [type];
  }
}

function callerModule(type: FunctionType): Uint8Array<ArrayBuffer> {
  const outer: FunctionType = {
    kind: 'func',
    params: type.params.flatMap(slotTypes),
    results: type.results.flatMap(slotTypes),
  };
  const types = new Writer().u32(2);
  for (const { params, results } of [type, outer]) {
    types.u8(0x60).u32(params.length);
    for (const param of params) writeValueType(types, param);
    types.u32(results.length);
    for (const result of results) writeValueType(types, result);
  }
  const body = new Writer().u32(type.results.length);
  for (const result of type.results) writeValueType(body.u32(1), result);
  let slot = 0;
  for (const param of type.params) {
    body.u8(0x20).u32(slot++);
    if (param === 'f32') body.u8(0xbe);
    else if (param === 'f64') body.u8(0xbf);
    else if (param === 'v128') body.u8(0xfd).u32(0x12).u8(0x20).u32(slot++).u8(0xfd).u32(0x1e).u8(1);
  }
  body.u8(0x10).u32(0);
  const first = outer.params.length;
  for (let i = type.results.length - 1; i >= 0; i--) body.u8(0x21).u32(first + i);
  for (const [i, result] of type.results.entries()) {
    body.u8(0x20).u32(first + i);
    if (result === 'f32') body.u8(0xbc);
    else if (result === 'f64') body.u8(0xbd);
    else if (result === 'v128') {
      body.u8(0xfd).u32(0x1d).u8(0);
      body
        .u8(0x20)
        .u32(first + i)
        .u8(0xfd)
        .u32(0x1d)
        .u8(1);
    }
  }
  body.u8(0x0b);
  return new Writer()
    .bytes(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    .section(1, types.view())
    .section(2, new Writer().u32(1).name('target').name('call').u8(0).u32(0).view())
    .section(3, new Writer().u32(1).u32(1).view())
    .section(7, new Writer().u32(1).name('run').u8(0).u32(1).view())
    .section(10, new Writer().u32(1).u32(body.size).bytes(body.view()).view())
    .finish();
}
