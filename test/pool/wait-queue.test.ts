import { describe, expect, test } from 'vitest';
import { resolveLimits } from '../../engine/limits.ts';
import { WaitQueue } from '../../engine/pool/wait-queue.ts';
import { failure } from '../support/errors.ts';

const settings = (timeoutMs = 60_000, signal?: AbortSignal) => ({
  limits: resolveLimits({ timeoutMs }),
  signal,
  context: undefined,
});

test('serves in order of arrival', async () => {
  const queue = new WaitQueue<number>();
  const waiting = ['a', 'b', 'c'].map(async (name) => `${name}${await queue.join(settings(), performance.now())}`);
  expect(queue.length).toBe(3);
  for (let i = 1; i <= 4; i++) queue.serve(i);
  expect(queue.length).toBe(0);
  expect(await Promise.all(waiting)).toEqual(['a1', 'b2', 'c3']);
});

test('refuses the first, or all', async () => {
  const queue = new WaitQueue<number>();
  const reason = new Error('no');
  const waiting = [1, 2, 3].map(() => queue.join(settings(), performance.now()));
  queue.refuseFirst(reason);
  expect(queue.length).toBe(2);
  queue.refuseAll(reason);
  expect(queue.length).toBe(0);
  for (const one of waiting) await expect(one).rejects.toBe(reason);
  queue.refuseFirst(reason);
});

describe('leaves', () => {
  test('when its time is up, counted from when it was made', async () => {
    const queue = new WaitQueue<number>();
    await failure(() => queue.join(settings(10), performance.now()), 'DEADLINE_EXCEEDED');
    await failure(() => queue.join(settings(10_000), performance.now() - 20_000), 'DEADLINE_EXCEEDED');
    expect(queue.length).toBe(0);
  });

  test('when its signal fires', async () => {
    const queue = new WaitQueue<number>();
    const controller = new AbortController();
    const first = failure(() => queue.join(settings(60_000, controller.signal), performance.now()), 'CANCELLED');
    const second = queue.join(settings(), performance.now());
    controller.abort();
    await first;
    expect(queue.length).toBe(1);
    queue.serve(5);
    expect(await second).toBe(5);
    await failure(() => queue.join(settings(60_000, controller.signal), performance.now()), 'CANCELLED');
    expect(queue.length).toBe(0);
  });
});
