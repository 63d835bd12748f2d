import { describe, expect, test } from 'vitest';
import { isFailed, pack, packedLength, packedPointer, unpack } from '../../engine/memory/packed.ts';

describe('packed results', () => {
  test.each([
    [0, 0, 0n],
    [1, 0, 1n << 32n],
    [0, 1, 1n],
    [0x8000_0000, 0x8000_0000, 0x8000_0000_8000_0000n],
    [0xffff_fffe, 0xffff_ffff, 0xffff_fffe_ffff_ffffn],
  ])('pointer %i and length %i', (pointer, length, packed) => {
    expect(pack(pointer, length)).toBe(packed);
    // A guest's i64 arrives signed.
    unpack(BigInt.asIntN(64, packed));
    expect([packedPointer(), packedLength(), isFailed()]).toEqual([pointer, length, false]);
  });

  test('-1 is a failure', () => {
    unpack(-1n);
    expect(isFailed()).toBe(true);
  });

  test('signed pointers are packed as unsigned ones', () => {
    expect(pack(-16, 8)).toBe((0xffff_fff0n << 32n) | 8n);
  });
});
