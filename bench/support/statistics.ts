/** The few statistics that the reports need. None of them accepts an empty list. */

export const least = (values: readonly number[]): number => Math.min(...values);
export const greatest = (values: readonly number[]): number => Math.max(...values);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Geometric mean: what ratios are averaged with. */
export const geomean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Half the distance between the least and the greatest value: the "±" of the reports. */
export const halfRange = (values: readonly number[]): number => (greatest(values) - least(values)) / 2;
