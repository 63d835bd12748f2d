/** What a guest host counts of an operation, as numbers in a row: how they travel. */
import type { UsageCounters, UsageRecord } from '../../host/usage-counters.ts';

/** The rest of the usage is the engine's own: limits, wall time, what services count. */
export const COUNTERS = [
  'fuelUsed',
  'memoryBytes',
  'hostCalls',
  'bytesIn',
  'bytesOut',
  'logBytes',
] as const satisfies readonly (keyof UsageCounters)[];

/** In the order of {@link COUNTERS}. */
export type Counters = ArrayLike<number>;

// Written out: V8 looks each name of a loop up anew, which costs as much as the rest of an answer.

export function writeCounters(counters: { [index: number]: number }, usage: UsageCounters): void {
  counters[0] = usage.fuelUsed;
  counters[1] = usage.memoryBytes;
  counters[2] = usage.hostCalls;
  counters[3] = usage.bytesIn;
  counters[4] = usage.bytesOut;
  counters[5] = usage.logBytes;
}

export function readCounters(usage: UsageRecord, counters: Counters): void {
  usage.fuelUsed = counters[0] as number;
  usage.memoryBytes = counters[1] as number;
  usage.hostCalls = counters[2] as number;
  usage.bytesIn = counters[3] as number;
  usage.bytesOut = counters[4] as number;
  usage.logBytes = counters[5] as number;
}
