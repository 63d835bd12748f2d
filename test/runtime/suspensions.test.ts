import { expect, test } from 'vitest';
import { SuspensionSlots } from '../../engine/runtime/suspensions.ts';

const plugin = {};

test('so many at the same time, the others in order of arrival', async () => {
  const slots = new SuspensionSlots(2);
  expect([slots.tryTake(), slots.tryTake(), slots.tryTake()]).toEqual([true, true, false]);
  const order: number[] = [];
  const waiting = [1, 2, 3].map((n) => slots.join(plugin).reached.then(() => order.push(n)));
  slots.give();
  await waiting[0];
  expect(order).toEqual([1]);
  slots.give();
  slots.give();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
  // All that was taken comes back.
  for (let i = 0; i < 2; i++) slots.give();
  expect([slots.tryTake(), slots.tryTake(), slots.tryTake()]).toEqual([true, true, false]);
});

test('who has given up takes none', async () => {
  const slots = new SuspensionSlots(1);
  slots.tryTake();
  const first = slots.join(plugin);
  const next = slots.join(plugin);
  expect(first.leave()).toBe(true);
  slots.give();
  await next.reached;
  slots.give();
  expect([slots.tryTake(), slots.tryTake()]).toEqual([true, false]);
});
