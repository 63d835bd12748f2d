import { describe, expect, test } from 'vitest';
import { failureSync } from '../support/errors.ts';
import { guestHeap } from '../support/guest-heap.ts';

const PAGE = 65_536;
const NO_LIMIT = 2 ** 32;
const malloc = (body: string): { readonly replace: { readonly malloc: string } } => ({
  replace: { malloc: `(func $malloc (export "malloc") (param $size i32) (result i32) ${body})` },
});

describe('a malloc that', () => {
  test('returns 0', () => {
    const heap = guestHeap(malloc('(i32.const 0)'));
    const error = failureSync(() => heap.memory.give(new Uint8Array(10), NO_LIMIT), 'MEMORY_LIMIT');
    expect(error.details).toMatchObject({ limit: 'memory', requested: 10 });
  });

  test.each([
    ['garbage', '(i32.const 0x7fffffff)'],
    ['-1', '(i32.const -1)'],
    ['a pointer past the end', `(i32.const ${2 * PAGE})`],
    ['a pointer with too little room behind it', `(i32.const ${2 * PAGE - 9})`],
  ])('returns %s', (_, body) => {
    const heap = guestHeap(malloc(body));
    failureSync(() => heap.memory.give(new Uint8Array(10), NO_LIMIT), 'BAD_POINTER');
    failureSync(() => heap.memory.giveText('0123456789', NO_LIMIT), 'BAD_POINTER');
    failureSync(() => heap.memory.giveText('x'.repeat(100_000), NO_LIMIT), 'BAD_POINTER');
  });

  test('returns the last bytes there are', () => {
    const heap = guestHeap(malloc(`(i32.const ${2 * PAGE - 10})`));
    expect(heap.memory.give(new Uint8Array(10).fill(7), NO_LIMIT)).toBe(2 * PAGE - 10);
    expect(heap.bytes(2 * PAGE - 1, 1)).toEqual(Uint8Array.of(7));
  });

  test('grows the memory', () => {
    const heap = guestHeap({ memory: '1 4' });
    const bytes = new Uint8Array(100_000).fill(3);
    const pointer = heap.memory.give(bytes, NO_LIMIT);
    expect(heap.memory.size).toBe(2 * PAGE);
    expect(heap.memory.read(pointer, bytes.length, 'it')).toEqual(bytes);
  });

  test('grows the memory for text', () => {
    for (const text of ['x'.repeat(60_000), '漢'.repeat(40_000), 'x'.repeat(90_000), '漢'.repeat(70_000)]) {
      const heap = guestHeap({ memory: '1 8' });
      heap.malloc(50_000);
      const pointer = heap.memory.giveText(text, NO_LIMIT);
      expect(heap.memory.readText(pointer, heap.memory.givenBytes, 'it')).toBe(text);
    }
  });

  test('traps lets the trap through', () => {
    const heap = guestHeap(malloc('unreachable'));
    expect(() => heap.memory.give(new Uint8Array(1), NO_LIMIT)).toThrow(WebAssembly.RuntimeError);
    expect(heap.memory.inHeap).toBe(true);
  });

  test('calls a host function that needs malloc is refused, not nested', () => {
    let nested: unknown;
    const heap = guestHeap(
      { imports: '(import "t" "give" (func $give))', ...malloc('(call $give) (i32.const 4096)') },
      {
        t: {
          give: () => {
            try {
              heap.memory.give(new Uint8Array(1), NO_LIMIT);
            } catch (error) {
              nested = error;
            }
          },
        },
      },
    );
    heap.memory.give(new Uint8Array(1), NO_LIMIT);
    expect(nested).toMatchObject({ code: 'TRAP', details: { kind: 'heap re-entered' } });
  });
});

test('long text that is not ASCII frees the memory of the first attempt', () => {
  const heap = guestHeap({ memory: '64' });
  heap.memory.giveText('é'.repeat(100_000), NO_LIMIT);
  expect(heap.freed()).toBe(1);
});
