/**
 * Writes one function for a fuel profile. Each instruction is charged where it runs, so that the count is exact at every
 * instruction that may trap or call; the host is told when the function is entered and left. As simple as can be: whoever
 * profiles does not ask for speed.
 *
 *     depth = enter(function, fuel); take the frame off the stack; look at the fuel
 *     block results                 ;; takes the place of the function label
 *       …                           ;; the body; `return` branches out of the block
 *     end
 *     give the frame back; leave(depth, fuel)
 */
import { type CodeBuffer, secondIndex } from '../wasm/code.ts';
import { type Body, functionTypeOf, type Module } from '../wasm/module.ts';
import { OPCODES, opcode } from '../wasm/opcodes.ts';
import { writeValueType } from '../wasm/type-codec.ts';
import type { ValueType } from '../wasm/types.ts';
import { Assembler, OP } from './assembler.ts';
import { type CostTable, entryCost } from './costs.ts';
import { type CounterGlobals, STACK_OVERFLOW_FUEL, storeFuel } from './counter.ts';
import { CONTROL, CONTROL_CODES } from './flow-graph.ts';
import type { OffsetRecorder } from './offset-map.ts';
import type { ProfileSupport } from './profile-support.ts';
import { SIZED } from './sized-operations.ts';
import type { SupportFunctions } from './support-functions.ts';
import type { TypePlan } from './type-plan.ts';

export interface ProfileContext {
  readonly module: Module;
  readonly types: TypePlan;
  readonly globals: CounterGlobals;
  readonly costs: CostTable;
  readonly support: SupportFunctions;
  readonly profile: ProfileSupport;
  /** Index in the profiled module of a function of the original, for calls and references. */
  functionIndex(funcIndex: number): number;
  readonly offsets: OffsetRecorder | undefined;
}

/** 1 for instructions that neither trap nor look at anything but their operands: their charge may wait for the next that does. */
const QUIET = Uint8Array.from(OPCODES, ({ name, control, immediates }) => {
  if (
    control !== 'none' ||
    immediates.some((kind) => !['local', 'global', 'i32', 'i64', 'f32', 'f64'].includes(kind))
  ) {
    return 0;
  }
  return /\.(div|rem)_[su]$|^i(32|64)\.trunc_f|^ref\.|^any\.|^extern\.|^array\.|^i31\./.test(name) ? 0 : 1;
});

const REF_FUNC = opcode('ref.func');
const RETURN = opcode('return').id;

/** What of a function the metering has found out that holds for profiling as well. */
export interface ProfiledFunction {
  readonly body: Body;
  readonly funcIndex: number;
  /** The function counts its frame. */
  readonly entryCheck: boolean;
  readonly frameWords: number;
}

export class ProfileWriter {
  readonly #context: ProfileContext;
  readonly #code = new Assembler(1 << 16);
  #pending = 0;
  #nesting = 0;
  #depth = 0;
  #stack = 0;
  #counter = 0;
  #frame = 0;
  /** Exceptions may arrive at labels of the function. */
  #hasHandlerLabels = false;
  /** Charges written, for the report. */
  chargePoints = 0;
  checks = 0;

  constructor(context: ProfileContext) {
    this.#context = context;
  }

  /** Appends the body with its length to `out`. */
  write({ body, funcIndex, entryCheck, frameWords }: ProfiledFunction, code: CodeBuffer, out: Assembler): void {
    const { module, types, profile, offsets } = this.#context;
    const { params, results } = functionTypeOf(module, funcIndex) ?? { params: [], results: [] };
    const writer = this.#code;
    writer.reset();
    this.#depth = params.length + body.localCount;
    this.#stack = this.#depth + 1;
    this.#counter = this.#depth + 2;
    this.#frame = entryCheck ? frameWords : 0;
    this.#pending = entryCost(body.localCount);
    this.#nesting = 0;
    this.#hasHandlerLabels = code.ids.subarray(0, code.count).some((id) => CONTROL[id] === CONTROL_CODES['try-table']);

    offsets?.replace(0, body.code.start);
    profile.enter(writer, funcIndex, this.#depth);
    this.#takeFrame();
    this.#look();
    writer.op(OP.block);
    types.writeBlockType(writer, [], results);
    this.#instructions(code);
    this.#goBack();
    writer.end();
    this.#finish(body, out);
  }

  #instructions(code: CodeBuffer): void {
    const { module, costs, offsets } = this.#context;
    const { ids, starts, count } = code;
    const writer = this.#code;
    for (let i = 0; i < count; i++) {
      const id = ids[i] as number;
      this.#pending += costs.prices[id] as number;
      offsets?.replace(writer.size, starts[i] as number);
      if (QUIET[id] === 1) {
        writer.bytes(module.bytes, starts[i], starts[i + 1]);
        continue;
      }
      this.#flush();
      this.#instruction(code, i);
    }
  }

