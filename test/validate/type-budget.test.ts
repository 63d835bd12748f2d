/** Distinct function types: V8 keeps them for good and aborts the process at two million. */
import { describe, expect, it } from 'vitest';
import { TypeBudget } from '../../engine/validate/type-budget.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import * as bombs from '../support/hostile/bombs.ts';
import { functionType, I32, SECTION, section, vec, wasm } from '../support/hostile/wasm-bytes.ts';
import { expectRefusal } from '../support/refusals.ts';

const types = (...items: readonly (readonly number[] | Uint8Array)[]): ReturnType<typeof decodeModule> =>
  decodeModule(wasm(section(SECTION.type, vec(items))));

describe('the type budget', () => {
  it('counts each distinct type once, over all modules', () => {
    const budget = new TypeBudget(10);
    budget.admit(types(functionType([]), functionType([I32]), functionType([])));
    expect(budget.used).toBe(2);
    budget.admit(types(functionType([I32]), functionType([], [I32])));
    expect(budget.used).toBe(3);
  });

  it('refuses what would be one too many, and admits old types still', () => {
    const budget = new TypeBudget(1_000);
    budget.admit(decodeModule(bombs.distinctTypes(999)));
    const error = expectRefusal(
      () => budget.admit(decodeModule(bombs.distinctTypes(999, 1))),
      'LIMIT_EXCEEDED',
      'type 1:',
      '1000 distinct function types',
      'new process',
    );
    expect(error.details).toMatchObject({ limit: 'processTypes', allowed: 1_000 });
    budget.admit(decodeModule(bombs.distinctTypes(999)));
    expect(budget.used).toBe(1_000);
  });

  it('knows a type that refers to another by what that is, not by its number', () => {
    const budget = new TypeBudget(10);
    // type 1 takes a (ref null 0) each time, but type 0 differs.
    budget.admit(types(functionType([]), [0x60, 1, 0x63, 0, 0]));
    budget.admit(types(functionType([I32]), [0x60, 1, 0x63, 0, 0]));
    expect(budget.used).toBe(4);
    budget.admit(types(functionType([I32]), functionType([]), [0x60, 1, 0x63, 0, 0]));
    expect(budget.used).toBe(4);
  });

  it('knows a type that refers to itself', () => {
    const budget = new TypeBudget(10);
    budget.admit(types([0x60, 1, 0x63, 0, 0]));
    budget.admit(types(functionType([I32]), [0x60, 1, 0x63, 1, 0]));
    expect(budget.used).toBe(2);
  });

  it('learns what another thread has counted, and tells what it counts itself before V8 sees it', () => {
    const here = new TypeBudget(10);
    const there = new TypeBudget(10);
    there.prefix = 'there.';
    there.onCounted = (types) => here.learn(types);
    // type 1 takes a (ref null 0).
    there.admit(types(functionType([I32]), [0x60, 1, 0x63, 0, 0]));
    expect(here.used).toBe(2);
    here.admit(types(functionType([]), functionType([I32]), [0x60, 1, 0x63, 1, 0]));
    expect(here.used).toBe(3);
    there.learn(here.countedSince(2));
    there.admit(types(functionType([])));
    expect(there.used).toBe(3);
    expect(here.countedSince(3)).toEqual([]);
  });

  it('tells of the types before the one that was too many', () => {
    const told: unknown[] = [];
    const budget = new TypeBudget(1);
    budget.onCounted = (counted) => told.push(...counted);
    expectRefusal(() => budget.admit(types(functionType([]), functionType([I32]))), 'LIMIT_EXCEEDED');
    expect(told).toHaveLength(1);
  });
});
