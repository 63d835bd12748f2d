import { describe, expect, test } from 'vitest';
import type { Sources } from '../../engine/host/sources.ts';
import { HostProbe } from '../support/host-probe.ts';

const MS = 1_000_000n;

/** A clock that a test holds in its hand. */
const held = (now: { wallMs: number; monotonicMs: number }): Sources => ({
  wallMs: () => now.wallMs,
  monotonicMs: () => now.monotonicMs,
  fillRandom: () => {},
});

test('the time is nanoseconds since the epoch, and the host’s', () => {
  const probe = new HostProbe();
  const before = BigInt(Date.now()) * MS;
  const now = probe.call('clock_now') as bigint;
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(BigInt(Date.now()) * MS);
});

test('the monotonic clock starts near zero: it says nothing about how long the host has been running', () => {
  expect(new HostProbe().call('clock_monotonic')).toBeLessThan(10_000n * MS);
});

test('both are coarse: whole milliseconds', () => {
  const now = { wallMs: 1_700_000_000_123.75, monotonicMs: 5.999 };
  const probe = new HostProbe({ sources: held(now) });
  expect(probe.call('clock_now')).toBe(1_700_000_000_123n * MS);
  expect(probe.call('clock_monotonic')).toBe(5n * MS);
  expect(probe.call('Date.now')).toBe(1_700_000_000_123);
  Object.assign(now, { wallMs: 3, monotonicMs: 6 });
  expect(probe.call('clock_now')).toBe(3n * MS);
  expect(probe.call('clock_monotonic')).toBe(6n * MS);
});

describe('in deterministic mode', () => {
  const deterministic = { timeMs: 1_000, tickMs: 7, seed: 0 };

  test('each reading of either clock moves both on by one tick', () => {
    const probe = new HostProbe({ deterministic });
    expect(probe.call('clock_now')).toBe(1_000n * MS);
    expect(probe.call('clock_now')).toBe(1_007n * MS);
    expect(probe.call('clock_monotonic')).toBe(14n * MS);
    expect(probe.call('Date.now')).toBe(1_021);
  });

  test('the next call starts anew', () => {
    const probe = new HostProbe({ deterministic });
    probe.call('clock_now');
    probe.host.endCall();
    expect(probe.call('clock_now')).toBe(1_000n * MS);
  });

  test('with a tick of 0 time stands still', () => {
    const probe = new HostProbe({ deterministic: { ...deterministic, tickMs: 0 } });
    expect([probe.call('clock_now'), probe.call('clock_now')]).toEqual([1_000n * MS, 1_000n * MS]);
  });

  test('the host’s clock is not asked', () => {
    const broken: Sources = {
      wallMs: () => expect.fail('asked'),
      monotonicMs: () => expect.fail('asked'),
      fillRandom: () => expect.fail('asked'),
    };
    const probe = new HostProbe({ deterministic, sources: broken });
    probe.call('clock_monotonic');
    probe.call('random_get', 100, 8);
  });
});
