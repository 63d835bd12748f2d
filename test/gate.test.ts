import { expect, test } from 'vitest';
import { Gate } from '../engine/gate.ts';

test('so many are under way at the same time, and in order', async () => {
  const gate = new Gate(3);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      gate.run(async () => {
        order.push(i);
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('what fails makes room like any other', async () => {
  const gate = new Gate(1);
  const failing = Array.from({ length: 5 }, () => gate.run(() => Promise.reject(new Error('no'))));
  for (const outcome of await Promise.allSettled(failing)) expect(outcome.status).toBe('rejected');
  expect(await gate.run(async () => 'yes')).toBe('yes');
});
