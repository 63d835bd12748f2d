/**
 * The pass over all code that comes before any function is rewritten: for each function what it costs, whom it calls, and how
 * much stack its frame takes. What follows from that for the module as a whole is module-facts.ts.
 *
 * Indices here are of *defined* functions (imports not counted), but for callees.
 */
import { type Arities, changeOf, paramsOf, resultsOf } from '../wasm/arities.ts';
import { type CodeBuffer, secondIndex } from '../wasm/code.ts';
import type { Body, Module } from '../wasm/module.ts';
import { OPCODES, opcode } from '../wasm/opcodes.ts';
import type { ScannedCode } from '../wasm/scanned-code.ts';
import { STACK_CHANGE } from '../wasm/stack-change.ts';
import { HEAP_TYPES, type ValueType } from '../wasm/types.ts';
import type { CallGroups } from './call-groups.ts';
import { type CostTable, entryCost } from './costs.ts';
import { CONTROL, CONTROL_CODES } from './flow-graph.ts';
import { constantOperandCost, SIZED } from './sized-operations.ts';

/**
 * Stack of a frame in 16-byte words, after what V8's baseline compiler takes on x64 (the optimising one takes less, but which of them
 * compiled a function must not matter): 48 bytes, 8 for each value (16 for a vector), and 8 more for each parameter
 * that no longer fits in registers.
 */
const FRAME_OVERHEAD_WORDS = 3;
const REGISTER_PARAMS = 4;

/** 1: drops a segment. */
export const DROPS_SEGMENT = Uint8Array.from(OPCODES, ({ name }) => (/^(data|elem)\.drop$/.test(name) ? 1 : 0));

/** What an instruction means here, by row id: `plain` if it has a price and moves the stack, and nothing else. */
const KIND = { plain: 0, sized: 100, table: 101, drop: 102, reference: 103, select: 104, null: 105 } as const;
const SPECIAL: Readonly<Record<string, number>> = {
  'table.set': KIND.table,
  'ref.func': KIND.reference,
  select_t: KIND.select,
  'ref.null': KIND.null,
};
const KINDS = Uint8Array.from(OPCODES, ({ id, name }) => {
  const control = CONTROL[id] as number;
  if (control !== CONTROL_CODES.none) return control;
  if (SIZED[id] === 1) return KIND.sized;
  return DROPS_SEGMENT[id] === 1 ? KIND.drop : (SPECIAL[name] ?? KIND.plain);
});

/** 1 for operations sized by an operand that change the table that is their first index (of table.init the second). */
const CHANGES_TABLE = Uint8Array.from(OPCODES, ({ name }) => (/^table\.(grow|fill|copy|init)$/.test(name) ? 1 : 0));

/** 1 for instructions on vectors. */
const VECTOR = Uint8Array.from(OPCODES, ({ feature }) => (feature === 'simd' || feature === 'relaxed-simd' ? 1 : 0));

const THROW_REF = opcode('throw_ref').id;
const TABLE_INIT = opcode('table.init').id;

export class ModuleSummary {
  /** Fuel of every instruction once, or of the one way through if `straight`. */
  readonly cost: Float64Array;
  /** 1: no branch, loop, indirect call, or operand-sized work: one way through, always the same. */
  readonly straight: Uint8Array;
  /** 1: calls through a table or a reference. */
  readonly indirect: Uint8Array;
  /** 1: ends in a call of a function that it names. */
  readonly tailCalls: Uint8Array;
  /** 16-byte words of the frame by itself. */
  readonly words: Int32Array;
  /** Loops, each of which may run for a stretch without looking at the fuel. */
  readonly loops: Uint32Array;
  /** 1: throws an exception itself. */
  readonly throws: Uint8Array;
  /**
   * Callees by function index: those of function f stand from calleeStarts[f] to calleeStarts[f + 1]. Calls through references
   * stand as calls of their type's group, see {@link CallGroups}.
   */
  readonly calleeStarts: Uint32Array;
  callees = new Uint32Array(1024);
  /** 1: `ref.func` in code refers to the function. By function index, imports included. */
  readonly referenced: Uint8Array;
  /** There are exception handlers. */
  catches = false;
  /** References to exceptions occur, or handlers of the form that can take them. */
  usesExceptionRefs: boolean;
  /** There are handlers of the form that cannot. */
  olderHandlers = false;
  /** Tables whose entries or size code may change. */
  readonly changedTables = new Set<number>();
  /** Code drops segments. */
  dropsSegments = false;

