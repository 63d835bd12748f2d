import { describe, expect, test } from 'vitest';
import { GuestMemory } from '../../engine/memory/guest-memory.ts';
import { failureSync } from '../support/errors.ts';
import { guestHeap } from '../support/guest-heap.ts';

const PAGE = 65_536;
const heap = guestHeap({ memory: '1 4' });

const good = [
  ['the first byte', 0, 1],
  ['all of it', 0, PAGE],
  ['the last byte', PAGE - 1, 1],
  ['nothing at the very end', PAGE, 0],
  ['nothing at null', 0, 0],
] as const;
const bad = [
  ['one byte past the end', PAGE, 1],
  ['one byte too long', 1, PAGE],
  ['a negative pointer', -4, 8],
  ['a negative length', 8, -1],
  ['a sum that wraps around 2^32', 0xffff_fff0, 0x20],
  ['the largest pointer and length', -1, -1],
  ['nothing, far outside', PAGE + 1, 0],
] as const;

const accesses = [
  ['check', (pointer: number, length: number) => heap.memory.check(pointer, length, 'it')],
  ['read', (pointer: number, length: number) => heap.memory.read(pointer, length, 'it')],
  ['view', (pointer: number, length: number) => heap.memory.view(pointer, length, 'it')],
  ['readText', (pointer: number, length: number) => heap.memory.readText(pointer, length, 'it')],
  ['readTextLeniently', (pointer: number, length: number) => heap.memory.readTextLeniently(pointer, length, 'it')],
] as const;

describe.each(accesses)('%s', (_, access) => {
  test.each(good)('%s', (_name, pointer, length) => {
    expect(() => access(pointer, length)).not.toThrow();
  });

  test.each(bad)('%s', (_name, pointer, length) => {
    const error = failureSync(() => access(pointer, length), 'BAD_POINTER');
    expect(error.details).toEqual({ what: 'it', pointer: pointer >>> 0, length: length >>> 0, memory: PAGE });
  });
});

test('write checks where it writes', () => {
  heap.memory.write(PAGE - 2, Uint8Array.of(7, 8), 'it');
  expect(heap.bytes(PAGE - 2, 2)).toEqual(Uint8Array.of(7, 8));
  failureSync(() => heap.memory.write(PAGE - 1, Uint8Array.of(7, 8), 'it'), 'BAD_POINTER');
  failureSync(() => heap.memory.write(-1, Uint8Array.of(7), 'it'), 'BAD_POINTER');
});

test('what was read is a copy', () => {
  heap.memory.write(100, Uint8Array.of(1, 2, 3), 'it');
  const copy = heap.memory.read(100, 3, 'it');
  heap.memory.write(100, Uint8Array.of(9, 9, 9), 'it');
  expect(copy).toEqual(Uint8Array.of(1, 2, 3));
});

test('text that is not UTF-8 says which byte is wrong', () => {
  heap.memory.write(200, Uint8Array.of(0x61, 0x62, 0xff, 0x63), 'it');
  const error = failureSync(() => heap.memory.readText(200, 4, 'output of `f`'), 'BAD_OUTPUT');
  expect(error.details).toMatchObject({ offset: 2, length: 4 });
  expect(heap.memory.readTextLeniently(200, 4, 'it')).toBe('ab\ufffdc');
});

test('the memory is looked at as it is at that moment', () => {
  const error = failureSync(() => heap.memory.check(PAGE, 1, 'it'), 'BAD_POINTER');
  expect(error.message).toContain(`memory of ${PAGE} bytes`);
  heap.wasmMemory.grow(1);
  expect(heap.memory.size).toBe(2 * PAGE);
  heap.memory.check(PAGE, 1, 'it');
  heap.memory.write(PAGE, Uint8Array.of(5), 'it');
  expect(heap.memory.read(PAGE, 1, 'it')).toEqual(Uint8Array.of(5));
});

test('a memory without pages', () => {
  const memory = new WebAssembly.Memory({ initial: 0, maximum: 1 });
  const empty = new GuestMemory({ memory, malloc: () => 0, free: () => {} });
  expect(empty.size).toBe(0);
  failureSync(() => empty.read(0, 1, 'it'), 'BAD_POINTER');
  memory.grow(1);
  expect(empty.size).toBe(PAGE);
});
