/**
 * Writes one function of the metered module: the original instructions, with the charges and checks that the placement asks
 * for, and every call passing the counter on. Mechanism only: what costs how much and where it is charged was decided
 * before.
 *
 * Between two instructions that end a node, a charge may be written anywhere: it waits in `#pending` and joins the next
 * use of the counter (a call takes it along for nothing).
 */
import { branchTableLabels, type CatchClause, catchClauses } from '../wasm/branch-targets.ts';
import { type CodeBuffer, secondIndex } from '../wasm/code.ts';
import { type Body, type Module, typeIndexOf } from '../wasm/module.ts';
import { OPCODES, opcode } from '../wasm/opcodes.ts';
import { Reader } from '../wasm/reader.ts';
import { readValueType, writeValueType } from '../wasm/type-codec.ts';
import type { FunctionType, RefType, ValueType } from '../wasm/types.ts';
import { Assembler, EMPTY_BLOCK, OP } from './assembler.ts';
import {
  anythingIsSpent,
  type CounterGlobals,
  FUEL_UNIT,
  fuelIsSpent,
  OUTSIDE_CALL_WORDS,
  retakeFuel,
  storeFuel,
} from './counter.ts';
import { CONTROL, CONTROL_CODES, DEAD_BEHIND, type FlowGraph, REPLACED } from './flow-graph.ts';
import { GO_ON, type LoopBound } from './loop-bound.ts';
import { DROPS_SEGMENT } from './module-summary.ts';
import type { OffsetRecorder } from './offset-map.ts';
import { OpenBlocks } from './open-blocks.ts';
import type { Passing } from './passing.ts';
import type { Placement } from './placement.ts';
import { constantOperandCost, SIZED } from './sized-operations.ts';
import type { SupportFunctions } from './support-functions.ts';
import { type CountingLoop, iterationsOf } from './tight-loops.ts';
import type { TypePlan } from './type-plan.ts';

/** Offsets, in the finished body, of the `if` instructions that are seldom true. */
export interface WrittenFunction {
  readonly hints: readonly number[];
}

/** What stays the same from function to function. */
export interface WriterContext {
  readonly module: Module;
  readonly types: TypePlan;
  readonly support: SupportFunctions;
  readonly globals: CounterGlobals;
  /** Function references may leave the module and have their original types: how the counter gets through calls of them. */
  readonly passing: Passing | undefined;
  /** The module has exception handlers. */
  readonly catches: boolean;
  /** Fuel of a call that callers charge; -1 for functions that take the counter. By defined function. */
  readonly constantCost: Float64Array;
  /** 1: the function may recur. By defined function. */
  readonly mayRecur: Uint8Array;
  /** Index in the metered module of a function by its index in the original one, not for calls. */
  functionIndex(funcIndex: number): number;
  /** Index of what a reference to a function stands for. */
  referenceTo(funcIndex: number): number;
  /** The global that is told when a segment is dropped. */
  readonly dropped: number | undefined;
  /** Takes down which code came from where, if anybody wants to know. */
  readonly offsets: OffsetRecorder | undefined;
}

/** What is particular to one function. */
export interface FunctionPlan {
  readonly body: Body;
  readonly funcIndex: number;
  /** Looks at fuel and stack on entry. */
  readonly entryCheck: boolean;
  readonly frameWords: number;
  /** Looks at the fuel again behind calls that may recur. */
  readonly checksAfterCalls: boolean;
  /** Has its original type: takes the counter from where it is passed to calls of references. */
  readonly plain: boolean;
  /** Calls through a table or a reference. */
  readonly callsReferences: boolean;
}

const WAY = { copy: 0, local: 1, control: 2, operation: 3, reference: 4, drop: 5, bound: 6 } as const;

const WAYS = Uint8Array.from(OPCODES, ({ id, name, control, immediates }) => {
  if (SIZED[id] === 1) return WAY.operation;
  if (control !== 'none') return WAY.control;
  if (immediates[0] === 'local') return WAY.local;
  if (DROPS_SEGMENT[id] === 1) return WAY.drop;
  return name === 'ref.func' ? WAY.reference : WAY.copy;
});

/** Numbers below this take one byte. */
const ONE_BYTE = 0x80;

const BR_IF = opcode('br_if').id;
const RETURN_CALL = opcode('return_call').id;

/** A tight loop that is open. */
interface OpenLoop {
  readonly clauses?: undefined;
  readonly counting: CountingLoop | undefined;
  /** Its own test makes it pause. */
  readonly bound: LoopBound | undefined;
}

/** A try_table that is open: its landing pads come behind its `end`. */
interface OpenTryTable {
  readonly clauses: readonly CatchClause[];
  readonly counting?: undefined;
  readonly bound?: undefined;
}

type Closing = OpenLoop | OpenTryTable;

