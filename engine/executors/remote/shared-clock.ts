/** `performance.now()` starts anew in every thread and process. Times that cross are given on a clock that all of them share. */

/** Milliseconds: the system's monotonic clock, which is one for all processes. */
const OFFSET = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** @param time on this thread's `performance.now()` */
export const toSharedClock = (time: number): number => time + OFFSET;

/** @returns the time on this thread's `performance.now()` */
export const fromSharedClock = (time: number): number => time - OFFSET;
