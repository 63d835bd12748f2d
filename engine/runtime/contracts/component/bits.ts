/** Numbers in the place of others: payloads of variants share parameters that are wide enough for each of them. */
import type { NumberName } from '../numbers.ts';

const view = new DataView(new ArrayBuffer(8));

/** A number as the parameter takes it. */
export function widen(value: number | bigint, from: NumberName, to: NumberName): number | bigint {
  if (from === to) return value;
  const bits = from === 'f32' ? bitsOfFloat(Number(value)) : from === 'f64' ? bitsOfDouble(Number(value)) : value;
  return to === 'i64' ? BigInt.asUintN(64, typeof bits === 'bigint' ? bits : BigInt(bits >>> 0)) : Number(bits);
}

/** Back again. */
export function narrow(value: number | bigint, from: NumberName, to: NumberName): number | bigint {
  if (from === to) return value;
  const bits = BigInt.asUintN(64, BigInt(value));
  if (to === 'i64') return bits;
  if (to === 'f64') {
    view.setBigUint64(0, bits);
    return view.getFloat64(0);
  }
  const low = Number(bits & 0xffff_ffffn);
  if (to === 'i32') return low | 0;
  view.setUint32(0, low);
  return view.getFloat32(0);
}

function bitsOfFloat(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

function bitsOfDouble(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}