/** The comparison of the variable with its bound, by `goOn`; and of the bound with the end of the stretch: which is nearer. */
const GO_ON_CODES = {
  [GO_ON.ne]: { goOn: OP.i32Ne, nearer: OP.i32Ne },
  [GO_ON.ltS]: { goOn: OP.i32LtS, nearer: OP.i32LtS },
  [GO_ON.ltU]: { goOn: OP.i32LtU, nearer: OP.i32LtU },
  [GO_ON.leS]: { goOn: OP.i32LeS, nearer: OP.i32LtS },
  [GO_ON.leU]: { goOn: OP.i32LeU, nearer: OP.i32LtU },
  [GO_ON.gtS]: { goOn: OP.i32GtS, nearer: OP.i32GtS },
  [GO_ON.gtU]: { goOn: OP.i32GtU, nearer: OP.i32GtU },
  [GO_ON.geS]: { goOn: OP.i32GeS, nearer: OP.i32GtS },
  [GO_ON.geU]: { goOn: OP.i32GeU, nearer: OP.i32GtU },
} as const;

export class FunctionWriter {
  readonly #context: WriterContext;
  readonly #code = new Assembler(1 << 16);
  readonly #hints: number[] = [];

  // Of the function at hand.
  #counter = 0;
  #params = 0;
  #frame = 0;
  #checksAfterCalls = false;
  /** Gives the counter back where references pass it, not as a result. */
  #plain = false;
  /** Results of the function, if all of it is guarded. */
  #guarded: readonly ValueType[] | undefined;
  /** Fuel that a counting loop runs between looks. */
  #stretch = 0;
  /** Counter units to take off at the next opportunity. */
  #pending = 0;
  readonly #extraLocals: ValueType[] = [];
  #localCount = 0;
  #scratch = new Map<string, number>();
  readonly #blocks = new OpenBlocks<Closing>();
  /** Of the run that will be copied next: where it has the index of a local, in one byte, that will be one higher. */
  #renamed = new Uint32Array(1024);
  #renamedCount = 0;
  readonly #header = new Assembler(64);

  constructor(context: WriterContext) {
    this.#context = context;
  }

