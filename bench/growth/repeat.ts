/** Times something again and again. */
import { median } from '../support/statistics.ts';

const FEWEST = 5;
const FEWEST_WARM_UPS = 2;
const MOST = 20_000;

/**
 * Calls it until the time is used up, after half of that for warming up, but at least five times.
 * @returns the median, in microseconds
 */
export async function timesOf(pointMs: number, action: () => unknown): Promise<number> {
  await repeat(pointMs / 2, FEWEST_WARM_UPS, action);
  return median(await repeat(pointMs, FEWEST, action));
}

async function repeat(ms: number, fewest: number, action: () => unknown): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + ms;
  while (times.length < fewest || (performance.now() < until && times.length < MOST)) {
    const startedAt = performance.now();
    const answer = action();
    if (answer instanceof Promise) await answer;
    times.push((performance.now() - startedAt) * 1_000);
  }
  return times;
}
