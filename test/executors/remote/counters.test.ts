import { expect, test } from 'vitest';
import { COUNTERS, readCounters, writeCounters } from '../../../engine/executors/remote/counters.ts';
import { UsageRecord } from '../../../engine/host/usage-counters.ts';
import { DEFAULT_LIMITS } from '../../../engine/limits.ts';

test('each counter is written to its place in the table, and read from there', () => {
  const usage = new UsageRecord(DEFAULT_LIMITS);
  COUNTERS.forEach((name, i) => {
    usage[name] = i + 1;
  });
  const counters = new Float64Array(COUNTERS.length);
  writeCounters(counters, usage);
  expect([...counters]).toEqual(COUNTERS.map((_, i) => i + 1));
  const read = new UsageRecord(DEFAULT_LIMITS);
  readCounters(read, counters);
  expect(read).toEqual(usage);
});
