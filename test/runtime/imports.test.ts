/** Rows that may make a guest wait, imported by a real guest: they answer at once where they can. */
import { describe, expect, test } from 'vitest';
import type { AsyncHostFunction } from '../../engine/host/function.ts';
import { TRAP } from '../../engine/host/trap.ts';
import { whenever } from '../../engine/host/whenever.ts';
import { importsFor } from '../../engine/runtime/imports.ts';
import { canSuspend, toPromising } from '../../engine/runtime/jspi.ts';
import { HostProbe } from '../support/host-probe.ts';
import { compileWat } from '../support/wat.ts';

const guest = new WebAssembly.Module(
  compileWat(`(module
    (import "env" "row" (func $row (param i32) (result i64)))
    (func (export "call") (param i32) (result i64) (call $row (local.get 0)))
    (func (export "guarded") (param i32) (result i64)
      (try (result i64) (do (call $row (local.get 0))) (catch_all (i64.const 777)))))`),
);

interface Guest {
  readonly call: (a: number) => bigint;
  readonly guarded: (a: number) => bigint;
}

function load(
  row: Partial<AsyncHostFunction>,
  { isSuspendable = true, limits = {} }: { isSuspendable?: boolean; limits?: object } = {},
): { guest: Guest; probe: HostProbe } {
  const probe = new HostProbe({ limits });
  const full: AsyncHostFunction = {
    name: 'row',
    capability: 'test',
    params: ['i32'],
    results: ['i64'],
    price: { base: 10 },
    mayWait: () => true,
    wait: (_, a) => BigInt(a),
    ...row,
  };
  const imports = importsFor([full], probe.host, () => isSuspendable);
  return { guest: new WebAssembly.Instance(guest, imports).exports as unknown as Guest, probe };
}

describe('a row that says it never waits', () => {
  test('needs nothing that suspends, on any platform', () => {
    const { guest, probe } = load({ mayWait: () => false }, { isSuspendable: false });
    expect(guest.call(5)).toBe(5n);
    expect(probe.account.hostCalls).toBe(1);
  });

  test('and waits all the same is a bug that ends the call', () => {
    const { guest, probe } = load({ mayWait: () => false, wait: async () => 1n });
    expect(() => guest.guarded(5)).toThrow(TRAP);
    expect(probe.account.ended).toMatchObject({ code: 'BUG' });
  });

  test('and whose promise is rejected leaves nothing unhandled', async () => {
    const { guest } = load({ mayWait: () => false, wait: () => Promise.reject(new Error('late')) });
    expect(() => guest.call(5)).toThrow(TRAP);
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('what comes after an answer of a service', () => {
  const { account } = new HostProbe();

  test('comes at once where the answer is there', () => {
    expect(whenever(20, account.service, (value) => value + 1)).toBe(21);
  });

  test('comes later for a promise', async () => {
    expect(await whenever(Promise.resolve(20), account.service, (value) => value + 1)).toBe(21);
  });

  test('does not come when the call has ended meanwhile', async () => {
    let touched = false;
    const answer = whenever(Promise.resolve(20), account.service, () => {
      touched = true;
    });
    account.endServices();
    await expect(answer).rejects.toBe(TRAP);
    expect(touched).toBe(false);
  });
});

describe.runIf(canSuspend)('a row that may wait', () => {
  test('answers at once without a promise where it can', () => {
    const { guest } = load({});
    expect(guest.call(7)).toBe(7n);
  });

  test('suspends the guest for a promise', async () => {
    const { guest } = load({
      wait: (_, a) => (a === 1 ? Promise.resolve(11n) : 22n),
    });
    expect(await toPromising<bigint>(guest.call)(1)).toBe(11n);
    expect(await toPromising<bigint>(guest.call)(2)).toBe(22n);
  });

  test.each(['call', 'guarded'] as const)('is not even begun where the guest cannot be suspended: %s', (name) => {
    let begun = false;
    const { guest, probe } = load(
      {
        wait: async () => {
          begun = true;
          return 1n;
        },
      },
      { isSuspendable: false },
    );
    expect(() => guest[name](1)).toThrow(TRAP);
    expect(begun).toBe(false);
    expect(probe.account.ended).toMatchObject({ code: 'TRAP', details: { kind: 'cannot wait', import: 'row' } });
  });

  test.each<[string, AsyncHostFunction['wait']]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('whose handler %s ends the call, whatever the guest catches', async (_, wait) => {
    const { guest, probe } = load({ wait });
    await expect(toPromising(guest.guarded)(1)).rejects.toBe(TRAP);
    expect(probe.account.ended).toMatchObject({ code: 'HOST_FUNCTION_FAILED', details: { import: 'row' } });
  });

  test('ends at the deadline of the call, and tells the work', async () => {
    const signals: AbortSignal[] = [];
    const { guest, probe } = load(
      {
        wait: (host) => {
          signals.push(host.account.service.signal);
          return new Promise(() => {});
        },
      },
      { limits: { startTimeoutMs: 20 } },
    );
    await expect(toPromising(guest.guarded)(1)).rejects.toBe(TRAP);
    expect(probe.account.ended).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
