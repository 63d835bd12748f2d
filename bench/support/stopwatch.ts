/** Measures work of this process, in microseconds. */

export interface Moment {
  readonly wall: number;
  readonly cpu: NodeJS.CpuUsage;
}

export const now = (): Moment => ({ cpu: process.cpuUsage(), wall: performance.now() });

/**
 * Time since a moment. On a shared machine the wall clock also counts the neighbours, and CPU time also counts V8's helper
 * threads, which nobody waits for: the shorter of the two is the work.
 */
export function microsecondsSince(start: Moment): number {
  const wall = (performance.now() - start.wall) * 1000;
  const { user, system } = process.cpuUsage(start.cpu);
  return Math.min(wall, user + system);
}
