/**
 * How the counter gets through a call whose callee has its original type, because the reference that it is called through may lie
 * with the host: in one more global, both halves in one word. The caller lays it there and the callee takes it; on the
 * way back it is the other way round. Whoever takes it leaves {@link writeNothing | nothing} behind, so what ends without
 * giving it back (a trap, an exception) has used all the fuel at hand.
 *
 * Where a callee finds nothing, it was called from outside, and the halves lie in their own globals as ever. A caller may reach code
 * outside, too: a function that the host placed in the table. While that runs, the counter stays in this global, and what looks at
 * the fuel for the host looks there. If the host then calls back into the module, that is a call like any from inside.
 */
import { type Module, typeIndexOf } from '../wasm/module.ts';
import { writeValueType } from '../wasm/type-codec.ts';
import type { FunctionType, RefType, ValueType } from '../wasm/types.ts';
import { type Assembler, OP } from './assembler.ts';
import {
  type CounterGlobals,
  FUEL_UNIT,
  OUTSIDE_CALL_WORDS,
  passedFuel,
  retakeFuel,
  storeFuel,
  takeCounter,
  writeNothing,
} from './counter.ts';
import { ExceptionGuard } from './exception-guard.ts';
import type { ModuleFacts } from './module-facts.ts';
import type { SupportFunctions } from './support-functions.ts';
import type { TypePlan } from './type-plan.ts';

const FUEL_SHIFT = 16;

export class Passing {
  /** The global. */
  readonly global: number;
  readonly #module: Module;
  readonly #types: TypePlan;
  readonly #globals: CounterGlobals;
  readonly #support: SupportFunctions;
  readonly #catches: boolean;
  readonly #guard: ExceptionGuard;

  constructor(
    module: Module,
    types: TypePlan,
    globals: CounterGlobals,
    global: number,
    support: SupportFunctions,
    facts: Pick<ModuleFacts, 'catches' | 'usesExceptionRefs'>,
  ) {
    this.global = global;
    this.#module = module;
    this.#types = types;
    this.#globals = globals;
    this.#support = support;
    this.#catches = facts.catches;
    this.#guard = new ExceptionGuard(types, facts.usesExceptionRefs);
  }

  /** Stack: [] -> [counter]: takes what the caller passed, or nothing. */
  writeTake(code: Assembler): void {
    code.getGlobal(this.global);
    writeNothing(code);
    code.setGlobal(this.global);
  }

  /** Stack: [counter] -> []: passes it on, or gives it back. */
  writeGive(code: Assembler): void {
    code.setGlobal(this.global);
  }

