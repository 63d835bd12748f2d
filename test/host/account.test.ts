import { describe, expect, test } from 'vitest';
import { CallAccount } from '../../engine/host/account.ts';
import { type LimitsInput, resolveLimits } from '../../engine/limits.ts';
import { failureSync } from '../support/errors.ts';

/** An account over a gauge that the test moves, as a guest would. */
function open(
  limits: LimitsInput = {},
  {
    signal,
    startedAt = performance.now(),
    isStopped,
  }: { signal?: AbortSignal; startedAt?: number; isStopped?: () => boolean } = {},
) {
  const gauge = { fuel: 0, stack: 0 };
  const resolved = resolveLimits({ timeoutMs: 60_000, ...limits });
  const account = new CallAccount(resolved, isStopped);
  account.attach({
    get: () => gauge.fuel,
    spend: (fuel) => {
      gauge.fuel -= fuel;
      return gauge.fuel;
    },
    begin: (fuel) => {
      const before = gauge.fuel;
      gauge.fuel = fuel;
      return before;
    },
  });
  account.begin({ limits: resolved, signal, context: undefined }, startedAt, 'timeoutMs');
  /** The guest burns fuel, and asks for more when a slice is used up. */
  const burn = (amount: number): boolean => {
    gauge.fuel -= amount;
    if (gauge.fuel >= 0) return true;
    const granted = account.refill(gauge.fuel);
    if (!(granted >= 0)) return false;
    gauge.fuel = granted;
    return true;
  };
  return { account, gauge, burn };
}

describe('slices', () => {
  test('begin small and double up to about a millisecond', () => {
    const { account, gauge } = open({ fuel: 1_000_000_000 });
    const slices = [gauge.fuel];
    for (let i = 0; i < 8; i++) slices.push(account.refill(0));
    expect(slices).toEqual([100_000, 200_000, 400_000, 800_000, 1_600_000, 3_200_000, 5_000_000, 5_000_000, 5_000_000]);
  });

  test('an overdraft is paid from the next one', () => {
    const { account } = open({ fuel: 1_000_000 });
    expect(account.refill(-150_000)).toBe(200_000);
    expect(account.granted).toBe(100_000 + 150_000 + 200_000);
  });

  test('a budget below the first slice', () => {
    const { account, gauge } = open({ fuel: 7 });
    expect(gauge.fuel).toBe(7);
    expect(account.refill(0)).toBe(0);
    expect(account.refill(-1)).toBeLessThan(0);
  });

  test.each([1, 99_999, 100_000, 100_001, 299_999, 300_000, 12_345_678])(
    'a guest that uses exactly its budget of %i ends well',
    (fuel) => {
      for (const step of [1, 17, 1_000, 70_001].filter((size) => fuel / size < 100_000)) {
        const [exactly, over] = [open({ fuel }), open({ fuel })];
        for (const { burn } of [exactly, over]) {
          for (let rest = fuel; rest > 0; rest -= step) expect(burn(Math.min(step, rest))).toBe(true);
        }
        exactly.account.settleReturn(0);
        expect(exactly.account.fuelUsed).toBe(fuel);
        // And one unit more does not.
        over.gauge.fuel -= 1;
        failureSync(() => over.account.settleReturn(0), 'OUT_OF_FUEL');
      }
    },
  );

  test('the last stretch over the budget is noticed at the return', () => {
    const { account, gauge } = open({ fuel: 1_000 });
    gauge.fuel = -1;
    failureSync(() => account.settleReturn(0), 'OUT_OF_FUEL');
    expect(account.fuelUsed).toBe(1_001);
  });

  test('an overdraft within the budget is not', () => {
    const { account, gauge } = open({ fuel: 200_000 });
    gauge.fuel = -50_000;
    account.settleReturn(0);
    expect(account.fuelUsed).toBe(150_000);
  });
});

