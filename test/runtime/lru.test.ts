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
