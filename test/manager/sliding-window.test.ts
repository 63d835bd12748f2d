import { expect, test } from 'vitest';
import { SlidingWindow } from '../../engine/manager/sliding-window.ts';

test('what is older than the window is forgotten, a bucket at a time', () => {
  const window = new SlidingWindow(1_200, ['calls', 'ms']);
  window.add(0, 'calls', 5);
  window.add(600, 'calls', 1);
  window.add(600, 'ms', 40);
  expect(window.totals(1_100)).toEqual({ calls: 6, ms: 40 });
  expect(window.totals(1_250)).toEqual({ calls: 1, ms: 40 });
  expect(window.totals(5_000)).toEqual({ calls: 0, ms: 0 });
});

test('a clock that goes back, or far ahead, leaves no sum behind', () => {
  const window = new SlidingWindow(1_200, ['calls']);
  window.add(10_000, 'calls', 2);
  window.add(500, 'calls', 1);
  expect(window.totals(10_000).calls).toBe(3);
  expect(window.totals(1e15).calls).toBe(0);
  window.add(1e15, 'calls', 4);
  expect(window.totals(1e15 + 1).calls).toBe(4);
});
