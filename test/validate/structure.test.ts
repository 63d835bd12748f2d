/** Structural limits beyond single counts: the last size that passes, and the first that does not. */
import { describe, expect, it } from 'vitest';
import { LIMITS, STRUCTURE } from '../../engine/limits.ts';
import { compileWork } from '../../engine/validate/compile-work.ts';
import { checkModule } from '../../engine/validate/index.ts';
import { Arities, paramsOf } from '../../engine/wasm/arities.ts';
import { CodeBuffer, scanCode } from '../../engine/wasm/code.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import * as bombs from '../support/hostile/bombs.ts';
import { expectRefusal } from '../support/refusals.ts';
import { assembleWithWabt } from '../support/toolchains.ts';

/** The work of function 0. */
function workOf(bytes: Uint8Array): { work: number; loops: number; loopBytes: number } {
  const module = decodeModule(bytes);
  const [{ code, localCount } = { code: { start: 0, end: 0 }, localCount: 0 }] = module.bodies;
  const buffer = new CodeBuffer();
  scanCode(bytes, code.start, code.end, buffer, 'function 0');
  const arities = new Arities(module);
  return compileWork(buffer, localCount + paramsOf(arities.func(module.imported.func)), arities, bytes);
}
const wat = (text: string): Uint8Array => assembleWithWabt(`(module ${text})`);

describe('tables', () => {
  it('accepts a million entries and refuses one more', () => {
    expect(checkModule(bombs.tables(1, LIMITS.tableEntries.max)).module.tables).toHaveLength(1);
    expectRefusal(
      () => checkModule(bombs.tables(1, LIMITS.tableEntries.max + 1)),
      'LIMIT_EXCEEDED',
      'table 0: 1000001 entries',
      'at most 1000000',
    );
  });

  it('counts the entries of all tables together, imported ones too', () => {
    const text = '(import "a" "t" (table 600000 funcref)) (table 400001 funcref)';
    expectRefusal(() => checkModule(wat(text)), 'LIMIT_EXCEEDED', 'table 1: 1000001 entries of all tables');
  });
});

describe('the work of compiling a function', () => {
  it('grows with locals times places', () => {
    const work = (locals: number, loops: number): number => workOf(bombs.localsAndLoops(locals, loops)).work;
    expect(work(2_000, 100) - work(1_000, 100)).toBe(work(3_000, 100) - work(2_000, 100));
    expect(work(1_000, 200)).toBeGreaterThan(1.9 * work(1_000, 100));
    expect(work(1_000, 100)).toBeGreaterThan(100 * 1_000);
  });

  it('takes operands on the stack for locals', () => {
    expect(workOf(bombs.stackAndIfs(1_000, 100)).work).toBeGreaterThan(
      0.9 * workOf(bombs.localsAndIfs(1_000, 100)).work,
    );
  });

  it('takes parameters for locals', () => {
    const withParams = workOf(wat(`(func (param ${'i32 '.repeat(100)}) ${'(block)'.repeat(50)})`)).work;
    const withLocals = workOf(wat(`(func (local ${'i32 '.repeat(100)}) ${'(block)'.repeat(50)})`)).work;
    expect(withParams).toBe(withLocals);
  });

  it('counts parameters and results of blocks', () => {
    expect(workOf(bombs.wideBlocks(32, 100)).work).toBeGreaterThan(10 * workOf(bombs.wideBlocks(1, 100)).work);
  });

  it('follows the height of the stack through calls, branches and code that cannot be reached', () => {
    const values = (count: number): string => '(i32.const 0)'.repeat(count);
    const left = `${values(500)} (call $take) (block) (block)`;
    const kept = `${values(500)} (block) (block) (call $take)`;
    const take = `(func $take (param ${'i32 '.repeat(100)}))`;
    const calls = '(call $take)'.repeat(4);
    const work = (body: string): number => workOf(wat(`(func ${body}) ${take}`)).work;
    expect(work(kept + calls)).toBeGreaterThan(work(left + calls));
    // Behind `return` the operands are gone, until the end of the block.
    expect(work(`(block ${values(500)} return (block) (block))`)).toBe(
      work(`(block ${values(500)} return (block) (block) drop drop)`) - 2,
    );
  });

  it('counts each label of a branch table, each catch clause, and calls under a handler', () => {
    expect(workOf(bombs.localsAndBrTable(100, 2_000)).work).toBeGreaterThan(
      1.9 * workOf(bombs.localsAndBrTable(100, 1_000)).work,
    );
    expect(workOf(bombs.catchClauses(200, 10)).work).toBeGreaterThan(1.9 * workOf(bombs.catchClauses(100, 10)).work);
    expect(workOf(bombs.localsAndThrowingCalls(100, 50)).work).toBeGreaterThan(
      2 * workOf(bombs.localsAndCalls(100, 50)).work,
    );
  });

  it('counts handlers only while they are open', () => {
    const outside = workOf(wat('(func $f (local i32 i32) try catch_all end (call $f))')).work;
    const inside = workOf(wat('(func $f (local i32 i32) try (call $f) catch_all end)')).work;
    expect(inside).toBeGreaterThan(outside);
  });

  it('weighs instructions that compile to much', () => {
    const conversions = workOf(bombs.repeated([0x20, 4, 0xfc, 3, 0xb7, 0x21, 4], 100)).work;
    const additions = workOf(bombs.repeated([0x20, 0, 0x20, 1, 0x6a, 0x21, 0], 100)).work;
    expect(conversions).toBeGreaterThan(10 * additions);
  });

  it('counts loops, and the bytes of nested ones for each loop around', () => {
    const { loops, loopBytes } = workOf(wat('(func (loop (loop (loop (nop)))) (loop))'));
    // loop void nop end = 4 bytes, to its end 3; each loop around has 3 more.
    expect({ loops, loopBytes }).toEqual({ loops: 4, loopBytes: 3 + 6 + 9 + 2 });
  });

  it('reads any code, valid or not', () => {
    const { work } = workOf(bombs.repeated([0x1a, 0x45, 0x10, 99, 0x02, 9, 0x0b, 0x0e, 1, 7, 7], 1));
    expect(work).toBeGreaterThan(0);
  });
});

describe('messages', () => {
  it('name the function, what came, what is allowed and what to do', () => {
    const error = expectRefusal(
      () => checkModule(bombs.localsAndLoops(9_000, 3_000)),
      'LIMIT_EXCEEDED',
      'function 0',
      '3000 blocks, 9000 locals',
      `at most ${STRUCTURE.compileWork}`,
      'Compile with optimisation',
      /at offset 0x/,
    );
    expect(error.details).toMatchObject({ limit: 'compileWork', funcIndex: 0 });
  });
});
