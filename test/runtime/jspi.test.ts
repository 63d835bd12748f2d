import { describe, expect, test } from 'vitest';
import { TRAP } from '../../engine/host/trap.ts';
import { adapt, canSuspend, openGate, toPromising, type WaitingImport } from '../../engine/runtime/jspi.ts';
import { compileWat } from '../support/wat.ts';

/** Catches whatever can be caught around a call of the imported function. */
const guest = new WebAssembly.Module(
  compileWat(`(module
    (import "e" "f" (func $f (param i32 i32) (result i32)))
    (import "e" "wide" (func $wide (param i64) (result i64)))
    (import "e" "void" (func $void (param f32)))
    (func (export "call") (param i32 i32) (result i32) (call $f (local.get 0) (local.get 1)))
    (func (export "guarded") (param i32 i32) (result i32)
      (try (result i32) (do (call $f (local.get 0) (local.get 1))) (catch_all (i32.const 777))))
    (func (export "wide") (param i64) (result i64) (call $wide (local.get 0)))
    (func (export "void") (param f32) (call $void (local.get 0))))`),
);

interface Guest {
  readonly call: (a: number, b: number) => number;
  readonly guarded: (a: number, b: number) => number;
  readonly wide: (a: bigint) => bigint;
  readonly void: (a: number) => void;
}

type Part = Partial<Pick<WaitingImport, 'enter' | 'wait'>>;

function instantiate(f: Part, wide: Part = {}, nothing: Part = {}): Guest {
  const base = { enter: () => 0, wait: async () => 0 };
  const adapted = adapt([
    { name: 'f', params: ['i32', 'i32'], results: ['i32'], ...base, ...f },
    { name: 'wide', params: ['i64'], results: ['i64'], ...base, ...wide },
    { name: 'void', params: ['f32'], results: [], ...base, ...nothing },
  ]);
  const imports = { e: { f: adapted.f, wide: adapted.wide, void: adapted.void } } as WebAssembly.Imports;
  return new WebAssembly.Instance(guest, imports).exports as unknown as Guest;
}
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.runIf(canSuspend)('an adapted import', () => {
  test('that has its answer does not wait, also where nothing can be suspended', async () => {
    const wait = () => Promise.reject(new Error('not needed'));
    const { call, wide } = instantiate(
      { enter: (a: number, b: number) => a * b, wait },
      { enter: (a: bigint) => -a, wait },
    );
    expect(call(-6, 7)).toBe(-42);
    expect(wide(2n ** 40n)).toBe(-(2n ** 40n));
    expect(await toPromising<number>(call)(-6, 7)).toBe(-42);
  });

  test('that opens the gate is waited for, and the gate is closed behind it', async () => {
    const seen: unknown[] = [];
    const { call } = instantiate({
      enter: (...args: number[]) => {
        seen.push(args);
        if (args[0] === -1) openGate();
        return 7;
      },
      wait: async () => {
        await later();
        seen.push('waited');
        return 42;
      },
    });
    expect(await toPromising<number>(call)(-1, 2)).toBe(42);
    expect(await toPromising<number>(call)(0, 3)).toBe(7);
    expect(seen).toEqual([[-1, 2], 'waited', [0, 3]]);
  });

  test('may answer with an i64, or with nothing', async () => {
    let done = false;
    const { wide, void: nothing } = instantiate(
      {},
      {
        enter: () => {
          openGate();
          return 0n;
        },
        wait: async () => 2n ** 50n,
      },
      {
        enter: () => openGate(),
        wait: async () => {
          await later();
          done = true;
          return undefined;
        },
      },
    );
    expect(await toPromising<bigint>(wide)(1n as unknown as number)).toBe(2n ** 50n);
    await toPromising(nothing)(1);
    expect(done).toBe(true);
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
    const { call, guarded } = instantiate({
      enter: () => {
        openGate();
        return 0;
      },
      wait,
    });
    for (const fn of [call, guarded]) await expect(toPromising(fn)(1, 2)).rejects.toBe(TRAP);
  });

  test('may be entered again and again, in many guests at the same time', async () => {
    const guests = Array.from({ length: 20 }, (_, i) => {
      let rounds = 0;
      return instantiate({
        enter: (a: number) => {
          rounds = a;
          if (a % 3 !== 0) openGate();
          return a;
        },
        wait: async () => {
          const mine = rounds;
          for (let n = 0; n < 20 - i; n++) await later();
          return mine;
        },
      });
    });
    const calls = guests.map(({ call }, i) => toPromising<number>(call)(i, 0));
    expect(await Promise.all(calls)).toEqual(guests.map((_, i) => i));
  });
});
