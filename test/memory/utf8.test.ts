import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstBadUtf8 } from '../../engine/memory/utf8.ts';

const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

describe('firstBadUtf8', () => {
  test.each([
    ['empty', [], 0],
    ['ASCII', [0x41, 0x42], 2],
    ['two, three and four bytes', [...new TextEncoder().encode('é漢🎵')], 9],
    ['a lone continuation', [0x41, 0x80], 1],
    ['a truncated sequence', [0x41, 0xe6, 0xbc], 1],
    ['an over-long slash', [0xc0, 0xaf], 0],
    ['an over-long three-byte form', [0xe0, 0x80, 0xaf], 0],
    ['an over-long four-byte form', [0xf0, 0x80, 0x80, 0xaf], 0],
    ['a surrogate', [0x41, 0xed, 0xa0, 0x80], 1],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 0],
    ['a byte that no text has', [0x41, 0x42, 0xff], 2],
  ])('%s', (_, bytes, offset) => {
    expect(firstBadUtf8(Uint8Array.from(bytes))).toBe(offset);
  });

  test('agrees with the native decoder', () => {
    const bytes = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xc3, 0xa9, 0xe6, 0xbc, 0xa2, 0xf0, 0x9f)),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(bytes, (list) => {
        const given = Uint8Array.from(list);
        expect(firstBadUtf8(given) === given.length).toBe(isUtf8(given));
      }),
      { numRuns: 2_000 },
    );
  });
});