  readonly #module: Module;
  readonly #arities: Arities;
  readonly #groups: CallGroups;
  readonly #prices: Float64Array;
  #calleeCount = 0;
  /** By open block: the height below its own operands, and its arity. */
  #heights = new Int32Array(64);
  #blocks = new Uint32Array(64);

  constructor(module: Module, code: ScannedCode, { prices }: CostTable, arities: Arities, groups: CallGroups) {
    const count = module.bodies.length;
    this.#module = module;
    this.#arities = arities;
    this.#groups = groups;
    this.#prices = prices;
    this.cost = new Float64Array(count);
    this.straight = new Uint8Array(count);
    this.indirect = new Uint8Array(count);
    this.tailCalls = new Uint8Array(count);
    this.words = new Int32Array(count);
    this.loops = new Uint32Array(count);
    this.throws = new Uint8Array(count);
    this.calleeStarts = new Uint32Array(count + 1);
    this.referenced = new Uint8Array(module.imported.func + count);
    this.usesExceptionRefs = declaresExceptionRefs(module);
    for (let f = 0; f < count; f++) {
      const operands = this.#walk(f, code.read(f));
      this.words[f] = this.#frameWords(f, operands);
      this.calleeStarts[f + 1] = this.#calleeCount;
    }
  }

  /**
   * One walk over the instructions of a function.
   * @returns words of 8 bytes that the operands of one activation may take; vectors count twice. Never below the real height
   */
  #walk(f: number, code: CodeBuffer): number {
    const { ids, a, count } = code;
    const prices = this.#prices;
    const arities = this.#arities;
    const { locals, localCount } = this.#module.bodies[f] as Body;
    this.#reserve(code.maxDepth);
    const heights = this.#heights;
    const blocks = this.#blocks;
    let depth = 0;
    let height = 0;
    let highest = 0;
    let vectors = 0;
    let cost = entryCost(localCount);
    let straight = 1;

