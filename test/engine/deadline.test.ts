/** Calls that spin on the calling thread: fuel slices are all that ends them, and all that lets anything else run. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { failure, failureSync } from '../support/errors.ts';
import { compilePlugin, ECHO } from '../support/wat.ts';

let engine: Engine;
let plugin: Plugin;

beforeAll(async () => {
  engine = await createEngine({ executor: 'inline', limits: { fuel: '64G' } });
  plugin = await engine.load(compilePlugin({ functions: { echo: ECHO, spin: '(loop $l (br $l)) (unreachable)' } }));
});
afterAll(() => engine.close());

describe('a call that spins', () => {
  test('ends at its deadline, without a worker', async () => {
    const options = { limits: { timeoutMs: 40 } };
    const error = await failure(() => plugin.call('spin', 1, options), 'DEADLINE_EXCEEDED');
    expect(error.details).toMatchObject({ limit: 'timeoutMs', allowed: 40, usage: { wallMs: { limit: 40 } } });
    expect((error.details.usage as { wallMs: { used: number } }).wallMs.used).toBeGreaterThanOrEqual(40);
    failureSync(() => plugin.callSync('spin', 1, options), 'DEADLINE_EXCEEDED');
    expect(await plugin.call('echo', 'next')).toBe('next');
  });

  test('does not start when its signal has fired', async () => {
    const reason = new Error('changed my mind');
    const signal = AbortSignal.abort(reason);
    const error = await failure(() => plugin.call('echo', 1, { signal }), 'CANCELLED');
    expect(error.cause).toBe(reason);
    failureSync(() => plugin.callSync('echo', 1, { signal }), 'CANCELLED');
    expect(await plugin.call('echo', 'next')).toBe('next');
  });
});

describe.runIf(canSuspend)('where guests can be suspended, a call that spins', () => {
  /** Whether the event loop went round before the call ended. */
  const letsOthersRun = async (running: () => Promise<unknown>): Promise<boolean> => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    return failure(running, 'OUT_OF_FUEL').then(() => turned);
  };
  /** Some tens of milliseconds of work. */
  const WORK = { limits: { fuel: 200_000_000, timeoutMs: 60_000 } };

  test('lets the event loop run', async () => {
    expect(await letsOthersRun(() => plugin.call('spin', 1, WORK))).toBe(true);
  });

  test('ends when its signal fires', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await failure(
      () => plugin.call('spin', 1, { signal: controller.signal, limits: { timeoutMs: 30_000 } }),
      'CANCELLED',
    );
    expect(await plugin.call('echo', 'next')).toBe('next');
  });

  test('with so little fuel that it fits a slice keeps the thread until it ends', async () => {
    expect(await letsOthersRun(() => plugin.call('spin', 1, { limits: { fuel: 5_000_000 } }))).toBe(false);
    expect(await letsOthersRun(() => plugin.call('spin', 1, WORK))).toBe(true);
  });

  test('shares the thread with other calls, each in its own instance', async () => {
    const spinning = failure(() => plugin.call('spin', 1, { limits: { timeoutMs: 80 } }), 'DEADLINE_EXCEEDED');
    const results = await Promise.all([1, 2, 3].map((n) => plugin.call('echo', n)));
    expect(results).toEqual([1, 2, 3]);
    await spinning;
  });

  test('has the same bill as when it does not yield', async () => {
    const options = { limits: { fuel: 30_000_000, timeoutMs: 60_000 } };
    const bills = new Set<unknown>();
    for (let i = 0; i < 2; i++) {
      const error = await failure(() => plugin.call('spin', 1, options), 'OUT_OF_FUEL');
      bills.add((error.details.usage as { fuel: { used: number } }).fuel.used);
    }
    const error = failureSync(() => plugin.callSync('spin', 1, options), 'OUT_OF_FUEL');
    bills.add((error.details.usage as { fuel: { used: number } }).fuel.used);
    expect(bills.size).toBe(1);
  });
});
