/**
 * The functions that the meter adds to a module, behind the module's own: the slow path of the checks, wrappers where the
 * counter enters and leaves the module, and the operations whose price depends on an operand.
 */
import { bug } from '../errors.ts';
import type { Module } from '../wasm/module.ts';
import { typeIndexOf } from '../wasm/module.ts';
import { type Opcode, opcode } from '../wasm/opcodes.ts';
import { writeValueType } from '../wasm/type-codec.ts';
import type { RefType, ValueType } from '../wasm/types.ts';
import { Assembler, OP } from './assembler.ts';
import { OPERAND_PRICES, type OperandPriced } from './costs.ts';
import {
  type CounterGlobals,
  FUEL_UNIT,
  fuelAsNumber,
  fuelIsSpent,
  MAX_FUEL,
  OUTSIDE_CALL_WORDS,
  passedFuel,
  retakeFuel,
  STACK_OVERFLOW_FUEL,
  stackIsSpent,
  storeFuel,
  storeStack,
  takeCounter,
  writeNothing,
} from './counter.ts';
import { ExceptionGuard } from './exception-guard.ts';
import type { ModuleFacts } from './module-facts.ts';
import type { TypePlan } from './type-plan.ts';

/** One function of ours, ready for the function and code sections. */
export interface SupportFunction {
  /** What it is for, such as "import 3". */
  readonly purpose: string;
  readonly typeIndex: number;
  readonly body: Uint8Array;
}

/** What is to be known of exceptions in the module. */
type ExceptionFacts = Pick<ModuleFacts, 'catches' | 'usesExceptionRefs'>;

/**
 * The slow path is larger than what V8 writes into its callers (`--wasm-inlining-max-size`, 500 bytes): it would do that wherever a
 * slice has ended once, and what surrounds the check would be compiled the worse for it.
 */
const MIN_SLOW_BYTES = 512;
const PAGE_BYTES_LOG2 = 16;
/** V8 lets no table grow beyond: what fails anyway must not be paid for in advance. */
const MAX_TABLE_ENTRIES = 10_000_000;
const COUNTER: readonly ValueType[] = ['i64'];

export class SupportFunctions {
  readonly #module: Module;
  readonly #types: TypePlan;
  readonly #globals: CounterGlobals;
  /** Function index of the first support function. */
  readonly #base: number;
  readonly #functions: (SupportFunction | undefined)[] = [];
  readonly #byKey = new Map<string, number>();
  /** By function index; -1: not made yet. */
  readonly #importThunks: Int32Array;
  readonly #slow: number;
  readonly #slowType: number;
  readonly #facts: ExceptionFacts;
  readonly #guard: ExceptionGuard;
  /** Fuel that a call of each imported function costs, by function index. */
  readonly #importCosts: Float64Array;

  constructor(
    module: Module,
    types: TypePlan,
    globals: CounterGlobals,
    base: number,
    refill: number | undefined,
    facts: ExceptionFacts,
    importCosts: Float64Array,
  ) {
    this.#module = module;
    this.#types = types;
    this.#globals = globals;
    this.#base = base;
    this.#facts = facts;
    this.#guard = new ExceptionGuard(types, facts.usesExceptionRefs);
    this.#importCosts = importCosts;
    this.#importThunks = new Int32Array(module.imported.func).fill(-1);
    this.#slow = this.define('slow', COUNTER, COUNTER, (code) => this.#writeSlowPath(code, refill));
    this.#slowType = types.add(COUNTER, COUNTER);
  }

  /** (counter) -> counter: what a check calls when fuel or stack is below zero. Comes back with fuel, or traps. */
  get slow(): number {
    return this.#slow;
  }