    for (let i = 0; i < count; i++) {
      const id = ids[i] as number;
      cost += prices[id] as number;
      height += STACK_CHANGE[id] as number;
      vectors |= VECTOR[id] as number;
      const kind = KINDS[id] as number;
      if (kind !== KIND.plain) {
        const first = a[i] as number;
        switch (kind) {
          case KIND.sized: {
            const fixed = constantOperandCost(code, i);
            if (fixed < 0) straight = 0;
            else cost += fixed;
            if (CHANGES_TABLE[id] === 1) {
              this.changedTables.add(id === TABLE_INIT ? secondIndex(this.#module.bytes, code, i) : first);
            }
            break;
          }
          case KIND.table:
            this.changedTables.add(first);
            break;
          case KIND.drop:
            this.dropsSegments = true;
            break;
          case KIND.reference:
            this.referenced[first] = 1;
            break;
          case KIND.select:
            this.usesExceptionRefs = true;
            break;
          case KIND.null:
            if (isExceptionRef(first)) this.usesExceptionRefs = true;
            break;
          case CONTROL_CODES.block:
          case CONTROL_CODES.loop:
          case CONTROL_CODES.if:
          case CONTROL_CODES.try:
          case CONTROL_CODES['try-table']: {
            if (kind !== CONTROL_CODES.block) straight = 0;
            if (kind === CONTROL_CODES.loop) this.loops[f] = (this.loops[f] as number) + 1;
            else if (kind === CONTROL_CODES.if) height--;
            if (kind === CONTROL_CODES.try || kind === CONTROL_CODES['try-table']) this.catches = true;
            if (kind === CONTROL_CODES.try) this.olderHandlers = true;
            else if (kind === CONTROL_CODES['try-table'] || isExceptionRef(first)) this.usesExceptionRefs = true;
            const arity = arities.block(first);
            heights[depth] = height - paramsOf(arity);
            blocks[depth++] = arity;
            break;
          }
          case CONTROL_CODES.else:
            height = (heights[depth - 1] as number) + paramsOf(blocks[depth - 1] as number);
            straight = 0;
            break;
          case CONTROL_CODES.catch:
            height = (heights[depth - 1] as number) + paramsOf(arities.tag(first));
            break;
          case CONTROL_CODES['catch-all']:
            height = heights[depth - 1] as number;
            break;
          case CONTROL_CODES.end:
          case CONTROL_CODES.delegate:
            if (depth > 0) {
              depth--;
              height = (heights[depth] as number) + resultsOf(blocks[depth] as number);
            }
            break;
          case CONTROL_CODES.call:
            this.#addCallee(first);
            height += changeOf(arities.func(first));
            if (first < this.#module.imported.func) straight = 0;
            break;
          case CONTROL_CODES['call-indirect']:
          case CONTROL_CODES['call-ref']:
            this.indirect[f] = 1;
            this.#addCallee(this.#groups.calleeOf(first));
            height += changeOf(arities.type(first)) - 1;
            straight = 0;
            break;
          case CONTROL_CODES['tail-call']:
            this.tailCalls[f] = 1;
            this.#addCallee(first);
            straight = 0;
            break;
          case CONTROL_CODES['tail-call-indirect']:
          case CONTROL_CODES['tail-call-ref']:
            this.indirect[f] = 1;
            this.#addCallee(this.#groups.calleeOf(first));
            straight = 0;
            break;
          case CONTROL_CODES.throw:
            this.throws[f] = 1;
            if (id === THROW_REF) this.usesExceptionRefs = true;
            straight = 0;
            break;
          default:
            straight = 0;
        }
      }
      if (height > highest) highest = height;
    }
    this.cost[f] = cost;
    this.straight[f] = straight;
    if (!this.usesExceptionRefs) this.usesExceptionRefs = locals.some(({ type }) => isExceptionType(type));
    return vectors === 0 ? highest : highest * 2;
  }

  #addCallee(callee: number): void {
    if (this.#calleeCount === this.callees.length) {
      const larger = new Uint32Array(this.#calleeCount * 2);
      larger.set(this.callees);
      this.callees = larger;
    }
    this.callees[this.#calleeCount++] = callee;
  }

  #reserve(depth: number): void {
    if (depth <= this.#heights.length) return;
    this.#heights = new Int32Array(depth * 2);
    this.#blocks = new Uint32Array(depth * 2);
  }

  #frameWords(f: number, operands: number): number {
    const { types, functions, bodies } = this.#module;
    const composite = types[functions[f] as number]?.composite;
    const params = composite?.kind === 'func' ? composite.params : [];
    // The counter is a parameter, too.
    let values = 1 + operands + Math.max(0, params.length + 1 - REGISTER_PARAMS);
    for (const param of params) values += slots(param);
    for (const { count, type } of (bodies[f] as Body).locals) values += count * slots(type);
    return FRAME_OVERHEAD_WORDS + Math.ceil(values / 2);
  }
}

const slots = (type: ValueType): number => (type === 'v128' ? 2 : 1);

/** A heap type or block type of one byte, as it stands in code. */
const isExceptionRef = (type: number): boolean => type === HEAP_TYPES.exn - 0x80 || type === HEAP_TYPES.noexn - 0x80;

const isExceptionType = (type: ValueType): boolean =>
  typeof type !== 'string' && (type.heap === 'exn' || type.heap === 'noexn');

function declaresExceptionRefs({ types, globals, tables, imports }: Module): boolean {
  return (
    types.some(
      ({ composite }) => composite.kind === 'func' && [...composite.params, ...composite.results].some(isExceptionType),
    ) ||
    globals.some(({ type }) => isExceptionType(type)) ||
    tables.some(({ element }) => isExceptionType(element)) ||
    imports.some(
      ({ type }) =>
        (type.kind === 'global' && isExceptionType(type.global.type)) ||
        (type.kind === 'table' && isExceptionType(type.table.element)),
    )
  );
}