  /** Appends the body with its length to `out`. */
  write(plan: FunctionPlan, code: CodeBuffer, graph: FlowGraph, placement: Placement, out: Assembler): WrittenFunction {
    const { module, types } = this.#context;
    const typeIndex = typeIndexOf(module, plan.funcIndex) ?? 0;
    const type = types.source(typeIndex);
    this.#begin(type.params.length, plan.body.localCount, plan.entryCheck ? plan.frameWords : 0, code.maxDepth);
    this.#checksAfterCalls = plan.checksAfterCalls;
    this.#plain = plan.plain;
    this.#stretch = placement.loopLooks.stretch;

    const writer = this.#code;
    this.#context.offsets?.replace(0, plan.body.code.start);
    this.#enter(plan, type, placement);
    const { passing } = this.#context;
    this.#guarded = passing !== undefined && plan.callsReferences ? type.results : undefined;
    if (this.#guarded !== undefined) passing?.openGuard(writer, this.#guarded);
    if (graph.hasBranchToFunctionLabel) {
      writer.op(OP.block);
      this.#blockType([], type.results);
    }
    this.#instructions(code, graph, placement);
    this.#finish(plan.body, out);
    return { hints: this.#hints };
  }

  /** Appends a function of constant cost: only indices change. */
  writeConstant(plan: FunctionPlan, code: CodeBuffer, out: Assembler): void {
    const { module, types } = this.#context;
    const { bytes } = module;
    const { ids, starts, a, count } = code;
    this.#begin(0, 0, 0, code.maxDepth);
    const writer = this.#code;
    // What does not change is copied in runs.
    let run = starts[0] as number;
    for (let i = 0; i < count; i++) {
      const id = ids[i] as number;
      const isCall = CONTROL[id] === CONTROL_CODES.call;
      const isTyped = CONTROL[id] === CONTROL_CODES.block && (a[i] as number) >= 0;
      if (!isCall && !isTyped && WAYS[id] !== WAY.reference && WAYS[id] !== WAY.drop) continue;
      const start = starts[i] as number;
      if (run !== start) this.#copyRun(run, start);
      run = starts[i + 1] as number;
      this.#context.offsets?.replace(writer.size, start);
      if (isCall) writer.call(this.#context.functionIndex(a[i] as number));
      else if (isTyped) writer.op(OP.block).s53(types.original(a[i] as number));
      else if (WAYS[id] === WAY.reference) this.#reference(a[i] as number);
      else this.#drop(start, run);
    }
    if (run !== plan.body.code.end) this.#copyRun(run, plan.body.code.end);
    const header = plan.body.code.start - plan.body.span.start;
    out.u32(header + writer.size);
    out.bytes(bytes, plan.body.span.start, plan.body.code.start);
    this.#context.offsets?.place(out.size, out.size + writer.size);
    out.append(writer);
  }

  #begin(params: number, localCount: number, frame: number, maxDepth: number): void {
    this.#code.reset();
    this.#hints.length = 0;
    this.#params = params;
    this.#counter = params;
    this.#localCount = localCount;
    this.#frame = frame;
    this.#pending = 0;
    this.#extraLocals.length = 0;
    this.#scratch.clear();
    this.#blocks.reset(maxDepth);
  }

  #enter(plan: FunctionPlan, type: FunctionType, placement: Placement): void {
    if (!plan.entryCheck) {
      this.#pending = placement.entry * FUEL_UNIT;
      return;
    }
    const writer = this.#code;
    const early = placement.entryChargeBeforeCheck ? placement.entry * FUEL_UNIT : 0;
    const taken = early + this.#frame;
    const passing = plan.plain ? this.#context.passing : undefined;
    if (passing === undefined) writer.get(this.#counter);
    else passing.writeTake(writer);
    writer.i64(taken).op(OP.i64Sub).tee(this.#counter);
    anythingIsSpent(writer);
    this.#hints.push(writer.size);
    writer.if();
    const self = this.#context.functionIndex(plan.funcIndex);
    passing?.writeArrival(writer, self, type, taken, this.#frame);
    this.#context.support.writeSlowCall(writer, this.#counter);
    writer.end();
    this.#pending = placement.entry * FUEL_UNIT - early;
  }

  /** Looks at the fuel. */
  #check(): void {
    fuelIsSpent(this.#code, this.#counter);
    this.#slowPath();
  }

  /** Stack: [i32] -> []: calls the slow path if true, which is seldom. */
  #slowPath(): void {
    const writer = this.#code;
    this.#hints.push(writer.size);
    writer.if();
    this.#context.support.writeSlowCall(writer, this.#counter);
    writer.end();
  }

  #instructions(code: CodeBuffer, graph: FlowGraph, placement: Placement): void {
    const { ids, starts, a, count } = code;
    const { live } = graph;
    const { offsets, module } = this.#context;
    const { bytes } = module;
    const writer = this.#code;
    const params = this.#params;
    if (this.#renamed.length < count) this.#renamed = new Uint32Array(2 * count);
    // Instructions that do not change are copied in runs.
    let run = starts[0] as number;
    let runEnd = run;
    for (let i = 0; i < count; i++) {
      if (live[i] === 0) continue;
      const id = ids[i] as number;
      let way = WAYS[id] as number;
      if (live[i] === REPLACED) way = WAY.bound;
      else if (way === WAY.operation && constantOperandCost(code, i) >= 0) way = WAY.copy;
      const start = starts[i] as number;
      const local = a[i] as number;
      const isShort = local < ONE_BYTE - 1 && (starts[i + 1] as number) - start === 2;
      const isCopied =
        way === WAY.copy ||
        (way === WAY.local && (local < params || isShort)) ||
        (way === WAY.control && this.#passControl(code, i, graph, placement));
      if (isCopied) {
        if (start !== runEnd) {
          this.#copyRun(run, runEnd);
          run = start;
        }
        // The counter took the place behind the parameters.
        if (way === WAY.local && local >= params) this.#renamed[this.#renamedCount++] = start + 1;
        runEnd = starts[i + 1] as number;
        continue;
      }
      if (run !== runEnd) this.#copyRun(run, runEnd);
      offsets?.replace(writer.size, start);
      run = runEnd = starts[i + 1] as number;
      if (way === WAY.local) {
        writer.u8(bytes[start] as number).u32(local + 1);
      } else if (way === WAY.control) {
        this.#control(code, i, graph, placement);
      } else if (way === WAY.bound) {
        writer.get(this.#scratchLocal('i32', 'limit'));
      } else if (way === WAY.operation) {
        const row = OPCODES[id];
        if (row === undefined) continue;
        this.#pushCounter();
        writer
          .call(
            this.#context.support.operation(
              row,
              a[i] as number,
              row.immediates.length > 1 ? secondIndex(bytes, code, i) : 0,
            ),
          )
          .set(this.#counter);
      } else if (way === WAY.reference) {
        this.#reference(a[i] as number);
      } else {
        this.#drop(start, starts[i + 1] as number);
      }
    }
    if (run !== runEnd) this.#copyRun(run, runEnd);
  }

  /** Copies instructions that do not change, but for the locals in `#renamed`. */
  #copyRun(from: number, to: number): void {
    const { offsets, module } = this.#context;
    const writer = this.#code;
    const shift = writer.size - from;
    offsets?.copy(writer.size, from);
    writer.bytes(module.bytes, from, to);
    for (let k = 0; k < this.#renamedCount; k++) writer.increment((this.#renamed[k] as number) + shift);
    this.#renamedCount = 0;
  }

  /**
   * Most instructions of control are copied like all others: where nothing is charged or checked, and labels mean what they
   * meant. Block types that are indices, calls, and whatever leaves the function always change.
   * @returns false if the instruction is to be written by {@link #control}; nothing was done then
   */
  #passControl({ ids, a, count }: CodeBuffer, i: number, { live }: FlowGraph, placement: Placement): boolean {
    const control = CONTROL[ids[i] as number] as number;
    if (control === CONTROL_CODES.unreachable) {
      // What waits to be charged is billed with the trap.
      this.#pending = 0;
      return true;
    }
    if (this.#pending !== 0 || placement.marks(i)) return false;
    const first = a[i] as number;
    const blocks = this.#blocks;
    switch (control) {
      case CONTROL_CODES.block:
      case CONTROL_CODES.loop:
      case CONTROL_CODES.if:
        if (first >= 0) return false;
        blocks.open();
        return true;
      case CONTROL_CODES.else:
        return true;
      case CONTROL_CODES.end:
        if (i === count - 1 || live[i] === DEAD_BEHIND || !blocks.endsPlainly) return false;
        blocks.close();
        return true;
      case CONTROL_CODES.br:
        return blocks.areOriginal && !blocks.isFunctionLabel(first);
      case CONTROL_CODES['br-if']:
      case CONTROL_CODES['br-table']:
        return blocks.areOriginal;
      default:
        return false;
    }
  }

  #control(code: CodeBuffer, i: number, graph: FlowGraph, placement: Placement): void {
    const { ids, starts, a } = code;
    const { bytes } = this.#context.module;
    const writer = this.#code;
    const id = ids[i] as number;
    const immediate = a[i] as number;
    this.#pending += (placement.before[i] as number) * FUEL_UNIT;
    const left = placement.exits.get(i);
    // Those of a loop that ends by its test are charged behind it, where the loop may also be started anew.
    const isBehind = left?.end === i && placement.bounded.get(left.op)?.bound?.leavesByBranch === false;
    if (left !== undefined && CONTROL[id] !== CONTROL_CODES['br-if'] && !isBehind) this.#chargeIterations(left);
    switch (CONTROL[id]) {
      case CONTROL_CODES.block:
        this.#openBlock(OP.block, immediate, code, i);
        return;
      case CONTROL_CODES.try:
        this.#flush();
        this.#openBlock(bytes[starts[i] as number] as number, immediate, code, i);
        return;
      case CONTROL_CODES['try-table']:
        this.#flush();
        this.#openTryTable(code, i);
        return;
      case CONTROL_CODES.loop: {
        this.#flush();
        if (placement.loopLooks.before.has(i)) this.#check();
        const bounded = placement.bounded.get(i);
        if (bounded?.bound !== undefined) {
          this.#openBoundedLoop(bounded, bounded.bound, graph);
          break;
        }
        if (placement.tight.has(i)) {
          this.#openTightLoop(placement.counting.get(i), code, i);
          break;
        }
        this.#openBlock(OP.loop, immediate, code, i);
        if (placement.checked[i] === 1) {
          this.#check();
        }
        break;
      }
      case CONTROL_CODES.if:
        this.#flush();
        this.#openBlock(bytes[starts[i] as number] as number, immediate, code, i);
        break;
      case CONTROL_CODES.else:
        this.#flush();
        writer.op(OP.else);
        break;
      case CONTROL_CODES.catch:
      case CONTROL_CODES['catch-all']:
        this.#flush();
        writer.bytes(bytes, starts[i], starts[i + 1]);
        this.#reload();
        this.#check();
        break;
      case CONTROL_CODES.delegate:
        this.#flush();
        this.#blocks.close();
        writer.u8(bytes[starts[i] as number] as number).u32(this.#label(immediate));
        break;
      case CONTROL_CODES.end:
        this.#end(code, i, graph, placement);
        break;
      case CONTROL_CODES.br:
        if (this.#blocks.isFunctionLabel(immediate)) this.#leave();
        else {
          this.#flush();
          writer.op(OP.br).u32(this.#label(immediate));
        }
        return;
      case CONTROL_CODES['br-if']:
        this.#flush();
        this.#branchIf(code, i, placement);
        break;
      case CONTROL_CODES['br-table']: {
        this.#flush();
        const labels = branchTableLabels(bytes, code, i);
        writer.op(OP.brTable).u32(labels.length - 1);
        for (const label of labels) writer.u32(this.#label(label));
        return;
      }
      case CONTROL_CODES.return:
        this.#leave();
        return;
      case CONTROL_CODES.throw:
        this.#flush();
        // A handler takes the counter up again. Without any the exception leaves the module, and the fuel at hand is gone.
        if (this.#context.catches) storeFuel(writer, this.#context.globals, this.#counter);
        if (OPCODES[id]?.immediates[0] === 'label')
          writer.u8(bytes[starts[i] as number] as number).u32(this.#label(immediate));
        else writer.bytes(bytes, starts[i], starts[i + 1]);
        return;
      case CONTROL_CODES.call:
      case CONTROL_CODES['tail-call']:
        this.#call(immediate, id === RETURN_CALL);
        break;
      default:
        this.#callThroughReference(code, i);
    }
    if (graph.live[i] === DEAD_BEHIND) writer.trap();
    this.#pending += (placement.after[i] as number) * FUEL_UNIT;
  }

  #openBlock(op: number, blockType: number, code: CodeBuffer, i: number): void {
    const { module, types } = this.#context;
    if (blockType >= 0) this.#code.op(op).s53(types.original(blockType));
    else this.#code.bytes(module.bytes, code.starts[i], code.starts[i + 1]);
    this.#blocks.open();
  }

  /**
   * The loop inside of one that checks for it, and, for a counting loop, charges every so many iterations:
   *
   *     block $done
   *       loop $again
   *         counting: start = variable, limit = variable + step * iterations
   *         block $pause
   *           loop                     ;; the original
   *             br_if $pause           ;; variable == limit, or the fuel is below zero
   *             …
   *           end
   *           br $done
   *         end
   *         counting: charge all those iterations, check
   *         others: the slow path
   *         br $again
   *       end
   *       unreachable
   *     end
   */
  #openTightLoop(counting: CountingLoop | undefined, code: CodeBuffer, i: number): void {
    const writer = this.#code;
    writer.op(OP.block);
    this.#copyBlockType(code, i);
    writer.op(OP.loop).u8(EMPTY_BLOCK);
    if (counting !== undefined) {
      writer.get(this.#localIndex(counting.local)).tee(this.#scratchLocal('i32', 'start'));
      writer
        .i32((counting.step * iterationsOf(this.#stretch, counting)) | 0)
        .op(OP.i32Add)
        .set(this.#scratchLocal('i32', 'limit'));
    }
    writer.op(OP.block).u8(EMPTY_BLOCK);
    writer.op(OP.loop);
    this.#copyBlockType(code, i);
    if (counting === undefined) fuelIsSpent(writer, this.#counter);
    else writer.get(this.#localIndex(counting.local)).get(this.#scratchLocal('i32', 'limit')).op(OP.i32Eq);
    this.#hints.push(writer.size);
    writer.op(OP.brIf).u32(1);
    this.#blocks.open(3, { counting, bound: undefined });
  }

  #closeTightLoop({ counting }: OpenLoop): void {
    const writer = this.#code;
    writer.op(OP.br).u32(2).end();
    if (counting !== undefined) {
      this.#pending = counting.fuel * iterationsOf(this.#stretch, counting) * FUEL_UNIT;
      this.#flush();
      this.#check();
    } else {
      this.#context.support.writeSlowCall(writer, this.#counter);
    }
    writer.op(OP.br).u32(0).end().trap().end();
  }

  /**
   * The loop inside of one that starts it anew after each stretch of iterations:
   *
   *     loop $again
   *       start = variable, limit = the nearer of the bound and the end of the stretch
   *       loop                         ;; the original, with the limit for the bound
   *         …
   *       end
   *       charge those iterations
   *       if                           ;; the original test says: go on
   *         check
   *         br $again
   *       end
   *     end
   *
   * Where the loop is left by a branch of its test, what stands behind the loop here stands in front of that branch.
   */
  #openBoundedLoop(counting: CountingLoop, bound: LoopBound, graph: FlowGraph): void {
    const writer = this.#code;
    const variable = this.#localIndex(counting.local);
    const start = this.#scratchLocal('i32', 'start');
    const limit = this.#scratchLocal('i32', 'limit');
    const distance = (counting.step * iterationsOf(this.#stretch, counting)) | 0;
    writer.op(OP.loop).u8(EMPTY_BLOCK);
    this.#pushBound(bound);
    writer.get(variable).tee(start).i32(distance).op(OP.i32Add).tee(limit);
    if (bound.goOn === GO_ON.ne) {
      this.#isWithinStretch(bound, start, distance);
      if (Math.abs(counting.step) > 1) {
        this.#pushDistance(bound, start, distance);
        writer
          .i32(Math.abs(counting.step) - 1)
          .op(OP.i32And)
          .op(OP.i32Eqz)
          .op(OP.i32And);
      }
    } else {
      this.#pushBound(bound);
      writer.get(limit).op(GO_ON_CODES[bound.goOn].nearer);
      if (!bound.afterStep) {
        this.#isWithinStretch(bound, start, distance);
        writer.op(OP.i32Or);
      }
    }
    writer.op(OP.select).set(limit);
    writer.op(OP.loop).u8(EMPTY_BLOCK);
    if (bound.operand >= 0) graph.live[bound.operand] = REPLACED;
    this.#blocks.open(1, { counting, bound });
  }

  /** Stack: [] -> [i32]: whether the variable gets to the bound within the stretch. */
  #isWithinStretch(bound: LoopBound, start: number, stretchDistance: number): void {
    const writer = this.#code;
    this.#pushDistance(bound, start, stretchDistance);
    // A test behind the step does not see a distance of zero: the variable goes all the way round.
    if (bound.afterStep) writer.i32(1).op(OP.i32Sub).i32(Math.abs(stretchDistance)).op(OP.i32LtU);
    else writer.i32(Math.abs(stretchDistance)).op(OP.i32LeU);
  }

  /** Stack: [] -> [i32]: the distance from the start to the bound, in the direction of the loop. */
  #pushDistance(bound: LoopBound, start: number, direction: number): void {
    const writer = this.#code;
    if (direction < 0) writer.get(start);
    this.#pushBound(bound);
    if (direction > 0) writer.get(start);
    writer.op(OP.i32Sub);
  }

  /** At the `end` of the loop. What waits to be charged there is for those that leave. */
  #closeBoundedLoop(counting: CountingLoop, bound: LoopBound): void {
    const writer = this.#code;
    const pending = this.#pending;
    this.#pending = 0;
    writer.end();
    if (!bound.leavesByBranch) {
      this.#chargeIterations(counting);
      this.#goOn(counting, bound, 1);
    }
    writer.end();
    this.#pending = pending;
  }

  /** Starts the loop anew if its own test says so. @param again label of the loop around it, inside of an `if` */
  #goOn(counting: CountingLoop, bound: LoopBound, again: number): void {
    const writer = this.#code;
    writer.get(this.#localIndex(counting.local));
    this.#pushBound(bound);
    writer.op(GO_ON_CODES[bound.goOn].goOn);
    this.#hints.push(writer.size);
    writer.if();
    this.#check();
    writer.op(OP.br).u32(again).end();
  }

  #pushBound({ local, constant }: LoopBound): void {
    if (local >= 0) this.#code.get(this.#localIndex(local));
    else this.#code.i32(constant);
  }

  /** Takes off what the iterations of a counting loop cost since it last charged. */
  #chargeIterations(loop: CountingLoop): void {
    const writer = this.#code;
    const [from, to] = loop.step > 0 ? ['start', 'now'] : ['now', 'start'];
    const push = (which: string | undefined): void => {
      writer.get(which === 'now' ? this.#localIndex(loop.local) : this.#scratchLocal('i32', 'start'));
    };
    this.#pushCounter();
    push(to);
    push(from);
    writer.op(OP.i32Sub);
    const step = Math.abs(loop.step);
    // A step that is a power of two goes into the price of a unit of distance: no division.
    const direct = (step & (step - 1)) === 0;
    if (!direct) writer.i32(step).op(OP.i32DivU);
    writer
      .op(OP.i64ExtendU)
      .i64((loop.fuel * FUEL_UNIT) / (direct ? step : 1))
      .op(OP.i64Mul)
      .op(OP.i64Sub)
      .set(this.#counter);
  }

  /** A local of the original function in the written one. */
  #localIndex(local: number): number {
    return local < this.#params ? local : local + 1;
  }

  /**
   * Exceptions jump straight to labels where other code arrives, too. Each clause gets a block of its own outside of
   * the try_table, where the counter is taken from the global again before control goes on to the label:
   *
   *     block $done  block $pad1  block $pad0
   *       try_table (catch a $pad0) (catch b $pad1) … end
   *       br $done
   *     end  reload  br a's label
   *     end  reload  br b's label
   *     end
   */
  #openTryTable(code: CodeBuffer, i: number): void {
    const { module } = this.#context;
    const clauses = catchClauses(module.bytes, code, i);
    const blockType = code.a[i] as number;
    if (clauses.length > 0) {
      this.#code.op(OP.block);
      this.#copyBlockType(code, i);
      const params = blockType >= 0 ? this.#context.types.source(blockType).params : [];
      for (const clause of clauses.toReversed()) {
        this.#code.op(OP.block);
        this.#blockType(params, this.#caught(clause));
      }
    }
    this.#code.u8(module.bytes[code.starts[i] as number] as number);
    this.#copyBlockType(code, i);
    this.#code.u32(clauses.length);
    for (const [index, { form, tag }] of clauses.entries()) {
      this.#code.u8(form);
      if (tag !== undefined) this.#code.u32(tag);
      this.#code.u32(index);
    }
    if (clauses.length === 0) this.#blocks.open();
    else this.#blocks.open(clauses.length + 1, { clauses });
  }

  /** Behind the `end` of a try_table: its landing pads. */
  #landingPads(clauses: readonly CatchClause[]): void {
    const writer = this.#code;
    writer.op(OP.br).u32(clauses.length);
    for (const [index, { label }] of clauses.entries()) {
      writer.end();
      this.#reload();
      this.#check();
      writer.op(OP.br).u32(this.#label(label) + clauses.length - index);
    }
    writer.end();
  }

  /** What a catch clause leaves on the stack. */
  #caught({ form, tag }: CatchClause): ValueType[] {
    const { module, types } = this.#context;
    const exnref: RefType = { kind: 'ref', nullable: false, heap: 'exn' };
    const values = tag === undefined ? [] : types.source(tagTypeIndex(module, tag)).params;
    return form === 1 || form === 3 ? [...values, exnref] : [...values];
  }

  #end(code: CodeBuffer, i: number, graph: FlowGraph, placement: Placement): void {
    const writer = this.#code;
    if (i === code.count - 1) {
      if (graph.hasBranchToFunctionLabel) {
        this.#flush();
        writer.end();
        this.#pending += placement.epilogue * FUEL_UNIT;
      }
      if (this.#guarded !== undefined) this.#context.passing?.closeGuard(writer);
      this.#giveBack();
      writer.end();
      return;
    }
    const closing = this.#blocks.close();
    if (closing?.counting !== undefined && closing.bound !== undefined) {
      this.#closeBoundedLoop(closing.counting, closing.bound);
      return;
    }
    const otherwise = placement.otherwise[i] as number;
    this.#flush();
    if (otherwise !== 0) {
      writer.else();
      this.#pending = otherwise * FUEL_UNIT;
      this.#flush();
    }
    writer.end();
    if (closing?.clauses !== undefined) this.#landingPads(closing.clauses);
    else if (closing !== undefined) this.#closeTightLoop(closing);
  }

  #branchIf(code: CodeBuffer, i: number, placement: Placement): void {
    const writer = this.#code;
    const { ids, starts, a } = code;
    const { bytes } = this.#context.module;
    const label = this.#label(a[i] as number);
    const charge = placement.taken[i] as number;
    const left = placement.exits.get(i);
    const bounded = placement.bounded.get(i);
    if (bounded?.bound?.operand === -1) writer.get(this.#scratchLocal('i32', 'limit')).op(OP.i32Ne);
    if (charge !== 0 || left !== undefined) {
      writer.if();
      if (left !== undefined) this.#chargeIterations(left);
      // Out of the two blocks here, and of what the loop has around it: the test stands directly in the loop.
      if (bounded?.bound?.leavesByBranch === true) this.#goOn(bounded, bounded.bound, 3);
      this.#pending = charge * FUEL_UNIT;
      this.#flush();
      writer
        .op(OP.br)
        .u32(label + 1)
        .end();
    } else if (ids[i] === BR_IF) writer.op(OP.brIf).u32(label);
    else writer.u8(bytes[starts[i] as number] as number).u32(label);
  }

  #call(callee: number, tail: boolean): void {
    const { module, support, constantCost, mayRecur } = this.#context;
    const writer = this.#code;
    const own = callee - module.imported.func;
    if (own >= 0 && (constantCost[own] as number) >= 0) {
      writer.call(this.#context.functionIndex(callee));
      if (tail) this.#leave();
      return;
    }
    const target = own < 0 ? support.importThunk(callee) : this.#context.functionIndex(callee);
    if (tail) {
      this.#pending -= this.#frame;
      this.#pushCounter();
      writer.op(OP.returnCall).u32(target);
    } else {
      this.#pushCounter();
      writer.call(target).set(this.#counter);
      if (own >= 0 && mayRecur[own] === 1) this.#checkAfterCall();
    }
  }

  #checkAfterCall(): void {
    if (!this.#checksAfterCalls) return;
    this.#check();
  }

  /** call_indirect, call_ref and their tail forms. */
  #callThroughReference(code: CodeBuffer, i: number): void {
    const { passing, module } = this.#context;
    const writer = this.#code;
    const control = CONTROL[code.ids[i] as number];
    const typeIndex = code.a[i] as number;
    const indirect = control === CONTROL_CODES['call-indirect'] || control === CONTROL_CODES['tail-call-indirect'];
    const tail = control === CONTROL_CODES['tail-call-indirect'] || control === CONTROL_CODES['tail-call-ref'];
    if (passing !== undefined) {
      if (tail && !this.#plain) {
        const thunk = indirect
          ? passing.indirectThunk(typeIndex, secondIndex(module.bytes, code, i))
          : passing.referenceThunk(typeIndex);
        this.#pending -= this.#frame;
        this.#pushCounter();
        writer.op(OP.returnCall).u32(thunk);
        return;
      }
      this.#pending += tail ? -this.#frame : OUTSIDE_CALL_WORDS;
      this.#pushCounter();
      passing.writeGive(writer);
      writer.bytes(module.bytes, code.starts[i], code.starts[i + 1]);
      if (tail) return;
      const found = this.#scratchLocal('i64', 'found');
      passing.writeRetake(writer, this.#counter, found, () => this.#hints.push(writer.size));
      writer.get(found).i64(OUTSIDE_CALL_WORDS).op(OP.i64Add).set(this.#counter);
      this.#checkAfterCall();
      return;
    }
    // The counter goes below the index or reference, which is on top of the stack.
    const scratch = this.#scratchLocal(indirect ? 'i32' : { kind: 'ref', nullable: true, heap: typeIndex });
    writer.set(scratch);
    if (tail) this.#pending -= this.#frame;
    this.#pushCounter();
    writer.get(scratch).bytes(module.bytes, code.starts[i], code.starts[i + 1]);
    if (tail) return;
    writer.set(this.#counter);
    this.#checkAfterCall();
  }

  #reference(funcIndex: number): void {
    this.#code.op(OP.refFunc).u32(this.#context.referenceTo(funcIndex));
  }

  /** An instruction that drops a segment. */
  #drop(start: number, end: number): void {
    const { module, dropped } = this.#context;
    this.#code.bytes(module.bytes, start, end);
    if (dropped !== undefined) this.#code.i32(1).setGlobal(dropped);
  }

  /** Gives the frame back, puts the counter behind the results, and returns. */
  #leave(): void {
    this.#giveBack();
    this.#code.op(OP.return);
  }

  #giveBack(): void {
    this.#pending -= this.#frame;
    this.#pushCounter();
    if (this.#plain) this.#context.passing?.writeGive(this.#code);
  }

  /** Takes the counter from the global: what ran since may have used fuel, while the stack is this function's own. */
  #reload(): void {
    if (this.#guarded !== undefined) this.#context.passing?.writeLost(this.#code);
    retakeFuel(this.#code, this.#context.globals, this.#counter);
    this.#code.set(this.#counter);
  }

  /** Stack: [] -> [counter], all charges made. */
  #pushCounter(): void {
    this.#code.get(this.#counter);
    if (this.#pending !== 0) this.#code.i64(this.#pending).op(OP.i64Sub);
    this.#pending = 0;
  }

  #flush(): void {
    if (this.#pending === 0) return;
    this.#pushCounter();
    this.#code.set(this.#counter);
  }

  /** The label in the written code. */
  #label(label: number): number {
    return this.#blocks.label(label);
  }

  /** The block type of instruction `i`, which is the first of its immediates. */
  #copyBlockType(code: CodeBuffer, i: number): void {
    const blockType = code.a[i] as number;
    if (blockType >= 0) {
      const { params, results } = this.#context.types.source(blockType);
      this.#blockType(params, results);
    } else if (blockType === -0x40) this.#code.u8(EMPTY_BLOCK);
    else
      writeValueType(this.#code, readValueType(new Reader(this.#context.module.bytes, (code.starts[i] as number) + 1)));
  }

  #blockType(params: readonly ValueType[], results: readonly ValueType[]): void {
    this.#context.types.writeBlockType(this.#code, params, results);
  }

  #scratchLocal(type: ValueType, purpose = 'operand'): number {
    const key = typeof type === 'string' ? `${purpose} ${type}` : `${purpose} ref ${type.nullable} ${type.heap}`;
    const known = this.#scratch.get(key);
    if (known !== undefined) return known;
    const index = this.#params + 1 + this.#localCount + this.#extraLocals.length;
    this.#extraLocals.push(type);
    this.#scratch.set(key, index);
    return index;
  }

  /** Length, local declarations and code. */
  #finish(body: Body, out: Assembler): void {
    const header = this.#header;
    header.reset();
    header.u32(body.locals.length + this.#extraLocals.length + (this.#plain ? 1 : 0));
    // The counter is a local there, and stands where it does in all other functions: behind the parameters.
    if (this.#plain) writeValueType(header.u32(1), 'i64');
    const { bytes } = this.#context.module;
    const groupsAt = body.code.start - localGroupBytes(body, bytes);
    header.bytes(bytes, groupsAt, body.code.start);
    for (const type of this.#extraLocals) writeValueType(header.u32(1), type);
    out.u32(header.size + this.#code.size);
    out.append(header);
    this.#context.offsets?.place(out.size, out.size + this.#code.size);
    out.append(this.#code);
    for (let h = 0; h < this.#hints.length; h++) this.#hints[h] = (this.#hints[h] as number) + header.size;
  }
}

/** Bytes of the local groups themselves, without their count. */
function localGroupBytes({ span, code }: Body, bytes: Uint8Array): number {
  let at = span.start;
  while ((bytes[at] as number) >= 0x80) at++;
  return code.start - (at + 1);
}

function tagTypeIndex(module: Module, tag: number): number {
  let seen = 0;
  for (const { type } of module.imports) {
    if (type.kind === 'tag' && seen++ === tag) return type.typeIndex;
  }
  return module.tags[tag - module.imported.tag]?.typeIndex ?? 0;
}
