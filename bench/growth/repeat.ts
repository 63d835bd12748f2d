/** Times something again and again. */
import { median } from '../support/statistics.ts';

const FEWEST = 5;
const MOST = 20_000;

/**
 * Calls it until the time is used up, after as many calls again for warming up, but at least five times.
 * @returns the median, in microseconds
 */
export async function timesOf(pointMs: number, action: () => unknown): Promise<number> {
  await repeat(pointMs / 2, action);
  return median(await repeat(pointMs, action));
}

async function repeat(ms: number, action: () => unknown): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + ms;
  while (times.length < FEWEST || (performance.now() < until && times.length < MOST)) {
    const startedAt = performance.now();
    const answer = action();
    if (answer instanceof Promise) await answer;
    times.push((performance.now() - startedAt) * 1_000);
  }
  return times;
}
