// Arithmetic on doubles. What has no answer is a typed error, never NaN or infinity.

import { Json, fail, formatNumber, json } from "ringfence-guest";

/** The largest n whose factorial a double holds. */
const MAX_FACTORIAL = 170;

/** The sum of two numbers. */
export function add(a: f64, b: f64): f64 {
  return finite(a + b, a, b);
}

/** The first number minus the second. */
export function subtract(a: f64, b: f64): f64 {
  return finite(a - b, a, b);
}

/** The product of two numbers. */
export function multiply(a: f64, b: f64): f64 {
  return finite(a * b, a, b);
}

/** The first number divided by the second. */
export function divide(a: f64, b: f64): f64 {
  if (b == 0) return fail<f64>("DIVIDE_BY_ZERO", `cannot divide ${formatNumber(a)} by zero`, operands(a, b));
  return finite(a / b, a, b);
}

/** The square root. */
export function sqrt(x: f64): f64 {
  if (x >= 0) return Math.sqrt(x);
  return fail<f64>("NEGATIVE_SQRT", `${formatNumber(x)} has no real square root`, json.object().set("x", x));
}

/** The base raised to the exponent. */
export function power(base: f64, exponent: f64): f64 {
  const result = Math.pow(base, exponent);
  if (isFinite(result)) return result;
  const asked = `${formatNumber(base)} to the power of ${formatNumber(exponent)}`;
  const given = json.object().set("base", base).set("exponent", exponent);
  if (base == 0) return fail<f64>("DIVIDE_BY_ZERO", `${asked} divides by zero`, given);
  if (isNaN(result)) return fail<f64>("NOT_REAL", `${asked} is not a real number`, given);
  return fail<f64>("OVERFLOW", `${asked} is larger than any double`, given);
}

/** The product of the whole numbers from 1 to n. */
export function factorial(n: f64): f64 {
  if (n < 0 || n != Math.floor(n)) {
    const message = `expected a whole number from 0, got ${formatNumber(n)}`;
    return fail<f64>("NOT_A_NATURAL_NUMBER", message, json.object().set("n", n));
  }
  if (n > MAX_FACTORIAL) {
    const message = `the factorial of ${formatNumber(n)} is larger than any double`;
    return fail<f64>("OVERFLOW", message, json.object().set("n", n).set("max", MAX_FACTORIAL));
  }
  let product: f64 = 1;
  for (let i: f64 = 2; i <= n; i++) product *= i;
  return product;
}

/** The result, or an OVERFLOW error if it is beyond what a double holds. */
function finite(result: f64, a: f64, b: f64): f64 {
  return isFinite(result) ? result : fail<f64>("OVERFLOW", "the result is larger than any double", operands(a, b));
}

function operands(a: f64, b: f64): Json {
  return json.object().set("a", a).set("b", b);
}