  #instruction(code: CodeBuffer, i: number): void {
    const { module, support, profile, globals, functionIndex } = this.#context;
    const { ids, starts, a } = code;
    const writer = this.#code;
    const id = ids[i] as number;
    const copy = (): void => {
      writer.bytes(module.bytes, starts[i], starts[i + 1]);
    };
    switch (CONTROL[id]) {
      case CONTROL_CODES.none: {
        const row = OPCODES[id];
        if (SIZED[id] === 1 && row !== undefined) {
          profile.pushCounter(writer);
          const second = row.immediates.length > 1 ? secondIndex(module.bytes, code, i) : 0;
          writer.call(support.operation(row, a[i] as number, second)).set(this.#counter);
          storeFuel(writer, globals, this.#counter);
        } else if (id === REF_FUNC.id) writer.op(REF_FUNC.code).u32(functionIndex(a[i] as number));
        else copy();
        return;
      }
      case CONTROL_CODES.block:
      case CONTROL_CODES.if:
      case CONTROL_CODES.try:
      case CONTROL_CODES['try-table']:
        this.#nesting++;
        copy();
        return;
      case CONTROL_CODES.loop:
        this.#nesting++;
        copy();
        if (this.#hasHandlerLabels) this.#resume();
        this.#look();
        this.checks++;
        return;
      case CONTROL_CODES.catch:
      case CONTROL_CODES['catch-all']:
        copy();
        this.#resume();
        return;
      case CONTROL_CODES.end:
      case CONTROL_CODES.delegate:
        this.#nesting--;
        copy();
        if (this.#hasHandlerLabels && this.#nesting >= 0) this.#resume();
        return;
      case CONTROL_CODES.return:
        if (id === RETURN) writer.op(OP.br).u32(this.#nesting);
        else copy();
        return;
      case CONTROL_CODES.call:
        writer.call(functionIndex(a[i] as number));
        return;
      case CONTROL_CODES['tail-call']:
        this.#goBack();
        writer.op(OP.returnCall).u32(functionIndex(a[i] as number));
        return;
      case CONTROL_CODES['tail-call-indirect']:
      case CONTROL_CODES['tail-call-ref']:
        this.#goBack();
        copy();
        return;
      default:
        copy();
    }
  }

  #flush(): void {
    if (this.#pending === 0) return;
    const { fuel } = this.#context.globals;
    this.#code.getGlobal(fuel).i64(this.#pending).op(OP.i64Sub).setGlobal(fuel);
    this.#pending = 0;
    this.chargePoints++;
  }

  #look(): void {
    this.#code.call(this.#context.profile.look());
  }

  #takeFrame(): void {
    const { fuel, stack } = this.#context.globals;
    const writer = this.#code;
    writer.getGlobal(stack);
    if (this.#frame > 0) {
      writer.i32(this.#frame).op(OP.i32Sub).tee(this.#stack).setGlobal(stack);
      writer.get(this.#stack).i32(0).op(OP.i32LtS).if();
      writer.i64(STACK_OVERFLOW_FUEL).setGlobal(fuel).trap().end();
    } else writer.set(this.#stack);
  }

  /** An exception may have brought control here: whatever it passed is left. */
  #resume(): void {
    const writer = this.#code;
    writer.get(this.#stack).setGlobal(this.#context.globals.stack);
    writer.get(this.#depth).i32(1).op(OP.i32Add);
    this.#context.profile.leave(writer);
  }

  /** Leaves the function. */
  #goBack(): void {
    const writer = this.#code;
    writer.get(this.#stack);
    if (this.#frame > 0) writer.i32(this.#frame).op(OP.i32Add);
    writer.setGlobal(this.#context.globals.stack).get(this.#depth);
    this.#context.profile.leave(writer);
  }

  /** Length, local declarations and code. */
  #finish(body: Body, out: Assembler): void {
    const { offsets } = this.#context;
    const header = new Assembler(64);
    const more: readonly (readonly [count: number, type: ValueType])[] = [
      [2, 'i32'],
      [1, 'i64'],
    ];
    header.u32(body.locals.length + more.length);
    for (const { count, type } of body.locals) writeValueType(header.u32(count), type);
    for (const [count, type] of more) writeValueType(header.u32(count), type);
    out.u32(header.size + this.#code.size).bytes(header.view());
    offsets?.place(out.size, out.size + this.#code.size);
    out.bytes(this.#code.view());
  }
}
