import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findCycle, inOrder } from '../../engine/manager/dependency-graph.ts';

const graph = (edges: Readonly<Record<string, readonly string[]>>): Map<string, readonly string[]> =>
  new Map(Object.entries(edges));

test('a cycle is named from one of its plugins back to it', () => {
  expect(findCycle(graph({ a: ['b'], b: ['c'], c: ['b'] }))).toEqual(['b', 'c', 'b']);
  expect(findCycle(graph({ a: ['a'] }))).toEqual(['a', 'a']);
  expect(findCycle(graph({ a: ['b', 'c'], b: ['c'], c: [] }))).toBe(undefined);
  expect(findCycle(graph({ a: ['nobody'] }))).toBe(undefined);
});

test('a chain of any length is walked', () => {
  const length = 50_000;
  const chain = new Map(Array.from({ length }, (_, i) => [`${i}`, [`${i + 1}`]]));
  expect(findCycle(chain)).toBe(undefined);
  expect(inOrder(chain)[0]).toBe(`${length - 1}`);
  chain.set(`${length}`, ['0']);
  expect(findCycle(chain)).toHaveLength(length + 2);
});

test('each plugin comes after those that it needs', () => {
  const edges = fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 60 });
  fc.assert(
    fc.property(edges, (pairs) => {
      const needs = new Map<string, string[]>(Array.from({ length: 31 }, (_, i) => [`${i}`, []]));
      // Only towards smaller numbers: no cycles.
      for (const [a, b] of pairs) if (a > b) needs.get(`${a}`)?.push(`${b}`);
      expect(findCycle(needs)).toBe(undefined);
      const order = inOrder(needs);
      expect(order).toHaveLength(31);
      for (const [id, others] of needs) {
        for (const other of others) expect(order.indexOf(other)).toBeLessThan(order.indexOf(id));
      }
    }),
  );
});
