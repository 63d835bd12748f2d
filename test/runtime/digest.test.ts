import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { NONCE_BYTES, SECRET_BYTES, SecretHash, sha256 } from '../../engine/runtime/digest.ts';

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

describe('names under a secret', () => {
  const hash = new SecretHash(new Uint8Array(SECRET_BYTES).fill(1));
  const nonce = new Uint8Array(NONCE_BYTES).fill(2);
  const large = Uint8Array.from({ length: 9_000_001 }, (_, i) => i * 13);

  test('are the same whether they are computed at once or in slices', async () => {
    for (const length of [0, 1, 15, 16, 17, 4_194_304, 4_194_305, large.length]) {
      const part = large.subarray(0, length);
      expect(await hash.nameOfLarge(part)).toBe(hash.nameOf(part));
    }
  });

  test('differ with the bytes, with their number, and with each half of the secret', () => {
    const names = [bytes, bytes.subarray(1), bytes.with(700_000, 1), new Uint8Array(16), new Uint8Array(17)].map((of) =>
      hash.nameOf(of),
    );
    for (const at of [0, SECRET_BYTES - 1]) {
      names.push(new SecretHash(new Uint8Array(SECRET_BYTES).fill(1).with(at, 2)).nameOf(bytes));
    }
    expect(new Set(names).size).toBe(7);
  });

  test('seals are of all parts as one, and of the nonce', async () => {
    const whole = await hash.seal(nonce, large);
    expect(
      await hash.seal(nonce, large.subarray(0, 5), large.subarray(5, 4_200_000), large.subarray(4_200_000)),
    ).toEqual(whole);
    expect(await hash.seal(nonce.with(3, 9), large)).not.toEqual(whole);
    expect(await hash.seal(nonce, large.with(8_999_999, 0))).not.toEqual(whole);
  });
});