  /**
   * Stack: [] -> []: at the entry of a function, on the way to the slow path: if nothing was passed the call comes from outside. Then
   * the counter is passed to the same function once more, and what that leaves goes back to its globals.
   * The local behind the parameters holds what was found, less `taken`.
   * @param frame words of the frame that now stands twice
   */
  writeArrival(code: Assembler, self: number, type: FunctionType, taken: number, frame: number): void {
    const counter = type.params.length;
    code.get(counter);
    writeNothing(code);
    code.i64(taken).op(OP.i64Sub).op(OP.i64Eq).if();
    code.i64(frame).call(this.#arrive());
    // What it calls at its end is no longer guarded by the function itself.
    this.openGuard(code, type.results);
    for (let i = 0; i < counter; i++) code.get(i);
    code.call(self);
    this.closeGuard(code);
    code.i64(frame).call(this.#depart()).op(OP.return).end();
  }

  /**
   * Stack: [] -> []: behind a call: takes the counter back into `found`, still without the words that the call was given.
   * @param counter local of the caller, as it was before the call
   * @param hint called where the `if` stands
   */
  writeRetake(code: Assembler, counter: number, found: number, hint: () => void): void {
    // Below zero there is nothing, or the fuel is spent: the function tells.
    code.getGlobal(this.global).tee(found).i64(0).op(OP.i64LtS);
    hint();
    code.if().get(found).get(counter).call(this.#found()).set(found).end();
    writeNothing(code);
    code.setGlobal(this.global);
  }

  /** Guards calls through references; see {@link writeLost}. */
  openGuard(code: Assembler, results: readonly ValueType[]): void {
    this.#guard.open(code, results);
  }

  closeGuard(code: Assembler): void {
    this.#guard.close(code, () => this.writeLost(code));
  }

  /**
   * Stack: [] -> []: an exception has come out of a call through a reference. If it comes from outside the counter is
   * still where the caller laid it. Where the module catches, what ran was charged before the call, and the fuel goes to its
   * global, as if it had been thrown inside; elsewhere the exception takes the fuel along.
   */
  writeLost(code: Assembler): void {
    const { fuel } = this.#globals;
    const lost = this.#support.define('lost', [], [], (own) => {
      own.u32(0);
      if (this.#catches) {
        own.getGlobal(this.global);
        writeNothing(own);
        own.op(OP.i64Ne).if();
        passedFuel(own, this.global);
        own.setGlobal(fuel);
      } else own.i64(0).setGlobal(fuel);
      writeNothing(own);
      own.setGlobal(this.global);
      if (this.#catches) own.end();
      own.end();
    });
    code.call(lost);
  }

  /**
   * A function in its original type that calls one in threaded form or of constant cost: for exports, and for references to
   * functions that are also called directly.
   * @param target function index in the metered module
   * @param constantCost what a call costs, if `target` does not take the counter
   */
  plainWrapper(funcIndex: number, target: number, constantCost: number | undefined): number {
    const { params, results } = this.#types.source(typeIndexOf(this.#module, funcIndex) ?? 0);
    return this.#support.define(`plain ${funcIndex}`, params, results, (code) => {
      const counter = params.length;
      const outside = counter + 1;
      code.u32(2).u32(1);
      writeValueType(code, 'i64');
      code.u32(1);
      writeValueType(code, 'i32');
      code.getGlobal(this.global).tee(counter);
      writeNothing(code);
      code.op(OP.i64Eq).tee(outside).if();
      takeCounter(code, this.#globals);
      code.set(counter).else();
      writeNothing(code);
      code.setGlobal(this.global).end();
      if (constantCost !== undefined) {
        code
          .get(counter)
          .i64(constantCost * FUEL_UNIT)
          .op(OP.i64Sub)
          .set(counter);
      }
      this.#support.writeCheck(code, counter);
      for (let i = 0; i < params.length; i++) code.get(i);
      if (constantCost === undefined) code.get(counter).call(target).set(counter);
      else code.call(target);
      code.get(outside).if();
      storeFuel(code, this.#globals, counter);
      code.else().get(counter).setGlobal(this.global).end().end();
    });
  }

  /** An imported function in its original type: pays its price as the thunk does. */
  plainImport(funcIndex: number): number {
    if (this.#support.plainImport(funcIndex) === funcIndex) return funcIndex;
    return this.plainWrapper(funcIndex, this.#support.importThunk(funcIndex), undefined);
  }

  /** call_indirect in threaded form, for tail calls: (…, index, counter). */
  indirectThunk(typeIndex: number, table: number): number {
    return this.#thunk(`indirect ${typeIndex} ${table}`, typeIndex, 'i32', (code) => {
      code.op(OP.callIndirect).u32(this.#types.original(typeIndex)).u32(table);
    });
  }

  /** call_ref alike: (…, reference, counter). */
  referenceThunk(typeIndex: number): number {
    const reference: RefType = { kind: 'ref', nullable: true, heap: typeIndex };
    return this.#thunk(`reference ${typeIndex}`, typeIndex, reference, (code) => {
      code.op(OP.callRef).u32(typeIndex);
    });
  }

  #thunk(key: string, typeIndex: number, callee: ValueType, call: (code: Assembler) => void): number {
    const { params, results } = this.#types.source(typeIndex);
    return this.#support.define(key, [...params, callee, 'i64'], [...results, 'i64'], (code) => {
      const counter = params.length + 1;
      const found = counter + 1;
      code.u32(1).u32(1);
      writeValueType(code, 'i64');
      code.get(counter).i64(OUTSIDE_CALL_WORDS).op(OP.i64Sub);
      this.writeGive(code);
      this.openGuard(code, results);
      for (let i = 0; i <= params.length; i++) code.get(i);
      call(code);
      this.closeGuard(code);
      this.writeRetake(code, counter, found, () => {});
      code.get(found).i64(OUTSIDE_CALL_WORDS).op(OP.i64Add).end();
    });
  }

  /** (words): passes the counter from its own globals, less these words. */
  #arrive(): number {
    return this.#support.define('arrive', ['i64'], [], (code) => {
      code.u32(0);
      takeCounter(code, this.#globals);
      code.get(0).op(OP.i64Sub).setGlobal(this.global).end();
    });
  }

  /** (words): puts the fuel that was given back into its own global. That of the stack is as it was. */
  #depart(): number {
    return this.#support.define('depart', ['i64'], [], (code) => {
      code.u32(0).getGlobal(this.global).get(0).op(OP.i64Add).i64(FUEL_SHIFT).op(OP.i64ShrS);
      code.setGlobal(this.#globals.fuel);
      writeNothing(code);
      code.setGlobal(this.global).end();
    });
  }

  /**
   * (found, counter before the call) -> found: a call has come back without a counter where code outside called the module, saw it end
   * by a trap or an exception, and went on. What fuel that left lies in its own global.
   */
  #found(): number {
    return this.#support.define('found', ['i64', 'i64'], ['i64'], (code) => {
      const counter = 1;
      code.u32(0).get(0);
      writeNothing(code);
      code.op(OP.i64Ne).if().get(0).op(OP.return).end();
      retakeFuel(code, this.#globals, counter);
      code.i64(OUTSIDE_CALL_WORDS).op(OP.i64Sub).end();
    });
  }
}
