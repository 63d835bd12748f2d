/** What every executor promises to host functions that need a service, and to the services. One suite, run against each. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RingfenceError } from '../../engine/errors.ts';
import type { Executor, ExecutorInstance } from '../../engine/executors/executor.ts';
import type { HttpChunk, HttpFailure, HttpHead, HttpService } from '../../engine/host/http-service.ts';
import type { ServiceCall } from '../../engine/host/services.ts';
import type { LimitsInput } from '../../engine/limits.ts';
import { failure } from '../support/errors.ts';
import { httpPlugin } from '../support/http-guest.ts';
import { runnable, settings } from './support/runnable.ts';

const HEAD: HttpHead = { ok: true, exchange: 1, status: 200, headers: '{}', url: 'http://example.com/' };
const END: HttpChunk = { ok: true, bytes: new Uint8Array(0) };
const forever = new Promise<never>(() => {});

export function serviceContract(create: () => Executor): void {
  let executor: Executor;
  beforeAll(() => {
    executor = create();
  });
  afterAll(() => executor.close());

  /** An instance whose service is this, as far as it goes. */
  async function start(http: Partial<HttpService>): Promise<ExecutorInstance> {
    const service: HttpService = {
      mayWait: true,
      send: () => HEAD,
      open: () => HEAD,
      write: () => ({ ok: true, wanted: true }),
      finish: () => HEAD,
      read: () => END,
      close: () => {},
      ...http,
    };
    const permits = new Map([['http', { granted: true } as const]]);
    const plugin = await runnable(httpPlugin('http://example.com'), { http: service, permits });
    return executor.start(plugin, settings(), performance.now());
  }
  const call = async (
    instance: ExecutorInstance,
    name = 'fetch',
    limits: LimitsInput = {},
    signal?: AbortSignal,
    context?: unknown,
  ): Promise<unknown> => instance.call(name, '"head"', 'text', settings(limits, signal, context), performance.now());
  /** A body in these pieces, and then its end. */
  const pieces = (...texts: string[]): (() => HttpChunk) => {
    const left = texts.map((text) => new TextEncoder().encode(text));
    return () => ({ ok: true, bytes: left.shift() ?? END.bytes });
  };

  test('what a service answers at once', async () => {
    const asked: unknown[] = [];
    const instance = await start({
      send: (_, head, body) => {
        asked.push(head, body);
        return HEAD;
      },
      read: pieces('hello, ', '漢字'),
    });
    expect(await call(instance)).toBe('hello, 漢字');
    expect(await call(instance, 'post')).toBe('');
    expect(asked).toEqual(['"head"', null, '"head"', new TextEncoder().encode('"head"')]);
    expect(instance.usage.hostCalls).toBeGreaterThan(0);
  });

  test('what it answers later', async () => {
    const next = pieces('a', 'b', 'c');
    const later = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), 1));
    const instance = await start({ send: () => later(HEAD), read: () => later(next()) });
    expect(await call(instance)).toBe('abc');
    expect(instance.state).toBe('idle');
  });

  test('a few bytes out of a large buffer', async () => {
    const large = new Uint8Array(1_000_000).fill(120);
    let reads = 0;
    const instance = await start({
      read: () => ({ ok: true, bytes: large.subarray(10, reads++ === 0 ? 13 : 10) }),
    });
    expect(await call(instance)).toBe('xxx');
  });

  test('a refusal that the guest can read', async () => {
    const refusal: HttpFailure = { ok: false, code: 'BUSY', message: 'not now' };
    const instance = await start({ send: async () => refusal });
    expect(JSON.parse((await call(instance)) as string)).toEqual({ code: 'BUSY', message: 'not now' });
  });

  test('services know the call that they work for, and count for it', async () => {
    const calls: ServiceCall[] = [];
    const instance = await start({
      send: (call) => {
        calls.push(call);
        call.counters.httpRequests += 3;
        return HEAD;
      },
    });
    const context = { user: 'someone', secret: () => 5 };
    const asked = performance.now();
    await call(instance, 'fetch', { timeoutMs: 5_000, httpRequests: 7 }, undefined, context);
    const [known] = calls as [ServiceCall];
    expect(known.context).toBe(context);
    expect(known.limits).toMatchObject({ timeoutMs: 5_000, httpRequests: 7 });
    expect(known.deadline).toBeGreaterThanOrEqual(asked + 5_000);
    expect(known.deadline).toBeLessThan(performance.now() + 5_000);
    expect(known.signal.aborted).toBe(true);
    expect(instance.usage.httpRequests).toBe(3);
    await call(instance, 'status');
    expect(calls[1]).not.toBe(known);
    expect(instance.usage.httpRequests).toBe(3);
  });

  test.each<[string, HttpService['send'], string]>([
    [
      'throws',
      () => {
        throw new Error('no luck');
      },
      'no luck',
    ],
    ['rejects', async () => Promise.reject(new Error('no luck')), 'no luck'],
    ['answers with nothing', (() => undefined) as never, ''],
    ['answers with something else', (async () => 5) as never, ''],
  ])('a service that %s fails the call, and nothing else', async (_, send, message) => {
    const instance = await start({ send });
    const error = await call(instance).then(
      () => undefined,
      (reason: unknown) => reason as RingfenceError,
    );
    // What a guest reads out of junk is junk; it may take it for an answer.
    if (message !== '') {
      expect(error).toMatchObject({ code: 'HOST_FUNCTION_FAILED', details: { import: 'http_request' } });
      expect(error?.message).toContain(message);
    }
    expect(await call(await start({}))).toBe('');
  });

  test('an error of ours stays what it is', async () => {
    const instance = await start({
      send: () => {
        throw new RingfenceError('PERMISSION_DENIED', 'not you', { details: { who: 'you' } });
      },
    });
    const error = await failure(() => call(instance), 'PERMISSION_DENIED');
    expect(error.details).toMatchObject({ who: 'you' });
  });

  test('a service that hangs is left at the deadline, and told so', async () => {
    let told: AbortSignal | undefined;
    const instance = await start({
      send: (call) => {
        told = call.signal;
        return forever;
      },
    });
    const error = await failure(() => call(instance, 'fetch', { timeoutMs: 30 }), 'DEADLINE_EXCEEDED');
    expect(error.details).toMatchObject({ limit: 'timeoutMs', allowed: 30 });
    expect(told?.aborted).toBe(true);
    expect(instance.state).toBe('poisoned');
  });

  test('and when the call is aborted or interrupted', async () => {
    const soon = (act: () => void): Partial<HttpService> => ({
      send() {
        setTimeout(act, 5);
        return forever;
      },
    });
    const controller = new AbortController();
    const aborted = await start(soon(() => controller.abort()));
    await failure(() => call(aborted, 'fetch', {}, controller.signal), 'CANCELLED');
    const interrupted: ExecutorInstance = await start(
      soon(() => interrupted.interrupt(new RingfenceError('CLOSED', 'enough'))),
    );
    expect((await failure(() => call(interrupted), 'CLOSED')).message).toBe('enough');
  });

  test('a late answer reaches nobody', async () => {
    const late = Promise.withResolvers<HttpHead>();
    const controller = new AbortController();
    const first = await start({
      send() {
        setTimeout(() => controller.abort(), 5);
        return late.promise;
      },
    });
    const second = await start({ send: () => ({ ...HEAD, status: 299 }) });
    await failure(() => call(first, 'status', {}, controller.signal), 'CANCELLED');
    late.resolve(HEAD);
    expect(await call(second, 'status')).toBe('299');
  });
}
