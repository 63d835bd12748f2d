import { describe, expect, test } from 'vitest';
import { guestHeap } from '../support/guest-heap.ts';

const NO_LIMIT = 2 ** 32;
const heap = guestHeap({ memory: '64' });
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Lengths on both sides of every change of method. */
const lengths = [1, 23, 24, 25, 1_000, 65_535, 65_536, 65_537, 200_000];
const samples = [
  ['ASCII', 'x'],
  ['Latin-1', 'é'],
  ['three-byte characters', '漢'],
  ['surrogate pairs', '🎵'],
  ['lone high surrogates', '\ud800'],
  ['lone low surrogates', '\udc00'],
] as const;

describe('text into guest memory', () => {
  test.each(samples.flatMap(([name, unit]) => lengths.map((length) => [name, length, unit] as const)))(
    '%s, %i units',
    (_, length, unit) => {
      const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      const pointer = heap.memory.giveText(text, NO_LIMIT);
      const expected = utf8(text);
      expect(heap.memory.givenBytes).toBe(expected.length);
      expect(heap.bytes(pointer, expected.length)).toEqual(expected);
      heap.memory.free(pointer);
    },
  );

  test('one character that is not ASCII among many that are', () => {
    for (const at of [0, 10, 23, 70_000]) {
      const text = `${'a'.repeat(at)}漢${'b'.repeat(5)}`;
      const pointer = heap.memory.giveText(text, NO_LIMIT);
      expect(heap.bytes(pointer, heap.memory.givenBytes)).toEqual(utf8(text));
      heap.memory.free(pointer);
    }
  });

  test('no text takes no memory', () => {
    const before = heap.malloc(8);
    expect(heap.memory.giveText('', NO_LIMIT)).toBe(0);
    expect(heap.memory.givenBytes).toBe(0);
    expect(heap.malloc(8)).toBe(before + 8);
  });

  test.each([
    ['short ASCII', 'x'.repeat(11), 10],
    ['text whose units fit but whose bytes do not', '漢'.repeat(4), 10],
    ['long ASCII', 'x'.repeat(70_001), 70_000],
    ['long text whose units fit but whose bytes do not', '漢'.repeat(70_000), 70_000],
  ])('%s over the limit is refused', (_, text, maxBytes) => {
    expect(heap.memory.giveText(text, maxBytes)).toBe(-1);
    expect(heap.memory.givenBytes).toBeGreaterThan(maxBytes);
  });

  test('bytes over the limit are refused before anything is allocated', () => {
    const before = heap.malloc(8);
    expect(heap.memory.give(new Uint8Array(11), 10)).toBe(-1);
    expect(heap.malloc(8)).toBe(before + 8);
  });
});

describe('text out of guest memory', () => {
  test.each(samples.slice(0, 4))('%s', (_, unit) => {
    for (const length of lengths) {
      const text = unit.repeat(length);
      const bytes = utf8(text);
      const pointer = heap.memory.give(bytes, NO_LIMIT);
      expect(heap.memory.readText(pointer, bytes.length, 'text')).toBe(text);
      heap.memory.free(pointer);
    }
  });

  test('a byte order mark is part of the text', () => {
    const pointer = heap.memory.give(utf8('\ufeffx'), NO_LIMIT);
    expect(heap.memory.readText(pointer, 4, 'text')).toBe('\ufeffx');
  });

  test('UTF-16, as AssemblyScript keeps its strings', () => {
    const text = 'index out of range: é漢🎵';
    const bytes = new Uint8Array(4 + text.length * 2);
    new DataView(bytes.buffer).setUint32(0, text.length * 2, true);
    for (let i = 0; i < text.length; i++) new DataView(bytes.buffer).setUint16(4 + i * 2, text.charCodeAt(i), true);
    const pointer = heap.memory.give(bytes, NO_LIMIT) + 4;
    expect(heap.memory.readUtf16(pointer, 1_000)).toBe(text);
    expect(heap.memory.readUtf16(pointer, 10)).toBe(text.slice(0, 5));
  });

  test.each([
    ['null', 0],
    ['no room for the length in front', 3],
    ['past the end', 2 ** 31],
    ['negative', -8],
  ])('UTF-16 at a pointer that is %s', (_, pointer) => {
    expect(heap.memory.readUtf16(pointer, 1_000)).toBeUndefined();
  });

  test('UTF-16 whose length runs past the end', () => {
    const pointer = heap.memory.give(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0), NO_LIMIT) + 4;
    expect(heap.memory.readUtf16(pointer, 1_000)).toBeUndefined();
  });
});
