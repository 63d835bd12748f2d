import { describe, expect, test } from 'vitest';
import { RingfenceError } from '../../engine/errors.ts';
import { HOST_FUNCTIONS } from '../../engine/host/table.ts';
import { failureSync } from '../support/errors.ts';
import { HostProbe } from '../support/host-probe.ts';

describe('every host call', () => {
  test('costs its base price and its price per byte', () => {
    const probe = new HostProbe();
    const text = probe.text('0123456789');
    for (const [name, bytes, args] of [
      ['log', 10, [3, ...text]],
      ['error_set', 10, [...text]],
      ['json_type', 0, [1]],
      ['json_member', 10, [1, ...text]],
    ] as const) {
      const { base, perByte = 0 } = HOST_FUNCTIONS.get(name)!.price;
      expect(
        probe.cost(() => probe.call(name, ...args)),
        name,
      ).toBe(base + bytes * perByte);
    }
  });

  test('is counted, and refused over the limit', () => {
    const probe = new HostProbe({ limits: { hostCalls: 3 } });
    for (let i = 0; i < 3; i++) probe.call('json_type', 1);
    const error = failureSync(() => probe.call('json_type', 1), 'LIMIT_EXCEEDED');
    expect(error.details).toEqual({ limit: 'hostCalls', allowed: 3 });
    expect(probe.account.hostCalls).toBe(3);
  });

  test('is refused before its work when its price is more than the fuel that is left', () => {
    const probe = new HostProbe({ limits: { fuel: 50_000 } });
    const text = probe.text('x'.repeat(60_000));
    failureSync(() => probe.call('error_set', ...text), 'OUT_OF_FUEL');
    expect(probe.host.guestError).toBeUndefined();
  });

  test('is refused once the call has ended, whatever it is', () => {
    const probe = new HostProbe();
    const reason = new RingfenceError('CANCELLED', 'enough');
    probe.account.end(reason);
    for (const [name, row] of HOST_FUNCTIONS) {
      if ('wait' in row) continue;
      expect(() => probe.call(name), name).toThrow(reason);
    }
    expect(probe.account.hostCalls).toBe(0);
    expect(probe.account.refill(-1)).toBeLessThan(0);
  });

  test('keeps the first reason', () => {
    const probe = new HostProbe({ limits: { hostCalls: 1 } });
    probe.call('json_type', 1);
    const first = failureSync(() => probe.call('json_type', 1), 'LIMIT_EXCEEDED');
    expect(failureSync(() => probe.call('log', 1, -1, -1), 'LIMIT_EXCEEDED')).toBe(first);
  });
});

test('a malloc that traps while the host hands something over ends the call with that trap', () => {
  const probe = new HostProbe({
    config: { key: 'value' },
    guest: { replace: { malloc: '(func $malloc (export "malloc") (param $size i32) (result i32) unreachable)' } },
  });
  probe.memory.write(100, new TextEncoder().encode('key'), 'it');
  expect(() => probe.call('config_get', 100, 3)).toThrow(WebAssembly.RuntimeError);
  probe.account.settleTrap(0);
  // The whole slice: what malloc used of it before it trapped is not known.
  expect(probe.account.fuelUsed).toBe(probe.account.granted);
});

test('a malloc without memory left', () => {
  const probe = new HostProbe({
    config: { key: 'x'.repeat(200_000) },
    guest: { memory: '1 1' },
  });
  const key = probe.text('key');
  failureSync(() => probe.call('config_get', ...key), 'MEMORY_LIMIT');
});