describe('the first slice of the next call', () => {
  const next = { signal: undefined, context: undefined };

  test('lies ready once a call has returned, and no more than the call may use', () => {
    const { account, gauge, burn } = open({ fuel: 1_000_000 });
    burn(40_000);
    account.settleReturn(0);
    expect(account).toMatchObject({ fuelUsed: 40_000, rest: 60_000 });
    account.begin({ ...next, limits: resolveLimits({ fuel: 7 }) }, performance.now(), 'timeoutMs');
    expect([gauge.fuel, account.rest]).toEqual([7, 7]);
    burn(7);
    account.settleReturn(0);
    account.begin({ ...next, limits: resolveLimits({ fuel: 1_000_000 }) }, performance.now(), 'timeoutMs');
    expect([gauge.fuel, account.granted]).toEqual([100_000, 100_000]);
  });

  test('is handed out anew after a call that did not return', () => {
    const { account, gauge, burn } = open({ fuel: 1_000_000 });
    burn(40_000);
    account.settleTrap(0);
    account.begin({ ...next, limits: account.limits }, performance.now(), 'timeoutMs');
    expect(gauge.fuel).toBe(100_000);
  });

  test('is not billed when the call before went over its budget at the end', () => {
    const { account, gauge } = open({ fuel: 1_000 });
    gauge.fuel = -1;
    failureSync(() => account.settleReturn(0), 'OUT_OF_FUEL');
    account.settleFault(0);
    expect(account.fuelUsed).toBe(1_001);
  });
});

describe('the bill', () => {
  test('of a guest that trapped by itself is its whole slice', () => {
    const { account, gauge, burn } = open();
    burn(150_000);
    gauge.fuel = 123;
    account.settleTrap(0);
    expect(account.fuelUsed).toBe(account.granted);
  });

  test('of a guest that a host function ended is exact', () => {
    const { account, gauge } = open();
    gauge.fuel = 60_000;
    account.end(new Error('reason'));
    gauge.fuel = 1;
    account.settleTrap(0);
    expect(account.fuelUsed).toBe(40_000);
  });

  test('of a guest that was refused more is exact', () => {
    const { account } = open({ fuel: 150_000 });
    account.refill(-10);
    account.refill(-300);
    account.settleTrap(0);
    expect(account.fuelUsed).toBe(150_300);
    expect(account.ended).toMatchObject({ code: 'OUT_OF_FUEL', details: { limit: 'fuel', allowed: 150_000 } });
  });

  test('host calls are charged by the unit, refilling as the guest does', () => {
    const { account, gauge } = open({ fuel: 1_000_000 });
    expect(account.charge(100_000)).toBe(true);
    expect(gauge.fuel).toBe(0);
    expect(account.charge(1)).toBe(true);
    expect(account.charge(899_999)).toBe(true);
    expect(account.fuelLeft).toBe(0);
    expect(account.charge(1)).toBe(false);
  });

  test('a price beyond all budgets is refused, not wrapped around', () => {
    const { account } = open();
    expect(account.charge(2 ** 32 * 1_000)).toBe(false);
    expect(account.ended).toMatchObject({ code: 'OUT_OF_FUEL' });
  });
});

describe('a slice that ends', () => {
  test('after the deadline', () => {
    const { account } = open({}, { startedAt: performance.now() - 60_000 });
    expect(account.refill(0)).toBeLessThan(0);
    expect(account.ended).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      details: { limit: 'timeoutMs', allowed: 60_000 },
    });
  });

  test('after the signal has fired', () => {
    const controller = new AbortController();
    const { account } = open({}, { signal: controller.signal });
    expect(account.refill(0)).toBeGreaterThan(0);
    controller.abort(new Error('changed my mind'));
    expect(account.refill(0)).toBeLessThan(0);
    expect(account.ended).toMatchObject({ code: 'CANCELLED', cause: new Error('changed my mind') });
  });

  test('after another thread has asked for an end', () => {
    let asked = false;
    const { account } = open({}, { isStopped: () => asked });
    expect(account.refill(0)).toBeGreaterThan(0);
    asked = true;
    expect(account.refill(0)).toBeLessThan(0);
    expect(account.ended).toMatchObject({ code: 'CANCELLED' });
  });

  test('ends every later one, too', () => {
    const { account } = open();
    account.interrupt(new Error('closed'));
    expect(account.refill(100)).toBeLessThan(0);
    expect(account.charge(0)).toBe(true);
    expect(account.enter()).toBe(false);
  });
});

