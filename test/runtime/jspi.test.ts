import { describe, expect, test } from 'vitest';
import { TRAP } from '../../engine/host/trap.ts';
import { adapt, canSuspend, toPromising, type WaitingImport } from '../../engine/runtime/jspi.ts';
import { compileWat } from '../support/wat.ts';

/** Catches whatever can be caught around a call of the imported function. */
const guest = new WebAssembly.Module(
  compileWat(`(module
    (import "e" "f" (func $f (param i32 i32) (result i32)))
    (import "e" "more" (func $more (param f64) (result f64)))
    (func (export "call") (param i32 i32) (result i32) (call $f (local.get 0) (local.get 1)))
    (func (export "guarded") (param i32 i32) (result i32)
      (try (result i32) (do (call $f (local.get 0) (local.get 1))) (catch_all (i32.const 777))))
    (func (export "more") (param f64) (result f64) (call $more (local.get 0))))`),
);

interface Guest {
  readonly call: (a: number, b: number) => number;
  readonly guarded: (a: number, b: number) => number;
  readonly more: (x: number) => number;
}

function instantiate(f: Partial<WaitingImport>, more: Partial<WaitingImport> = {}): Guest {
  const base = { enter: () => undefined, wait: async () => 0, hasty: false };
  const adapted = adapt([
    { name: 'f', params: ['i32', 'i32'], results: ['i32'], ...base, ...f },
    { name: 'more', params: ['f64'], results: ['f64'], ...base, hasty: true, enter: (x: number) => x, ...more },
  ]);
  const imports = { e: { f: adapted.f, more: adapted.more } } as WebAssembly.Imports;
  return new WebAssembly.Instance(guest, imports).exports as unknown as Guest;
}
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.runIf(canSuspend)('an adapted import', () => {
  test('is entered, then waited for, with the same arguments', async () => {
    const seen: number[][] = [];
    const { call } = instantiate({
      enter: (...args: number[]) => void seen.push(args),
      wait: async (...args: number[]) => {
        await later();
        seen.push(args);
        return 42;
      },
    });
    expect(await toPromising<number>(call)(-1, 2)).toBe(42);
    expect(seen).toEqual([
      [-1, 2],
      [-1, 2],
    ]);
  });

  test.each(['call', 'guarded'] as const)('ends the guest when entering ends it: %s', async (name) => {
    let waited = false;
    const { [name]: fn } = instantiate({
      enter: () => {
        throw TRAP;
      },
      wait: async () => {
        waited = true;
        return 0;
      },
    });
    // Directly, where nothing could be suspended, and where it could.
    expect(() => fn(1, 2)).toThrow(TRAP);
    await expect(toPromising(fn)(1, 2)).rejects.toBe(TRAP);
    expect(waited).toBe(false);
  });

  test.each<[string, () => Promise<number>]>([
    ['at once', () => Promise.reject(TRAP)],
    [
      'later',
      async () => {
        await later();
        throw TRAP;
      },
    ],
  ])('ends the guest when waiting ends it %s, whatever the guest catches', async (_, wait) => {
    const { call, guarded } = instantiate({ wait });
    for (const fn of [call, guarded]) await expect(toPromising(fn)(1, 2)).rejects.toBe(TRAP);
  });

  test('may be entered again and again, in many guests at the same time', async () => {
    const { call } = instantiate({
      wait: async (a: number) => {
        for (let i = 0; i < a; i++) await later();
        return a;
      },
    });
    const calls = Array.from({ length: 20 }, (_, i) => toPromising<number>(call)(19 - i, 0));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i));
  });
});

describe.runIf(canSuspend)('a hasty import', () => {
  test('answers without waiting, also where nothing can be suspended', async () => {
    const { more } = instantiate(
      {},
      { enter: (x: number) => x + 1, wait: () => Promise.reject(new Error('not needed')) },
    );
    expect(more(1)).toBe(2);
    expect(await toPromising<number>(more)(1)).toBe(2);
  });

  test('waits when the answer is NaN', async () => {
    const { more } = instantiate(
      {},
      {
        enter: () => Number.NaN,
        wait: async (x: number) => {
          await later();
          return x * 2;
        },
      },
    );
    expect(await toPromising<number>(more)(21)).toBe(42);
  });
});
