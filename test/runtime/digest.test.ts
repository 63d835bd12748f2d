import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../engine/runtime/digest.ts';

const bytes = Uint8Array.from({ length: 1_500_000 }, (_, i) => i * 7);
const expected = (length: number): string => createHash('sha256').update(bytes.subarray(0, length)).digest('hex');

describe('SHA-256', () => {
  test.each([0, 1, 524_287, 524_288, 524_289, 1_048_576, 1_500_000])('of %i bytes', async (length) => {
    expect(await sha256(bytes.subarray(0, length))).toBe(expected(length));
  });

  test.each([0, 3, 524_288, 700_000, 1_500_000])('of two parts, the first of %i bytes', async (at) => {
    expect(await sha256(bytes.subarray(0, at), bytes.subarray(at))).toBe(expected(bytes.length));
  });

  test('of large inputs lets others run in between', async () => {
    let turns = 0;
    const count = (): void => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    await sha256(bytes);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThan(1);
  });
});