describe('waiting', () => {
  test('for work that ends', async () => {
    const { account } = open();
    expect(await account.wait(Promise.resolve(5))).toBe(5);
    await expect(account.wait(Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(account.ended).toBeUndefined();
  });

  const never = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

  test.each<[string, () => ReturnType<typeof open>, string]>([
    ['the deadline', () => open({ timeoutMs: 10 }), 'DEADLINE_EXCEEDED'],
    ['the signal', () => open({}, { signal: AbortSignal.timeout(10) }), 'CANCELLED'],
    ['a signal that has fired already', () => open({}, { signal: AbortSignal.abort() }), 'CANCELLED'],
  ])('%s ends the call and tells the work', async (_, make, code) => {
    const { account } = make();
    const { signal } = account.service;
    const waited = account.wait(never(signal));
    await expect(waited).rejects.toBeInstanceOf(WebAssembly.RuntimeError);
    expect(account.ended).toMatchObject({ code });
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(account.ended);
  });

  test('interrupting ends it at once', async () => {
    const { account } = open();
    const waited = account.wait(never(account.service.signal));
    account.interrupt(new Error('closed'));
    await expect(waited).rejects.toBeInstanceOf(WebAssembly.RuntimeError);
    expect(account.ended).toEqual(new Error('closed'));
  });

  test('what comes too late changes nothing', async () => {
    const { account } = open();
    let finish: (value: number) => void = () => {};
    const waited = account.wait(new Promise<number>((resolve) => (finish = resolve)));
    account.interrupt(new Error('closed'));
    finish(1);
    await expect(waited).rejects.toBeInstanceOf(WebAssembly.RuntimeError);
  });
});

describe('services', () => {
  test('see the call that asks, and its end', () => {
    const { account } = open({ httpRequests: 7 });
    const call = account.service;
    expect(account.service).toBe(call);
    expect(call).toMatchObject({ limits: { httpRequests: 7 }, deadline: account.deadline, callers: [] });
    const { signal } = call;
    expect(signal.aborted).toBe(false);
    account.endServices();
    expect(signal.aborted).toBe(true);
  });

  test('who asks for the signal when the call is over gets one that has fired', () => {
    const { account } = open();
    const call = account.service;
    account.end(new Error('enough'));
    account.endServices();
    expect(call.signal.reason).toEqual(new Error('enough'));
  });

  test('that go on after a call do not see the next one, nor count for it', () => {
    const { account } = open();
    const first = account.service;
    first.counters.httpRequests++;
    account.endServices();
    account.settleReturn(0);
    expect(account.httpRequests).toBe(1);
    const { limits } = account;
    account.begin({ limits, signal: undefined, context: 2 }, performance.now(), 'timeoutMs');
    first.counters.httpRequests++;
    expect(account.httpRequests).toBe(0);
    expect(account.service).not.toBe(first);
    expect(account.service).toMatchObject({ context: 2, counters: { httpRequests: 0 } });
  });
});

test('a call starts afresh', () => {
  const { account } = open();
  account.enter();
  account.end(new Error('x'));
  account.begin({ limits: account.limits, signal: undefined, context: 1 }, performance.now(), 'stopGraceMs');
  expect(account).toMatchObject({ ended: undefined, hostCalls: 0, granted: 100_000, context: 1, timeoutMs: 2_000 });
});
