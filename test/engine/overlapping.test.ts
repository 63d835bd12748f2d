/** Calls may overlap: they queue or spread over instances, and never interleave in one. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type LimitsInput, type Plugin } from '../../engine/index.ts';
import { canSuspend } from '../../engine/runtime/jspi.ts';
import { failure, failureSync } from '../support/errors.ts';
import { httpPlugin } from '../support/http-guest.ts';

let server: Server;
let url = '';
let engine: Engine;
/** Requests that wait for an answer, in order of arrival. */
const held: (() => void)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/now') response.end('1');
    else held.push(() => response.end(JSON.stringify(request.headers['x-call'] ?? null)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  engine = await createEngine();
});
afterAll(async () => {
  await engine?.close({ deadlineMs: 0 });
  server.closeAllConnections();
  server.close();
});

/** Waits until so many requests are being held. */
async function untilHeld(count: number): Promise<void> {
  while (held.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
}
const answerAll = (): void => {
  for (const answer of held.splice(0)) answer();
};

describe.runIf(canSuspend).each(['inline', 'worker'] as const)('calls that wait (%s)', (executor) => {
  let plugin: Plugin;
  afterAll(() => plugin?.unload({ deadlineMs: 0 }));
  const load = async (limits: LimitsInput): Promise<void> => {
    await plugin?.unload({ deadlineMs: 0 });
    held.length = 0;
    plugin = await engine.load(httpPlugin('http://127.0.0.1:*'), {
      id: 'waiting',
      executor,
      grants: { http: ['http://127.0.0.1:*'] },
      limits: { httpConcurrent: 1_000, ...limits },
    });
  };
  const call = (name: number | string = 0, options = {}): Promise<unknown> =>
    plugin.call('fetch', { url, headers: { 'x-call': String(name) } }, options);

  test('run side by side, each in an instance of its own, and each gets its own answer', async () => {
    await load({ instances: 5 });
    const calls = Array.from({ length: 5 }, (_, i) => call(i));
    await untilHeld(5);
    // Answered the other way round.
    for (const answer of held.splice(0).reverse()) answer();
    expect(await Promise.all(calls)).toEqual(['0', '1', '2', '3', '4']);
  });

  test('never share an instance: with one, they come one after the other, in order', async () => {
    await load({ instances: 1 });
    const order: unknown[] = [];
    const calls = Array.from({ length: 4 }, (_, i) => call(i).then((value) => order.push(value)));
    for (let i = 0; i < 4; i++) {
      await untilHeld(1);
      expect(held).toHaveLength(1);
      answerAll();
      await calls[i];
    }
    expect(order).toEqual(['0', '1', '2', '3']);
  });

  test('are refused when the queue is full, and the others are not lost', async () => {
    await load({ instances: 1, queue: 2 });
    const first = call(1);
    await untilHeld(1);
    const waiting = [call(2), call(3)];
    const error = await failure(() => call(4), 'BUSY');
    expect(error.details).toMatchObject({ limit: 'queue', used: 2, allowed: 2, instances: 1 });
    failureSync(() => plugin.callSync('status', 1), 'UNSUPPORTED_PLATFORM');
    const settled = Promise.all([first, ...waiting]);
    const timer = setInterval(answerAll, 1);
    expect(await settled).toEqual(['1', '2', '3']);
    clearInterval(timer);
  });

  test('without a queue are refused as soon as all instances are busy', async () => {
    await load({ instances: 2, queue: 0 });
    const calls = [call(1), call(2)];
    await untilHeld(2);
    await failure(() => call(3), 'BUSY');
    answerAll();
    expect(await Promise.all(calls)).toEqual(['1', '2']);
  });

  test('time in the queue counts', async () => {
    await load({ instances: 1 });
    const first = call(1);
    await untilHeld(1);
    const error = await failure(() => call(2, { limits: { timeoutMs: 20 } }), 'DEADLINE_EXCEEDED');
    expect(error.details).toMatchObject({ function: 'fetch', limit: 'timeoutMs', allowed: 20 });
    answerAll();
    expect(await first).toBe('1');
  });

  test('aborting takes a call out of the queue at once', async () => {
    await load({ instances: 1, queue: 1 });
    const first = call(1);
    await untilHeld(1);
    const controller = new AbortController();
    const second = failure(() => call(2, { signal: controller.signal }), 'CANCELLED');
    await failure(() => call(3), 'BUSY');
    controller.abort();
    await second;
    const third = call(3);
    answerAll();
    await untilHeld(1);
    answerAll();
    expect(await Promise.all([first, third])).toEqual(['1', '3']);
  });

  test('one that fails takes only its own instance along', async () => {
    await load({ instances: 2 });
    const [good, bad] = [call('good'), failure(() => call('bad', { limits: { timeoutMs: 30 } }), 'DEADLINE_EXCEEDED')];
    await untilHeld(2);
    await bad;
    answerAll();
    expect(await good).toBe('good');
    const next = call('next');
    await untilHeld(1);
    answerAll();
    expect(await next).toBe('next');
  });

  test('many callers, faults mixed in: every call settles once, and the plugin is whole afterwards', async () => {
    await load({ instances: 4, queue: 1_000 });
    const timer = setInterval(answerAll, 1);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) => {
        if (i % 10 === 3) return call(i, { signal: AbortSignal.timeout(i % 7) });
        if (i % 10 === 6) return call(i, { limits: { timeoutMs: 1 + (i % 5) } });
        if (i % 10 === 9) return call(i, { limits: { fuel: 15_000 } });
        return call(i);
      }),
    );
    outcomes.forEach((outcome, i) => {
      if (i % 10 === 9) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'OUT_OF_FUEL' } });
      else if (i % 10 === 3 || i % 10 === 6) expect(['fulfilled', 'rejected']).toContain(outcome.status);
      else expect(outcome).toEqual({ status: 'fulfilled', value: String(i) });
    });
    expect(await call('after')).toBe('after');
    clearInterval(timer);
  });
});
