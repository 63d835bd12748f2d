import { expect, test } from 'vitest';
import { fingerprint } from '../../engine/runtime/digest.ts';
import { GivenBytes } from '../../engine/runtime/given-bytes.ts';

test.each([
  ['small', 1_000],
  ['large', 300_000],
])('%s arrays: the name is that of what is in them now, however often they come', (_, size) => {
  const given = new GivenBytes();
  const array = new Uint8Array(size).fill(7);
  const names = new Set<string>();
  for (const value of [1, 1, 1, 2, 2, 2, 1, 2, 1]) {
    array[size - 1] = value;
    const name = given.nameOf(array, array);
    expect(name).toBe(fingerprint(array));
    names.add(name);
  }
  expect(names.size).toBe(2);
});

test('the name is that of the content: of any length, at any place in a buffer', () => {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, i) => i);
  const names = [0, 1, 15, 16, 17, 4_999, 5_000].map((length) => fingerprint(bytes.subarray(0, length)));
  expect(new Set(names).size).toBe(names.length);
  expect(fingerprint(Uint8Array.of(9, ...bytes).subarray(1))).toBe(fingerprint(bytes));
  expect(fingerprint(new Uint8Array(16))).not.toBe(fingerprint(new Uint8Array(17)));
});
