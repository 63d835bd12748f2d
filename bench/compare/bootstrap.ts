/** How sure a difference between two runs is: intervals by resampling. */
import { median } from '../support/statistics.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 4_000;
const OUTSIDE = 0.025;

/**
 * The 95 % interval of median(b) / median(a), by the percentile bootstrap: both are drawn again from their own values, with repetition.
 * The same values give the same interval.
 *
 * @param a at least one value, as `b`
 */
export function intervalOfQuotient(a: readonly number[], b: readonly number[]): Interval {
  const random = generator();
  const again = (values: readonly number[]): number =>
    median(values.map(() => values[Math.floor(random() * values.length)] as number));
  const quotients = Array.from({ length: RESAMPLES }, () => again(b) / again(a)).sort((x, y) => x - y);
  const at = (share: number): number => quotients[Math.round(share * (RESAMPLES - 1))] as number;
  return { low: at(OUTSIDE), high: at(1 - OUTSIDE) };
}

/** Numbers from 0 up to 1, always the same ones: mulberry32. */
function generator(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
