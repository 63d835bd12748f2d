// Decimal text to the nearest double, as JavaScript rounds it (the standard library's `parseFloat` is a digit off at times).
//
// Most numbers take one exact multiplication or division. The others are compared, as integers of any size, with the
// halfway point between two neighbouring doubles: value = digits x 10^exponent against mantissa x 2^shift.

/** Powers of ten that a double holds exactly. */
const POWERS: StaticArray<f64> = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
const MAX_EXACT: u64 = 1 << 53;
/** Digits that fit in 64 bits whatever they are. */
const SHORT_DIGITS = 19;
/** No halfway point has more significant digits (767); what stands behind them only says "a little more". */
const MAX_DIGITS = 800;
const MAX_EXPONENT = 100_000;
const INFINITY_BITS: u64 = 0x7ff0000000000000;

/** The value of the JSON number from `ptr` to `end`, which is well-formed. */
export function parseDecimal(ptr: usize, end: usize): f64 {
  const negative = load<u8>(ptr) == 0x2d;
  if (negative) ptr++;
  let digits: u64 = 0;
  let count = 0;
  let exponent = 0;
  let pointed = false;
  let truncated = false;
  let at = ptr;
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit < 10) {
      if (count < SHORT_DIGITS) {
        digits = digits * 10 + digit;
        if (digits != 0) count++;
        if (pointed) exponent--;
      } else {
        truncated = truncated || digit != 0;
        if (!pointed) exponent++;
      }
    } else if (digit == <u32>(0x2e - 0x30)) {
      pointed = true;
    } else {
      break;
    }
  }
  const mantissaEnd = at;
  if (at < end) exponent += parseExponent(at + 1, end);
  const value = digits == 0 ? 0.0 : magnitude(ptr, mantissaEnd, digits, exponent, truncated);
  return negative ? -value : value;
}

function parseExponent(at: usize, end: usize): i32 {
  const sign = <u32>load<u8>(at);
  if (sign == 0x2d || sign == 0x2b) at++;
  let exponent = 0;
  for (; at < end; at++) exponent = min(exponent * 10 + <i32>(load<u8>(at) - 0x30), MAX_EXPONENT);
  return sign == 0x2d ? -exponent : exponent;
}

function magnitude(ptr: usize, end: usize, digits: u64, exponent: i32, truncated: bool): f64 {
  if (!truncated && digits <= MAX_EXACT && exponent >= -22 && exponent <= 22) {
    return exponent < 0 ? <f64>digits / POWERS[-exponent] : <f64>digits * POWERS[exponent];
  }
  if (exponent > 310) return Infinity;
  if (exponent < -345) return 0;
  return nearest(ptr, end, exponent, estimate(digits, exponent));
}

/** A double within a few steps of the value. */
function estimate(digits: u64, exponent: i32): f64 {
  let value = <f64>digits;
  for (let rest = exponent; rest > 0; rest -= 22) value *= POWERS[min(rest, 22)];
  for (let rest = -exponent; rest > 0; rest -= 22) value /= POWERS[min(rest, 22)];
  return value;
}

// Integers of any size: a word with the number of limbs, then 32-bit limbs, the lowest first. 5,000 bits suffice.
const LIMBS = 255;
const decimal = memory.data((LIMBS + 1) * 4);
const left = memory.data((LIMBS + 1) * 4);
const right = memory.data((LIMBS + 1) * 4);

/** The double next to digits x 10^exponent, ties to even, found from a guess. */
function nearest(ptr: usize, end: usize, exponent: i32, guess: f64): f64 {
  exponent -= loadDigits(ptr, end);
  timesPowerOfTen(decimal, exponent);
  let bits = min(reinterpret<u64>(guess), INFINITY_BITS - 1);
  // Walk to the last double that is not above the value; then the halfway point above it decides.
  while (bits > 0 && compareWith(mantissaOf(bits), shiftOf(bits), exponent) < 0) bits--;
  while (bits + 1 < INFINITY_BITS && compareWith(mantissaOf(bits + 1), shiftOf(bits + 1), exponent) >= 0) bits++;
  const half = compareWith((mantissaOf(bits) << 1) + 1, shiftOf(bits) - 1, exponent);
  if (half > 0 || (half == 0 && (bits & 1) != 0)) bits++;
  return reinterpret<f64>(bits);
}

function mantissaOf(bits: u64): u64 {
  const fraction = bits & 0x000fffffffffffff;
  return bits >> 52 == 0 ? fraction : fraction | 0x0010000000000000;
}

function shiftOf(bits: u64): i32 {
  return max(<i32>(bits >> 52), 1) - 1075;
}

/** Sign of decimal - mantissa x 2^shift, where a negative exponent of ten belongs to the decimal side. */
function compareWith(mantissa: u64, shift: i32, exponent: i32): i32 {
  memory.copy(left, decimal, (<usize>load<u32>(decimal) + 1) << 2);
  store<u32>(right, 2);
  store<u64>(right, mantissa, 4);
  timesPowerOfTen(right, -exponent);
  shiftLeft(shift < 0 ? left : right, abs(shift));
  return compare(left, right);
}

/**
 * Loads the digits, without those that cannot matter, into `decimal`. Returns by how many the power of ten that goes with
 * them differs from the one that goes with the first 19 digits.
 */
function loadDigits(ptr: usize, end: usize): i32 {
  store<u32>(decimal, 0);
  let count = 0;
  let more: u32 = 0;
  for (; ptr < end; ptr++) {
    const digit = <u32>load<u8>(ptr) - 0x30;
    if (digit >= 10 || (count == 0 && digit == 0)) continue;
    if (count < MAX_DIGITS) {
      multiply(decimal, 10, digit);
      count++;
    } else {
      more |= digit;
    }
  }
  if (more != 0) {
    multiply(decimal, 10, 1);
    count++;
  }
  return max(count - SHORT_DIGITS, 0);
}

/** Multiplies by 10^exponent; leaves it for a negative exponent. */
function timesPowerOfTen(big: usize, exponent: i32): void {
  for (; exponent > 0; exponent -= 9) multiply(big, <u32>POWERS[min(exponent, 9)], 0);
}

function multiply(big: usize, factor: u32, add: u32): void {
  let count = load<u32>(big);
  let carry: u64 = add;
  for (let i: u32 = 0; i < count; i++) {
    const limb = big + 4 + (i << 2);
    carry += <u64>load<u32>(limb) * factor;
    store<u32>(limb, <u32>carry);
    carry >>= 32;
  }
  if (carry != 0) store<u32>(big + 4 + (count++ << 2), <u32>carry);
  store<u32>(big, count);
}

function shiftLeft(big: usize, bits: i32): void {
  const whole = <u32>bits >> 5;
  multiply(big, 1 << (bits & 31), 0);
  const count = load<u32>(big);
  memory.copy(big + 4 + (whole << 2), big + 4, count << 2);
  memory.fill(big + 4, 0, whole << 2);
  store<u32>(big, count + whole);
}

function compare(a: usize, b: usize): i32 {
  for (let i = max(load<u32>(a), load<u32>(b)); i > 0; i--) {
    const x = limbAt(a, i - 1);
    const y = limbAt(b, i - 1);
    if (x != y) return x > y ? 1 : -1;
  }
  return 0;
}

function limbAt(big: usize, index: u32): u32 {
  return index < load<u32>(big) ? load<u32>(big + 4 + (index << 2)) : 0;
}