  /** The type of a reference to the slow path. */
  get slowReference(): RefType {
    return { kind: 'ref', nullable: false, heap: this.#slowType };
  }

  /**
   * Stack: [] -> []: the slow path for the counter in a local. Through a reference: where V8 compiles without having counted calls, it
   * would write the body of a function that is called directly into every check, in place of callees that are worth it.
   * The reference stands in a global, where it costs least to get.
   */
  writeSlowCall(code: Assembler, counter: number): void {
    code.get(counter).getGlobal(this.#globals.slow).op(OP.callRef).u32(this.#slowType).set(counter);
  }

  list(): SupportFunction[] {
    return this.#functions.map((fn) => {
      if (fn === undefined) throw bug('a support function was reserved and not written');
      return fn;
    });
  }

  /** An imported function in threaded form: pays its price; the halves of the counter lie in the globals while it runs. */
  importThunk(funcIndex: number): number {
    // Asked at every call of an import.
    const known = this.#importThunks[funcIndex] as number;
    if (known >= 0) return known;
    const index = this.#defineImportThunk(funcIndex);
    this.#importThunks[funcIndex] = index;
    return index;
  }

  #defineImportThunk(funcIndex: number): number {
    const typeIndex = typeIndexOf(this.#module, funcIndex) ?? 0;
    const { params, results } = this.#types.source(typeIndex);
    const call = (own: Assembler): void => {
      for (let i = 0; i < params.length; i++) own.get(i);
      own.call(funcIndex);
    };
    return this.define(`import ${funcIndex}`, [...params, 'i64'], [...results, 'i64'], (code) => {
      this.#writeCallOutside(code, params.length, results, call, this.#importCosts[funcIndex]);
    });
  }

