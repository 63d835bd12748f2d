// Arithmetic on doubles. What has no answer is a typed error, never NaN or infinity.

import { Json, fail, json } from "ringfence-guest";

/** The largest n whose factorial a double holds. */
const MAX_FACTORIAL: u32 = 170;

/** The sum of two numbers. */
export function add(a: f64, b: f64): f64 {
  return finite(a + b);
}

/** The first number minus the second. */
export function subtract(a: f64, b: f64): f64 {
  return finite(a - b);
}

/** The product of two numbers. */
export function multiply(a: f64, b: f64): f64 {
  return finite(a * b);
}

/** The first number divided by the second. */
export function divide(a: f64, b: f64): f64 {
  if (b == 0) return fail<f64>("DIVIDE_BY_ZERO", `cannot divide ${a} by zero`, operands().set("a", a).set("b", b));
  return finite(a / b);
}

/** The square root. */
export function sqrt(x: f64): f64 {
  if (x < 0) return fail<f64>("NEGATIVE_SQRT", `${x} has no real square root`, operands().set("x", x));
  return Math.sqrt(x);
}

/** The base raised to the exponent. */
export function power(base: f64, exponent: f64): f64 {
  const given = operands().set("base", base).set("exponent", exponent);
  if (base == 0 && exponent < 0) return fail<f64>("DIVIDE_BY_ZERO", `0 to the power of ${exponent} divides by zero`, given);
  const result = Math.pow(base, exponent);
  if (isNaN(result)) return fail<f64>("NOT_REAL", `${base} to the power of ${exponent} is not a real number`, given);
  return finite(result);
}

/** The product of the whole numbers from 1 to n. */
export function factorial(n: f64): f64 {
  const given = operands().set("n", n);
  if (n < 0 || n != Math.floor(n)) return fail<f64>("NOT_A_NATURAL", `expected a whole number from 0, got ${n}`, given);
  if (n > MAX_FACTORIAL) return fail<f64>("OVERFLOW", `the factorial of ${n} is larger than any double`, given.set("max", MAX_FACTORIAL));
  let product: f64 = 1;
  for (let i: f64 = 2; i <= n; i++) product *= i;
  return product;
}

/** The result, or an OVERFLOW error if it is beyond what a double holds. */
function finite(result: f64): f64 {
  return isFinite(result) ? result : fail<f64>("OVERFLOW", "the result is larger than any double");
}

function operands(): Json {
  return json.object();
}
