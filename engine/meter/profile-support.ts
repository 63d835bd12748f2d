/**
 * What profiling adds to a module beside the metering's own support functions. There the counter lies in its two globals all
 * the time, and functions keep their types.
 */
import { type Module, typeIndexOf } from '../wasm/module.ts';
import { writeValueType } from '../wasm/type-codec.ts';
import { type Assembler, OP } from './assembler.ts';
import { type CounterGlobals, OUTSIDE_CALL_WORDS, storeFuel } from './counter.ts';
import type { SupportFunctions } from './support-functions.ts';
import type { TypePlan } from './type-plan.ts';

/** Function indices of the imports that tell the host who runs. */
export interface ProfileHooks {
  /** (function index, fuel at hand) -> depth: a function is entered. */
  readonly enter: number;
  /** (depth, fuel at hand): all that was entered at this depth or deeper is left. */
  readonly leave: number;
}

const FUEL_SHIFT = 16;
const STACK_MASK = 0xffff;

export class ProfileSupport {
  readonly #module: Module;
  readonly #types: TypePlan;
  readonly #globals: CounterGlobals;
  readonly #support: SupportFunctions;
  readonly #importCosts: Float64Array;
  readonly hooks: ProfileHooks;

  constructor(
    module: Module,
    types: TypePlan,
    globals: CounterGlobals,
    support: SupportFunctions,
    importCosts: Float64Array,
    hooks: ProfileHooks,
  ) {
    this.#module = module;
    this.#types = types;
    this.#globals = globals;
    this.#support = support;
    this.#importCosts = importCosts;
    this.hooks = hooks;
  }

  /** () -> (): looks at the fuel. */
  look(): number {
    return this.#support.define('look', [], [], (code) => {
      code.u32(1).u32(1);
      writeValueType(code, 'i64');
      code.getGlobal(this.#globals.fuel).i64(0).op(OP.i64LtS).if();
      this.pushCounter(code);
      code.call(this.#support.slow).set(0);
      storeFuel(code, this.#globals, 0);
      code.end().end();
    });
  }

  /** An imported function under its own type, with a frame in the profile, in which it pays its price. */
  importThunk(funcIndex: number): number {
    const { params, results } = this.#types.source(typeIndexOf(this.#module, funcIndex) ?? 0);
    return this.#support.define(`profiled import ${funcIndex}`, params, results, (code) => {
      const depth = params.length;
      const stackBefore = depth + 1;
      code.u32(1).u32(2);
      writeValueType(code, 'i32');
      this.enter(code, funcIndex, depth);
      const cost = this.#importCosts[funcIndex] as number;
      if (cost > 0) code.getGlobal(this.#globals.fuel).i64(cost).op(OP.i64Sub).setGlobal(this.#globals.fuel);
      code.call(this.look());
      code.getGlobal(this.#globals.stack).tee(stackBefore);
      code.i32(OUTSIDE_CALL_WORDS).op(OP.i32Sub).setGlobal(this.#globals.stack);
      for (let i = 0; i < params.length; i++) code.get(i);
      code.call(funcIndex);
      code.get(stackBefore).setGlobal(this.#globals.stack);
      code.get(depth);
      this.leave(code);
      code.end();
    });
  }

  /** Stack: [] -> []: tells the host that a function is entered; its depth goes into a local. */
  enter(code: Assembler, funcIndex: number, depth: number): void {
    code.i32(funcIndex).getGlobal(this.#globals.fuel).op(OP.f64ConvertI64).call(this.hooks.enter).set(depth);
  }

  /** Stack: [depth] -> []: tells the host that all from this depth on is left. */
  leave(code: Assembler): void {
    code.getGlobal(this.#globals.fuel).op(OP.f64ConvertI64).call(this.hooks.leave);
  }

  /** Stack: [] -> [counter], as the functions of the metering take it. The globals stay as they are. */
  pushCounter(code: Assembler): void {
    const { fuel, stack } = this.#globals;
    code.getGlobal(fuel).i64(FUEL_SHIFT).op(OP.i64Shl);
    code.getGlobal(stack).i32(STACK_MASK).op(OP.i32And).op(OP.i64ExtendU).op(OP.i64Or);
  }
}