  /** An imported function in its original type, where a reference or an export may lead to it: pays its price as the thunk does. */
  plainImport(funcIndex: number): number {
    const cost = this.#importCosts[funcIndex] as number;
    if (cost === 0) return funcIndex;
    const { params, results } = this.#types.source(typeIndexOf(this.#module, funcIndex) ?? 0);
    return this.define(`plain import ${funcIndex}`, params, results, (code) => {
      const counter = params.length;
      code.u32(1).u32(1);
      writeValueType(code, 'i64');
      takeCounter(code, this.#globals);
      code.set(counter);
      writeCharge(code, counter, cost);
      this.writeCheck(code, counter);
      storeFuel(code, this.#globals, counter);
      for (let i = 0; i < params.length; i++) code.get(i);
      code.call(funcIndex).end();
    });
  }

  /** A function of constant cost in threaded form, for tables: charges for itself, and checks. */
  constantThunk(funcIndex: number, target: number, cost: number): number {
    const { params, results } = this.#types.source(typeIndexOf(this.#module, funcIndex) ?? 0);
    return this.define(`constant ${funcIndex}`, [...params, 'i64'], [...results, 'i64'], (code) => {
      const counter = params.length;
      code.u32(0);
      writeCharge(code, counter, cost);
      this.writeCheck(code, counter);
      for (let i = 0; i < params.length; i++) code.get(i);
      code.call(target).get(counter).end();
    });
  }

  /**
   * A function in its original type, for exports and for references that leave the module.
   * @param target function index in the metered module
   * @param constantCost what a call costs, if `target` does not take the counter
   */
  plainWrapper(funcIndex: number, target: number, constantCost: number | undefined): number {
    const { params, results } = this.#types.source(typeIndexOf(this.#module, funcIndex) ?? 0);
    return this.define(`plain ${funcIndex}`, params, results, (code) => {
      const counter = params.length;
      code.u32(1).u32(1);
      writeValueType(code, 'i64');
      takeCounter(code, this.#globals);
      if (constantCost !== undefined) code.i64(constantCost * FUEL_UNIT).op(OP.i64Sub);
      code.set(counter);
      this.writeCheck(code, counter);
      for (let i = 0; i < params.length; i++) code.get(i);
      if (constantCost === undefined) code.get(counter).call(target).set(counter);
      else code.call(target);
      storeFuel(code, this.#globals, counter);
      code.end();
    });
  }

  /** An operation with a price by operand, in threaded form: (its operands, counter) -> (its results, counter). */
  operation(row: Opcode, first: number, second: number): number {
    const name = row.name as OperandPriced;
    const element = name.startsWith('table') ? this.#elementType(name === 'table.init' ? second : first) : 'i32';
    const operands = (row.params ?? []).map((type): ValueType => (type === 'ref' ? element : (type as ValueType)));
    const results: ValueType[] = (row.results ?? []).map((type) => type as ValueType);
    return this.define(`${name} ${first} ${second}`, [...operands, 'i64'], [...results, 'i64'], (code) => {
      const issue = (): void => {
        for (let i = 0; i < operands.length; i++) code.get(i);
        writeOperation(code, row, first, second);
      };
      if (name === 'memory.grow' || name === 'table.grow') this.#writeGrow(code, name, operands.length, first, issue);
      else this.#writeBulk(code, name, operands.length, first, second, issue);
    });
  }

  /** () -> f64: the fuel at hand. */
  getFuel(): number {
    return this.define('get fuel', [], ['f64'], (code) => {
      code.u32(0);
      this.#whilePassed(code, (passed) => {
        passedFuel(code, passed);
        code.op(OP.f64ConvertI64).op(OP.return);
      });
      code.getGlobal(this.#globals.fuel).op(OP.f64ConvertI64).end();
    });
  }

  /** (f64): sets the fuel at hand. */
  setFuel(): number {
    return this.define('set fuel', ['f64'], [], (code) => {
      code.u32(0);
      this.#whilePassed(code, (passed) => {
        code.getGlobal(passed).get(0).op(OP.i64TruncF64);
        passedFuel(code, passed);
        code.op(OP.i64Sub).i64(FUEL_UNIT).op(OP.i64Mul).op(OP.i64Add).setGlobal(passed).op(OP.return);
      });
      code.get(0).op(OP.i64TruncF64).setGlobal(this.#globals.fuel).end();
    });
  }

  /** (f64) -> f64: takes this much from the fuel at hand. What is left may be below zero. */
  spend(): number {
    return this.define('spend', ['f64'], ['f64'], (code) => {
      const { fuel } = this.#globals;
      code.u32(0);
      this.#whilePassed(code, (passed) => {
        code.getGlobal(passed).get(0).op(OP.i64TruncF64).i64(FUEL_UNIT).op(OP.i64Mul).op(OP.i64Sub).setGlobal(passed);
        passedFuel(code, passed);
        code.op(OP.f64ConvertI64).op(OP.return);
      });
      code.getGlobal(fuel).get(0).op(OP.i64TruncF64).op(OP.i64Sub).setGlobal(fuel);
      code.getGlobal(fuel).op(OP.f64ConvertI64).end();
    });
  }

