/** Scalars of components: between JSON, the guest's memory and the numbers that its functions take. */
import type { ComponentScalar } from '../../../abi/component-types.ts';

export type Scalar = Exclude<ComponentScalar, 'string'>;

const RANGES: Readonly<Partial<Record<Scalar, readonly [least: number, most: number]>>> = {
  s8: [-(2 ** 7), 2 ** 7 - 1],
  u8: [0, 2 ** 8 - 1],
  s16: [-(2 ** 15), 2 ** 15 - 1],
  u16: [0, 2 ** 16 - 1],
  s32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
};
const WIDE: Readonly<Partial<Record<Scalar, readonly [least: bigint, most: bigint]>>> = {
  s64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
};
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;
const LAST_CHARACTER = 0x10_ffff;

/** A JSON value as the number that stands for it; undefined for what is not of that type. */
export function scalarToNumber(scalar: Scalar, value: unknown): number | bigint | undefined {
  const range = RANGES[scalar];
  if (range !== undefined) {
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= range[0] && value <= range[1];
    return fits ? value : undefined;
  }
  const wide = WIDE[scalar];
  if (wide !== undefined) {
    const isText = typeof value === 'string' && /^-?\d{1,20}$/.test(value);
    if (!isText && !(typeof value === 'number' && Number.isSafeInteger(value))) return undefined;
    const big = BigInt(value as string | number);
    return big >= wide[0] && big <= wide[1] ? big : undefined;
  }
  if (scalar === 'bool') return typeof value === 'boolean' ? Number(value) : undefined;
  if (scalar === 'char') {
    if (typeof value !== 'string') return undefined;
    const code = value.codePointAt(0);
    return code !== undefined && isCharacter(code) && String.fromCodePoint(code) === value ? code : undefined;
  }
  return typeof value === 'number' ? value : undefined;
}

/** What a number stands for; undefined for one that the type does not have. Numbers of 64 bits that a double does not hold are text. */
export function scalarToValue(scalar: Scalar, number: number | bigint): unknown {
  switch (scalar) {
    case 'bool':
      return number !== 0;
    case 's8':
      return (Number(number) << 24) >> 24;
    case 'u8':
      return Number(number) & 0xff;
    case 's16':
      return (Number(number) << 16) >> 16;
    case 'u16':
      return Number(number) & 0xffff;
    case 's32':
      return Number(number) | 0;
    case 'u32':
      return Number(number) >>> 0;
    case 's64':
      return plain(BigInt.asIntN(64, BigInt(number)));
    case 'u64':
      return plain(BigInt.asUintN(64, BigInt(number)));
    case 'char': {
      const code = Number(number) >>> 0;
      return isCharacter(code) ? String.fromCodePoint(code) : undefined;
    }
    default:
      return number;
  }
}

const isCharacter = (code: number): boolean =>
  code <= LAST_CHARACTER && (code < FIRST_SURROGATE || code > LAST_SURROGATE);

const plain = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();

export function storeScalar(view: DataView, at: number, scalar: Scalar, value: number | bigint): void {
  switch (scalar) {
    case 'bool':
    case 's8':
    case 'u8':
      view.setUint8(at, Number(value));
      return;
    case 's16':
    case 'u16':
      view.setUint16(at, Number(value), true);
      return;
    case 's64':
    case 'u64':
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
      return;
    case 'f32':
      view.setFloat32(at, Number(value), true);
      return;
    case 'f64':
      view.setFloat64(at, Number(value), true);
      return;
    default:
      view.setUint32(at, Number(value), true);
  }
}

export function loadScalar(view: DataView, at: number, scalar: Scalar): number | bigint {
  switch (scalar) {
    case 'bool':
    case 's8':
    case 'u8':
      return view.getUint8(at);
    case 's16':
    case 'u16':
      return view.getUint16(at, true);
    case 's64':
    case 'u64':
      return view.getBigUint64(at, true);
    case 'f32':
      return view.getFloat32(at, true);
    case 'f64':
      return view.getFloat64(at, true);
    default:
      return view.getUint32(at, true);
  }
}
