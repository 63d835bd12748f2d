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
});
