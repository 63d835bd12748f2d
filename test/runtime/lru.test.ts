import { expect, test } from 'vitest';
import { Lru } from '../../engine/runtime/lru.ts';

test('forgets what was not used for the longest time', () => {
  const lru = new Lru<string, number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  expect(lru.get('a')).toBe(1);
  lru.set('c', 3);
  expect([lru.get('a'), lru.get('b'), lru.get('c'), lru.size]).toEqual([1, undefined, 3, 2]);
  lru.set('a', 4);
  lru.set('d', 5);
  expect([lru.get('a'), lru.get('c')]).toEqual([4, undefined]);
  lru.delete('a');
  expect(lru.get('a')).toBeUndefined();
});

test('values have weights', () => {
  const lru = new Lru<string, number>(10, (value) => value);
  lru.set('a', 4);
  lru.set('b', 4);
  expect(lru.weight).toBe(8);
  lru.set('c', 5);
  expect([lru.get('a'), lru.get('b'), lru.get('c'), lru.weight]).toEqual([undefined, 4, 5, 9]);
  lru.set('b', 1);
  expect(lru.weight).toBe(6);
  lru.delete('c');
  lru.delete('c');
  expect([lru.size, lru.weight]).toEqual([1, 1]);
});

test('a value that is too heavy is kept alone', () => {
  const lru = new Lru<string, number>(10, (value) => value);
  lru.set('a', 4);
  lru.set('b', 50);
  expect([lru.size, lru.get('b')]).toEqual([1, 50]);
  lru.set('c', 1);
  expect([lru.size, lru.get('c')]).toEqual([1, 1]);
});
