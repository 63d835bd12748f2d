import { expect, test } from 'vitest';
import { UsageRecord } from '../../engine/host/usage-counters.ts';
import { resolveLimits } from '../../engine/limits.ts';

/** A record in which no two counters have the same value. */
function filled(): UsageRecord {
  const record = new UsageRecord(resolveLimits({ fuel: 7 }));
  const names = Object.keys(record).filter((name) => name !== 'limits');
  return Object.assign(record, Object.fromEntries(names.map((name, i) => [name, i + 1])));
}

test('copying leaves no counter out', () => {
  const copy = new UsageRecord(resolveLimits({}));
  copy.copy(filled());
  expect({ ...copy }).toEqual({ ...filled() });
});

test('clearing leaves no counter out', () => {
  const record = filled();
  const limits = resolveLimits({ fuel: 9 });
  record.clear(limits, 5);
  const fresh = Object.assign(new UsageRecord(limits), { timeoutMs: 5 });
  expect({ ...record }).toEqual({ ...fresh });
});
