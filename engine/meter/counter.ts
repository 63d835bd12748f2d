/**
 * The counter: one i64 that holds the fuel at hand and the stack that is left.
 *
 *     63                          16 15             0
 *     +-----------------------------+----------------+
 *     |  fuel (signed, 48 bits)     |  stack (words) |
 *     +-----------------------------+----------------+
 *
 * Fuel below zero makes the whole word negative: the check at a loop header is one comparison with zero. Functions
 * that can recurse take their frame out of the low half on entry and put it back when they leave; a stack below zero sets bit 15.
 * So a call carries one value instead of two, and functions that cannot recurse do nothing for the stack at all.
 *
 * Between calls from the host, and around calls of imported functions, the halves lie in two globals.
 */
import { Writer } from '../wasm/writer.ts';
import { type Assembler, OP } from './assembler.ts';

/** One unit of fuel in the counter. */
export const FUEL_UNIT = 0x1_0000;
const FUEL_SHIFT = 16;
const STACK_MASK = 0xffff;
/** The sign bits of the two halves, as an i64.const has them. */
const BOTH_SIGNS = new Writer(16).s64(BigInt.asIntN(64, 0x8000_0000_0000_8000n)).finish();
/** Distance that brings the sign of the stack half to the sign of the word. */
const STACK_TO_SIGN = 48;

/** Most fuel that may be handed out at once. */
export const MAX_FUEL = 2 ** 46;
const NOTHING_SHIFT = 62;
/** What the global that passes the counter on holds while it passes none. No fuel is ever so far below zero. */
export const NOTHING = -1n << BigInt(NOTHING_SHIFT);
/** What the fuel global holds after the counted stack overflowed. */
export const STACK_OVERFLOW_FUEL = -(2 ** 52);

/** Stack that a call outside takes for our own frames on the way: the thunk here, and the wrapper of what is called. */
export const OUTSIDE_CALL_WORDS = 16;

export interface CounterGlobals {
  readonly fuel: number;
  readonly stack: number;
  /** Holds the reference to the slow path. */
  readonly slow: number;
  /** Where calls through references pass the counter on, if those may lie with the host: see passing.ts. */
  readonly passed: number | undefined;
}

/** Stack: [] -> [counter], from the globals. */
export function takeCounter(code: Assembler, globals: CounterGlobals): void {
  takeFuel(code, globals);
  code.getGlobal(globals.stack).op(OP.i64ExtendU).op(OP.i64Or);
}

/** Stack: [] -> [counter], with the fuel of the global and the stack of the local: after code that ran elsewhere. */
export function retakeFuel(code: Assembler, globals: CounterGlobals, local: number): void {
  takeFuel(code, globals);
  code.get(local).i64(STACK_MASK).op(OP.i64And).op(OP.i64Or);
}

/**
 * The global is left empty: whatever ends the run without giving the counter back (a trap, an exception that nobody in
 * the module catches) has used all the fuel at hand, also if the host goes on calling the instance.
 */
function takeFuel(code: Assembler, globals: CounterGlobals): void {
  code.getGlobal(globals.fuel).i64(FUEL_SHIFT).op(OP.i64Shl);
  code.i64(0).setGlobal(globals.fuel);
}

/** Writes the fuel half to its global. */
export function storeFuel(code: Assembler, globals: CounterGlobals, local: number): void {
  code.get(local).i64(FUEL_SHIFT).op(OP.i64ShrS).setGlobal(globals.fuel);
}

/** Writes the stack half to its global, less what the call that comes takes of the native stack. */
export function storeStack(code: Assembler, globals: CounterGlobals, local: number, words: number): void {
  // Below zero it keeps its sign in bit 15, and whoever is called stops at its entry.
  code.get(local).op(OP.i32Wrap).i32(words).op(OP.i32Sub).i32(STACK_MASK).op(OP.i32And).setGlobal(globals.stack);
}

/** Stack: [] -> [i32]: true if the fuel is below zero. */
export function fuelIsSpent(code: Assembler, local: number): void {
  code.get(local).i64(0).op(OP.i64LtS);
}

/** Stack: [counter] -> [i32]: true if fuel or stack is below zero. One test of both signs: the shortest code on x64. */
export function anythingIsSpent(code: Assembler): void {
  code.op(OP.i64Const).bytes(BOTH_SIGNS).op(OP.i64And).i64(0).op(OP.i64Ne);
}

/** Stack: [] -> [i32]: true if the stack half is below zero. */
export function stackIsSpent(code: Assembler, local: number): void {
  code.get(local).i64(STACK_TO_SIGN).op(OP.i64Shl).i64(0).op(OP.i64LtS);
}

/** Stack: [] -> [f64]: the fuel half as a number. */
export function fuelAsNumber(code: Assembler, local: number): void {
  code.get(local).i64(FUEL_SHIFT).op(OP.i64ShrS).op(OP.f64ConvertI64);
}

/** Stack: [] -> [i64]: {@link NOTHING}, written short. V8 folds it. */
export function writeNothing(code: Assembler): void {
  code.i64(-1).i64(NOTHING_SHIFT).op(OP.i64Shl);
}

/** Stack: [] -> [i64]: the fuel of a counter that was passed to code outside. */
export function passedFuel(code: Assembler, passed: number): void {
  code.getGlobal(passed).i64(OUTSIDE_CALL_WORDS).op(OP.i64Add).i64(FUEL_SHIFT).op(OP.i64ShrS);
}
