/** How long the event loop stands still while something is being done. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The monitor looks as often as this, and every delay that it sees has this in it. */
const RESOLUTION_MS = 1;

/** @returns microseconds: the longest time for which the event loop came to nothing else */
export async function longestStandstill(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // It sees nothing before its own first timer has fired.
  await new Promise((resolve) => setTimeout(resolve, 3 * RESOLUTION_MS));
  delay.reset();
  await work();
  await new Promise((resolve) => setTimeout(resolve, 3 * RESOLUTION_MS));
  delay.disable();
  return Math.max(1, delay.max / 1_000 - RESOLUTION_MS * 1_000);
}