  /** (f64) -> f64: sets the fuel at hand and gives back the whole stack, for a call from outside. Answers what was at hand before. */
  begin(stackWords: number): number {
    return this.define('begin', ['f64'], ['f64'], (code) => {
      const { fuel, passed } = this.#globals;
      code.u32(0);
      if (passed === undefined) code.getGlobal(fuel).op(OP.f64ConvertI64);
      else {
        code.call(this.getFuel());
        writeNothing(code);
        code.setGlobal(passed);
      }
      code.get(0).op(OP.i64TruncF64).setGlobal(this.#globals.fuel);
      code.i32(stackWords).setGlobal(this.#globals.stack).end();
    });
  }

  /** Adds a function of ours; one that was added under the same key before is there already. @returns its index */
  define(
    key: string,
    params: readonly ValueType[],
    results: readonly ValueType[],
    write: (code: Assembler) => void,
  ): number {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const slot = this.#functions.length;
    // The index is known before the body is written, since bodies refer to each other.
    this.#functions.push(undefined);
    this.#byKey.set(key, this.#base + slot);
    const code = new Assembler();
    write(code);
    this.#functions[slot] = { purpose: key, typeIndex: this.#types.add(params, results), body: code.finish() };
    return this.#base + slot;
  }

  /** Where the counter may have been passed to code outside: what to do then. */
  #whilePassed(code: Assembler, write: (passed: number) => void): void {
    const { passed } = this.#globals;
    if (passed === undefined) return;
    code.getGlobal(passed);
    writeNothing(code);
    code.op(OP.i64Ne).if();
    write(passed);
    code.end();
  }

  #writeSlowPath(code: Assembler, refill: number | undefined): void {
    const counter = 0;
    code.u32(1).u32(1);
    writeValueType(code, 'f64');
    stackIsSpent(code, counter);
    code.if().i64(STACK_OVERFLOW_FUEL).setGlobal(this.#globals.fuel).trap().end();
    storeFuel(code, this.#globals, counter);
    if (refill === undefined) {
      code.trap().end();
      return;
    }
    const granted = 1;
    fuelAsNumber(code, counter);
    code.call(refill).tee(granted);
    // Written so that NaN is a refusal, too.
    code.f64(0).op(OP.f64Ge).op(OP.i32Eqz).if().trap().end();
    code.get(granted).f64(MAX_FUEL).op(OP.f64Min).op(OP.i64TruncF64).setGlobal(this.#globals.fuel);
    retakeFuel(code, this.#globals, counter);
    while (code.size < MIN_SLOW_BYTES) code.op(OP.nop);
    code.end();
  }

  /** Stack: [] -> []: looks at the fuel. */
  writeCheck(code: Assembler, counter: number): void {
    fuelIsSpent(code, counter);
    code.if();
    this.writeSlowCall(code, counter);
    code.end();
  }

  /** Locals and body of a function that runs code outside: pay, check, store, call, reload. */
  #writeCallOutside(
    code: Assembler,
    counter: number,
    results: readonly ValueType[],
    call: (code: Assembler) => void,
    cost = 0,
  ): void {
    const stackBefore = counter + 1;
    code.u32(1).u32(1);
    writeValueType(code, 'i32');
    if (cost > 0) writeCharge(code, counter, cost);
    this.writeCheck(code, counter);
    storeFuel(code, this.#globals, counter);
    code.getGlobal(this.#globals.stack).set(stackBefore);
    storeStack(code, this.#globals, counter, OUTSIDE_CALL_WORDS);
    if (this.#facts.catches) {
      // Every call that may throw is settled before it is made.
      call(code);
    } else {
      // An exception from outside passes through frames that have not charged for all they did: it takes the fuel along.
      this.#guard.open(code, results);
      call(code);
      this.#guard.close(code, () => {
        code.i64(0).setGlobal(this.#globals.fuel).get(stackBefore).setGlobal(this.#globals.stack);
      });
    }
    code.get(stackBefore).setGlobal(this.#globals.stack);
    retakeFuel(code, this.#globals, counter);
    code.end();
  }

  /** fill, copy, init: pay for the length first. Where that takes more fuel, an operation that is about to trap gets to do so. */
  #writeBulk(
    code: Assembler,
    name: OperandPriced,
    counter: number,
    first: number,
    second: number,
    issue: () => void,
  ): void {
    code.u32(0);
    const length = counter - 1;
    const { fuel, units } = OPERAND_PRICES[name];
    code.get(counter).get(length).op(OP.i64ExtendU);
    if (units > 1) code.i64(Math.log2(units)).op(OP.i64ShrU);
    code
      .i64(fuel * FUEL_UNIT)
      .op(OP.i64Mul)
      .op(OP.i64Sub)
      .set(counter);
    fuelIsSpent(code, counter);
    code.if();
    // memory.fill and table.fill have the value in the middle, the others a source.
    const targets = name.endsWith('.fill') || name.endsWith('.init') ? [0] : [0, 1];
    const isTable = name.startsWith('table');
    for (const operand of targets) {
      const index = name.endsWith('.init') ? second : operand === 0 ? first : second;
      code.get(operand).op(OP.i64ExtendU).get(length).op(OP.i64ExtendU).op(OP.i64Add);
      if (isTable) writeOperation(code, opcode('table.size'), index, 0);
      else code.op(OP.memorySize).u32(index);
      code.op(OP.i64ExtendU);
      if (!isTable) code.i64(PAGE_BYTES_LOG2).op(OP.i64Shl);
      code.op(OP.i64GtU).if();
      issue();
      code.trap().end();
    }
    this.writeSlowCall(code, counter);
    code.end();
    issue();
    code.get(counter).end();
  }

  /**
   * memory.grow and table.grow: growing by nothing is asking for the size (in older V8 versions it costs as much as growing); what is
   * paid in advance comes back when the growth fails.
   */
  #writeGrow(
    code: Assembler,
    name: 'memory.grow' | 'table.grow',
    counter: number,
    index: number,
    issue: () => void,
  ): void {
    const delta = counter - 1;
    const result = counter + 1;
    const price = (): void => {
      code
        .get(delta)
        .op(OP.i64ExtendU)
        .i64(OPERAND_PRICES[name].fuel * FUEL_UNIT)
        .op(OP.i64Mul);
    };
    code.u32(1).u32(1);
    writeValueType(code, 'i32');
    const writeSize = (): void => {
      if (name === 'table.grow') writeOperation(code, opcode('table.size'), index, 0);
      else code.op(OP.memorySize).u32(index);
    };
    code.get(delta).op(OP.i32Eqz).if();
    writeSize();
    code.get(counter).op(OP.return).end();
    // More than fits below the maximum fails for free, and unpriced: the price of such a delta could not be paid anyway.
    writeSize();
    code.op(OP.i64ExtendU).get(delta).op(OP.i64ExtendU).op(OP.i64Add);
    code.i64(this.#maximum(name, index)).op(OP.i64GtU).if().i32(-1).get(counter).op(OP.return).end();
    code.get(counter);
    price();
    code.op(OP.i64Sub).set(counter);
    this.writeCheck(code, counter);
    issue();
    code.tee(result).i32(-1).op(OP.i32Eq).if().get(counter);
    price();
    code.op(OP.i64Add).set(counter).end();
    code.get(result).get(counter).end();
  }

  #maximum(name: 'memory.grow' | 'table.grow', index: number): number {
    const kind = name === 'memory.grow' ? 'memory' : 'table';
    const ceiling = kind === 'memory' ? 65_536 : MAX_TABLE_ENTRIES;
    const own = index - this.#module.imported[kind];
    const limits =
      own < 0 ? undefined : kind === 'memory' ? this.#module.memories[own]?.limits : this.#module.tables[own]?.limits;
    return Math.min(ceiling, limits?.max ?? ceiling);
  }

  #elementType(table: number): RefType {
    let seen = 0;
    for (const { type } of this.#module.imports) {
      if (type.kind === 'table' && seen++ === table) return type.table.element;
    }
    const element = this.#module.tables[table - this.#module.imported.table]?.element;
    if (element === undefined) throw bug(`no table ${table}`);
    return element;
  }
}

/** Takes a price from the counter in a local. */
function writeCharge(code: Assembler, counter: number, cost: number): void {
  code
    .get(counter)
    .i64(cost * FUEL_UNIT)
    .op(OP.i64Sub)
    .set(counter);
}

/** Writes an instruction with up to two index immediates. */
export function writeOperation(code: Assembler, row: Opcode, first: number, second: number): void {
  if (row.prefix === 0) code.u8(row.code);
  else code.u8(row.prefix).u32(row.code);
  if (row.immediates.length > 0) code.u32(first);
  if (row.immediates.length > 1) code.u32(second);
}
