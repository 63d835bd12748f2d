/** Numbers and names at the edges of their encodings. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader } from '../../engine/wasm/reader.ts';
import { Writer } from '../../engine/wasm/writer.ts';
import { parseHex } from '../support/wasm-bytes.ts';

type Method = 'u32' | 's32' | 's33' | 'u64' | 's64';

const reader = (hex: string): Reader => new Reader(parseHex(hex));

describe('LEB128 numbers', () => {
  const good: readonly [Method, string, number | bigint][] = [
    ['u32', '00', 0],
    ['u32', '7f', 127],
    ['u32', '80 01', 128],
    ['u32', 'ff ff ff ff 0f', 0xffff_ffff],
    ['u32', '80 80 80 80 08', 0x8000_0000],
    ['u32', '80 00', 0],
    ['u32', '83 80 80 80 00', 3],
    ['s32', '00', 0],
    ['s32', '3f', 63],
    ['s32', '40', -64],
    ['s32', '7f', -1],
    ['s32', 'bf 7f', -65],
    ['s32', 'ff ff ff ff 07', 0x7fff_ffff],
    ['s32', '80 80 80 80 78', -0x8000_0000],
    ['s32', 'ff ff ff ff 7f', -1],
    ['s32', '80 80 80 80 00', 0],
    ['s33', '00', 0],
    ['s33', '3f', 63],
    ['s33', '70', -16],
    ['s33', 'f0 7f', -16],
    ['s33', 'ff ff ff ff 0f', 0xffff_ffff],
    ['s33', '80 80 80 80 70', -(2 ** 32)],
    ['u64', 'ff ff ff ff ff ff ff ff ff 01', 2n ** 64n - 1n],
    ['u64', '80 80 80 80 80 80 80 80 80 00', 0n],
    ['s64', 'ff ff ff ff ff ff ff ff ff 00', 2n ** 63n - 1n],
    ['s64', '80 80 80 80 80 80 80 80 80 7f', -(2n ** 63n)],
    ['s64', 'ff ff ff ff ff ff ff ff ff 7f', -1n],
    ['s64', '40', -64n],
  ];
  it.each(good)('%s takes %s as %s', (method, hex, value) => {
    const input = reader(hex);
    expect(input[method]()).toBe(value);
    expect(input.done).toBe(true);
  });

  const bad: readonly [Method, string, RegExp][] = [
    ['u32', '', /ends where number was expected/],
    ['u32', '80', /ends where/],
    ['u32', 'ff ff ff ff', /ends where/],
    ['u32', 'ff ff ff ff 1f', /does not fit in 32 bits/],
    ['u32', '80 80 80 80 10', /does not fit in 32 bits/],
    ['u32', '80 80 80 80 70', /does not fit in 32 bits/],
    ['u32', '80 80 80 80 80 00', /longer than 5 bytes/],
    ['s32', '80', /ends where/],
    ['s32', 'ff ff ff ff 0f', /does not fit in 32 bits/],
    ['s32', '80 80 80 80 70', /does not fit in 32 bits/],
    ['s32', '80 80 80 80 08', /does not fit in 32 bits/],
    ['s32', 'ff ff ff ff 4f', /does not fit in 32 bits/],
    ['s32', 'ff ff ff ff ff 7f', /longer than 5 bytes/],
    ['s33', 'ff ff ff ff 1f', /does not fit in 33 bits/],
    ['s33', '80 80 80 80 60', /does not fit in 33 bits/],
    ['s33', '80 80 80 80 80 00', /longer than 5 bytes/],
    ['u64', 'ff ff ff ff ff ff ff ff ff 03', /does not fit in 64 bits/],
    ['u64', '80 80 80 80 80 80 80 80 80 80 00', /longer than 10 bytes/],
    ['s64', '80 80 80 80 80 80 80 80 80 01', /does not fit in 64 bits/],
    ['s64', 'ff ff ff ff ff ff ff ff ff 7e', /does not fit in 64 bits/],
    ['s64', '80 80 80 80 80 80 80 80 80 80 00', /longer than 10 bytes/],
  ];
  it.each(bad)('%s refuses "%s"', (method, hex, message) => {
    expect(() => reader(hex)[method]()).toThrow(message);
  });

  it('reads back whatever the writer writes', () => {
    const written = (write: (writer: Writer) => Writer): Reader => new Reader(write(new Writer()).finish());
    fc.assert(
      fc.property(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number, big) => {
        expect(written((writer) => writer.s32(number)).s32()).toBe(number);
        expect(written((writer) => writer.u32(number >>> 0)).u32()).toBe(number >>> 0);
        expect(written((writer) => writer.s53(number * 2)).s33()).toBe(number * 2);
        expect(written((writer) => writer.s64(big)).s64()).toBe(big);
        expect(written((writer) => writer.u64(BigInt.asUintN(64, big))).u64()).toBe(BigInt.asUintN(64, big));
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe('names', () => {
  it.each([
    ['00', ''],
    ['03 61 62 63', 'abc'],
    ['03 ef bb bf', '\ufeff'],
    ['04 f0 9f 8e b5', '\u{1f3b5}'],
    ['01 00', '\0'],
  ])('takes %s', (hex, text) => {
    expect(reader(hex).name('name', 10)).toBe(text);
  });

  it.each([
    ['a lone continuation byte', '01 80'],
    ['an over-long form', '02 c0 80'],
    ['a surrogate', '03 ed a0 80'],
    ['a code point past U+10FFFF', '04 f4 90 80 80'],
    ['a cut-off sequence', '02 e2 82'],
  ])('refuses %s', (_, hex) => {
    expect(() => reader(hex).name('name', 10)).toThrow(/name is not UTF-8 \(at offset 0x1\)/);
  });

  it('checks the length against the bytes left before the limit', () => {
    expect(() => reader('ff ff ff ff 0f').name('name', 10)).toThrow(/claims 4294967295 bytes but 0 are left/);
    expect(() => reader('03 61 62 63').name('name', 2)).toThrow(/name of 3 bytes: at most 2 are allowed/);
  });
});

describe('bounds', () => {
  it('keeps absolute offsets inside a window', () => {
    const outer = reader('00 01 02 03 04');
    outer.skip(2);
    const inner = outer.window(2, 'import section');
    expect(outer.offset).toBe(4);
    expect([inner.u8(), inner.u8()]).toEqual([2, 3]);
    expect(() => inner.u8('kind')).toThrow(/ends where kind was expected \(at offset 0x4\)/);
  });

  it('names the section, the item and the offset', () => {
    const input = new Reader(parseHex('00 80'), 1, 2, 'import section');
    input.item = 'import';
    input.index = 7;
    expect(() => input.u32('kind')).toThrow(
      expect.objectContaining({
        code: 'INVALID_MODULE',
        stage: 'decode',
        message: 'import section, import 7: ends where kind was expected (at offset 0x2)',
        details: { offset: 2, section: 'import', item: 'import', index: 7 },
      }),
    );
  });

  it('checks counts against bytes left, then against the limit', () => {
    expect(() => reader('ff ff ff ff 0f 00').count('types', 10)).toThrow(
      /claims 4294967295 types but only 1 bytes are left/,
    );
    expect(() => reader('02 00 00 00').count('types', 10, 2)).toThrow(/claims 2 types/);
    expect(() => reader('02 00 00').count('types', 1)).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { limit: 'types', used: 2, allowed: 1, offset: 0 } }),
    );
  });

  it('refuses what is left over, skipped past the end or read past it', () => {
    expect(() => reader('00').expectEnd()).toThrow(/1 bytes left over/);
    expect(() => reader('00').skip(2)).toThrow(/needs 2 bytes but 1 are left/);
    expect(() => reader('00').window(2, 'part')).toThrow(/part needs 2 bytes/);
    expect(() => reader('00 00 00').fixedU32('number')).toThrow(/ends where number/);
    expect(reader('ff ff ff ff').fixedU32('number')).toBe(0xffff_ffff);
  });

  it('peeks without taking', () => {
    const input = reader('05');
    expect([input.peek(), input.peek(), input.u8()]).toEqual([5, 5, 5]);
    expect(() => input.peek('flag')).toThrow(/flag/);
  });
});
