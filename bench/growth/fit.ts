/** The exponent e of y = c * x^e: the slope of the straight line through the logarithms, by least squares. */

export interface Fit {
  readonly exponent: number;
  /** Standard error of the exponent: how far the points lie off the line. Undefined with fewer than three. */
  readonly error: number | undefined;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** @throws with fewer than two points, or one that is not above zero */
export function fitExponent(points: readonly Point[]): Fit {
  if (points.length < 2 || points.some(({ x, y }) => !(x > 0 && y > 0))) {
    throw new Error(`Expected two points or more, all above zero, got ${JSON.stringify(points)}`);
  }
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = { x: average(logs.map(({ x }) => x)), y: average(logs.map(({ y }) => y)) };
  const across = sum(logs.map(({ x }) => (x - mean.x) ** 2));
  const exponent = sum(logs.map(({ x, y }) => (x - mean.x) * (y - mean.y))) / across;
  const off = sum(logs.map(({ x, y }) => (y - mean.y - exponent * (x - mean.x)) ** 2));
  const error = points.length < 3 ? undefined : Math.sqrt(off / (points.length - 2) / across);
  return { exponent, error };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]): number => sum(values) / values.length;
