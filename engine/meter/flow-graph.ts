/**
 * The flow graph of one function: nodes are runs of instructions that execute together, edges are where control passes
 * from one run to the next and, with each, the place in the code where a charge for that passage can be written.
 *
 * Built in one pass over scanned code. The graph knows what instructions cost but not where charges go: that is
 * placement.ts. All storage is reused from function to function.
 */

import type { Arities } from '../wasm/arities.ts';
import { branchTableLabels, catchClauses } from '../wasm/branch-targets.ts';
import type { CodeBuffer } from '../wasm/code.ts';
import { type Control, OPCODES, opcode } from '../wasm/opcodes.ts';
import { constantOperandCost, SIZED } from './sized-operations.ts';

/** Where code can be written so that exactly the executions of one edge pass it. */
export const PLACE = {
  /** At the start of the function. */
  entry: 0,
  /** Before instruction `op`. */
  before: 1,
  /** After instruction `op`. */
  after: 2,
  /** On the taken side of the conditional branch `op`: the branch is written as an `if` around an unconditional one. */
  taken: 3,
  /** In an `else` arm added to the `if` that ends at `op`. */
  otherwise: 4,
  /** Behind the block that is put around a body whose function label is branched to. */
  epilogue: 5,
  /** Nowhere: no code can stand on this edge alone (a branch table, a conditional branch that carries values). */
  none: 6,
} as const;
export type Place = (typeof PLACE)[keyof typeof PLACE];

/** The node that stands for both the caller before the call and the caller after it. */
export const OUTSIDE = 0;
/** See `live`. */
export const DEAD_BEHIND = 2;
/** In `live`, of the writer: the instruction pushes the bound of a counting loop, and is replaced. */
export const REPLACED = 3;
/** "No node": the code here cannot be reached. */
export const DEAD = -1;

export const TRAIT = {
  /** The callee, or what it calls, may look at the fuel. */
  mayCheck: 1,
  /** The callee looks at the fuel whenever it is called. */
  checks: 2,
  /** An exception may leave the callee and be caught in this module. */
  throws: 4,
} as const;

/** What builds a graph needs to know of the module around the function. */
export interface FlowContext {
  /** Fuel by opcode row id. */
  readonly prices: Float64Array;
  readonly arities: Arities;
  /**
   * What a caller charges beyond the price of the call itself: callees of constant cost do not charge for themselves. By function
   * index.
   */
  readonly calleeCost: Float64Array;
  /** What callees may do, as {@link TRAIT} bits. By function index. */
  readonly calleeTraits: Uint8Array;
  /** True if whatever a call through a reference of the type may reach looks at the fuel. */
  referenceChecks(typeIndex: number): boolean;
  readonly indirectThrows: boolean;
}

export const CONTROL_CODES: Readonly<Record<Control, number>> = {
  none: 0,
  block: 1,
  loop: 2,
  if: 3,
  else: 4,
  end: 5,
  br: 6,
  'br-if': 7,
  'br-table': 8,
  return: 9,
  unreachable: 10,
  call: 11,
  'call-indirect': 12,
  'call-ref': 13,
  'tail-call': 14,
  'tail-call-indirect': 15,
  'tail-call-ref': 16,
  throw: 17,
  'try-table': 18,
  try: 19,
  catch: 20,
  'catch-all': 21,
  delegate: 22,
};
/** The control property of each row as a number, for switches. */
export const CONTROL = Uint8Array.from(OPCODES, ({ control }) => CONTROL_CODES[control]);
/** The same, and one more for operations sized by an operand, which have no control. */
const SIZED_KIND = 100;
const KINDS = CONTROL.map((control, id) => (SIZED[id] === 1 ? SIZED_KIND : control));
const BR_IF = opcode('br_if').id;

const FRAME = { function: 0, block: 1, loop: 2, if: 3, else: 4, try: 5 } as const;

/** A block that is open while the graph is built. */
interface Frame {
  kind: number;
  /** Loops: the instruction that opened it. */
  op: number;
  /** Head of the list of edges waiting for the node behind `end`; -1: nobody branches there. */
  joins: number;
  /** Loops: the node that branches go to. */
  header: number;
  /** if: the node of the condition. */
  condition: number;
  params: number;
  results: number;
  /** Last branch table that was seen to target this frame, so that each counts once. */
  table: number;
  backEdges: number;
  /** Loop nesting outside of this frame. */
  loopDepth: number;
}

export class FlowGraph {
  // --- nodes
  nodeCount = 0;
  /** Fuel of one execution of the node. */
  cost = new Float64Array(256);
  /** 1: a call, or an instruction sized by an operand, may look at the fuel in this node. */
  calls = new Uint8Array(256);
  /** 1: a call in the node looks at the fuel each time. */
  surely = new Uint8Array(256);
  /** 1: the node is where branches to a loop arrive. It costs nothing; the check of the loop stands behind it. */
  headers = new Uint8Array(256);
  /** 1: the node ends in a trap. */
  traps = new Uint8Array(256);
  /** 1: exceptions arrive at the node. */
  handlers = new Uint8Array(256);
  /** First instruction of the node. */
  firstOp = new Int32Array(256);
  /** Loops around the node. */
  loopDepth = new Uint16Array(256);
  /** First outgoing edge; -1: none. */
  firstOut = new Int32Array(256);

  // --- edges, in the order of their sources
  edgeCount = 0;
  from = new Int32Array(512);
  to = new Int32Array(512);
  place = new Uint8Array(512);
  /** Instruction that the place speaks of. */
  op = new Int32Array(512);
  /** Next edge with the same source; -1: last. */
  nextOut = new Int32Array(512);
  /** Links edges that wait for the node behind an `end`. */
  #nextJoin = new Int32Array(512);

  // --- loops, in the order of their ends
  loopCount = 0;
  /** The instruction `loop`. */
  loopOp = new Int32Array(64);
  /** The node that branches to the loop go to; the body starts in the node after it. */
  loopHeader = new Int32Array(64);
  /** Last node of the loop. */
  loopLast = new Int32Array(64);
  /** The `end` of the loop. */
  loopEnd = new Int32Array(64);
  loopBackEdges = new Int32Array(64);

  // --- the function
  /**
   * 0: cannot be reached, so it is neither charged nor copied. 1: can. DEAD_BEHIND: the `end` of a block that nothing
   * leaves: what the block's type promises is never there, so without the code that would take it a trap must stand behind.
   */
  live = new Uint8Array(4096);
  /** Someone branches conditionally to the function label: the body gets a block around it, with an epilogue behind. */
  hasBranchToFunctionLabel = false;
  /** Exceptions enter or leave this function where others go on: some balances are fixed at zero. */
  pinned = false;
  /** Some node ends in a trap. */
  hasTraps = false;

  #frames: Frame[] = [];
  #depth = 0;

  /**
   * Builds the graph of one body. Linear in its instructions.
   * @param results operands that the function leaves
   * @param entry fuel of entering the function, charged with its first node
   */
  build(bytes: Uint8Array, code: CodeBuffer, results: number, entry: number, context: FlowContext): void {
    this.#clear(code.count);
    const { ids, a, count } = code;
    const { prices, arities } = context;
    this.#node(0, 0); // OUTSIDE
    let node = this.#node(0, 0);
    this.cost[node] = entry;
    this.#edge(OUTSIDE, node, PLACE.entry, 0);
    let loopDepth = 0;
    let frame = this.#open(FRAME.function, results, 0);
    /** Fuel of the instructions that belong to the node and were not added to it yet. */
    let run = 0;

    for (let i = 0; i < count; i++) {
      const id = ids[i] as number;
      run += prices[id] as number;
      const kind = KINDS[id] as number;
      if (kind === CONTROL_CODES.none) continue;
      // Marks of structure, which are free, may stand where nothing is reached.
      if (node !== DEAD) this.cost[node] = (this.cost[node] as number) + run;
      run = 0;
      switch (kind) {
        case SIZED_KIND: {
          const fixed = constantOperandCost(code, i);
          if (fixed < 0) this.calls[node] = 1;
          else run = fixed;
          break;
        }
        case CONTROL_CODES.block:
          frame = this.#open(FRAME.block, arities.block(a[i] as number), loopDepth);
          break;
        case CONTROL_CODES['try-table']:
          // Exceptions arrive at the labels of the catch clauses, through landing pads, with a settled balance.
          for (const { label } of catchClauses(bytes, code, i)) this.#branch(label, OUTSIDE, PLACE.none, i);
          frame = this.#open(FRAME.try, arities.block(a[i] as number), loopDepth);
          break;
        case CONTROL_CODES.try:
          frame = this.#open(FRAME.try, arities.block(a[i] as number), loopDepth);
          break;
        case CONTROL_CODES.loop: {
          const header = this.#node(++loopDepth, i);
          this.headers[header] = 1;
          this.#edge(node, header, PLACE.before, i);
          node = this.#follow(header, loopDepth, i);
          frame = this.#open(FRAME.loop, arities.block(a[i] as number), loopDepth - 1);
          frame.header = header;
          frame.op = i;
          break;
        }
        case CONTROL_CODES.if: {
          frame = this.#open(FRAME.if, arities.block(a[i] as number), loopDepth);
          frame.condition = node;
          node = this.#follow(node, loopDepth, i);
          break;
        }
        case CONTROL_CODES.else:
          if (node !== DEAD) this.#join(frame, node, PLACE.before, i);
          frame.kind = FRAME.else;
          node = this.#follow(frame.condition, loopDepth, i);
          break;
        case CONTROL_CODES.catch:
        case CONTROL_CODES['catch-all']: {
          if (node !== DEAD) this.#join(frame, node, PLACE.before, i);
          const handler = this.#node(loopDepth, i);
          this.#edge(OUTSIDE, handler, PLACE.none, i);
          node = this.#follow(handler, loopDepth, i);
          break;
        }
        case CONTROL_CODES.delegate:
        case CONTROL_CODES.end: {
          if (frame.kind === FRAME.function) {
            this.#leave(frame, node, i);
            return;
          }
          if (frame.kind === FRAME.if) this.#join(frame, frame.condition, PLACE.otherwise, i);
          if (frame.kind === FRAME.loop) {
            this.#closeLoop(frame, i);
            loopDepth = frame.loopDepth;
          }
          if (frame.joins !== -1) {
            if (node !== DEAD) this.#join(frame, node, PLACE.before, i);
            const join = this.#node(loopDepth, i + 1);
            node = this.#land(frame, join) ? join : this.#follow(join, loopDepth, i);
          } else if (node !== DEAD && frame.kind === FRAME.loop) {
            // Behind a loop code runs less often than in it: a node of its own.
            const behind = this.#node(loopDepth, i + 1);
            this.#edge(node, behind, PLACE.before, i);
            node = behind;
          }
          if (node === DEAD) this.live[i] = DEAD_BEHIND;
          this.#depth--;
          frame = this.#frames[this.#depth - 1] as Frame;
          break;
        }
        case CONTROL_CODES.br:
          this.#branch(a[i] as number, node, PLACE.before, i);
          node = DEAD;
          break;
        case CONTROL_CODES['br-if']: {
          const target = this.#target(a[i] as number);
          const carried = target.kind === FRAME.loop ? target.params : target.results;
          this.#branch(a[i] as number, node, id === BR_IF && carried === 0 ? PLACE.taken : PLACE.none, i);
          node = this.#follow(node, loopDepth, i);
          break;
        }
        case CONTROL_CODES['br-table']:
          this.#branchTable(bytes, code, i, node);
          node = DEAD;
          break;
        case CONTROL_CODES['tail-call']:
          this.cost[node] = (this.cost[node] as number) + (context.calleeCost[a[i] as number] as number);
          this.#edge(node, OUTSIDE, PLACE.before, i);
          node = DEAD;
          break;
        case CONTROL_CODES.return:
        case CONTROL_CODES.throw:
        case CONTROL_CODES['tail-call-indirect']:
        case CONTROL_CODES['tail-call-ref']:
          this.#edge(node, OUTSIDE, PLACE.before, i);
          node = DEAD;
          break;
        case CONTROL_CODES.unreachable:
          this.traps[node] = 1;
          this.hasTraps = true;
          node = DEAD;
          break;
        case CONTROL_CODES.call: {
          const callee = a[i] as number;
          const traits = context.calleeTraits[callee] as number;
          this.cost[node] = (this.cost[node] as number) + (context.calleeCost[callee] as number);
          if ((traits & TRAIT.mayCheck) !== 0) this.calls[node] = 1;
          if ((traits & TRAIT.checks) !== 0) this.surely[node] = 1;
          if ((traits & TRAIT.throws) !== 0) node = this.#settle(node, loopDepth, i);
          break;
        }
        default: {
          this.calls[node] = 1;
          if (context.referenceChecks(a[i] as number)) this.surely[node] = 1;
          if (context.indirectThrows) node = this.#settle(node, loopDepth, i);
        }
      }
      if (node === DEAD) i = this.#skipDead(code, i + 1) - 1;
    }
  }

  /** Forgets the last function. What is not written for each node anew is zero from here on. */
  #clear(instructions: number): void {
    const used = this.nodeCount;
    this.cost.fill(0, 0, used);
    this.calls.fill(0, 0, used);
    this.surely.fill(0, 0, used);
    this.headers.fill(0, 0, used);
    this.handlers.fill(0, 0, used);
    this.traps.fill(0, 0, used);
    if (this.live.length < instructions) this.live = new Uint8Array(instructions * 2);
    this.live.fill(1, 0, instructions);
    this.nodeCount = 0;
    this.edgeCount = 0;
    this.loopCount = 0;
    this.hasBranchToFunctionLabel = false;
    this.pinned = false;
    this.hasTraps = false;
    this.#depth = 0;
  }

  /** From a dead instruction to the `else`, `catch` or `end` of the enclosing block, which is the next that is alive. */
  #skipDead({ ids }: CodeBuffer, from: number): number {
    const { live } = this;
    let nesting = 0;
    for (let i = from; ; i++) {
      switch (CONTROL[ids[i] as number]) {
        case CONTROL_CODES.block:
        case CONTROL_CODES.loop:
        case CONTROL_CODES.if:
        case CONTROL_CODES.try:
        case CONTROL_CODES['try-table']:
          nesting++;
          break;
        case CONTROL_CODES.else:
        case CONTROL_CODES.catch:
        case CONTROL_CODES['catch-all']:
          if (nesting === 0) return i;
          break;
        case CONTROL_CODES.end:
        case CONTROL_CODES.delegate:
          if (nesting === 0) return i;
          nesting--;
          break;
      }
      live[i] = 0;
    }
  }

  /** The end of the function: falling through is leaving, unless an epilogue stands between. */
  #leave(frame: Frame, node: number, op: number): void {
    if (!this.hasBranchToFunctionLabel) {
      if (node !== DEAD) this.#edge(node, OUTSIDE, PLACE.before, op);
      return;
    }
    if (node !== DEAD) this.#join(frame, node, PLACE.before, op);
    const epilogue = this.#node(0, op);
    this.#land(frame, epilogue);
    this.#edge(epilogue, OUTSIDE, PLACE.epilogue, op);
  }

  /** A call from which an exception may leave: before and behind it the balance is settled. */
  #settle(node: number, loopDepth: number, op: number): number {
    this.#edge(node, OUTSIDE, PLACE.none, op);
    const behind = this.#node(loopDepth, op + 1);
    this.#edge(node, behind, PLACE.none, op);
    return this.#follow(behind, loopDepth, op);
  }

  #branch(label: number, node: number, place: Place, op: number): void {
    const target = this.#target(label);
    if (target.kind === FRAME.loop) {
      this.#edge(node, target.header, place, op);
      target.backEdges++;
    } else if (target.kind === FRAME.function && place === PLACE.before) {
      // Written as `return`.
      this.#edge(node, OUTSIDE, place, op);
    } else {
      if (target.kind === FRAME.function) this.hasBranchToFunctionLabel = true;
      this.#join(target, node, place, op);
    }
  }

  #branchTable(bytes: Uint8Array, code: CodeBuffer, op: number, node: number): void {
    for (const label of branchTableLabels(bytes, code, op)) {
      const target = this.#target(label);
      if (target.table === op) continue;
      target.table = op;
      this.#branch(label, node, PLACE.none, op);
    }
  }

  #target(label: number): Frame {
    return this.#frames[this.#depth - 1 - label] as Frame;
  }

  #open(kind: number, arity: number, loopDepth: number): Frame {
    let frame = this.#frames[this.#depth];
    if (frame === undefined) {
      frame = {
        kind,
        op: -1,
        joins: -1,
        header: DEAD,
        condition: DEAD,
        params: 0,
        results: 0,
        table: -1,
        backEdges: 0,
        loopDepth,
      };
      this.#frames.push(frame);
    }
    frame.kind = kind;
    frame.joins = -1;
    frame.params = arity >>> 16;
    frame.results = arity & 0xffff;
    frame.table = -1;
    frame.backEdges = 0;
    frame.loopDepth = loopDepth;
    this.#depth++;
    return frame;
  }

  #closeLoop(frame: Frame, end: number): void {
    const i = this.loopCount++;
    if (i === this.loopOp.length) {
      this.loopOp = grown(this.loopOp);
      this.loopHeader = grown(this.loopHeader);
      this.loopLast = grown(this.loopLast);
      this.loopEnd = grown(this.loopEnd);
      this.loopBackEdges = grown(this.loopBackEdges);
    }
    this.loopOp[i] = frame.op;
    this.loopHeader[i] = frame.header;
    this.loopLast[i] = this.nodeCount - 1;
    this.loopEnd[i] = end;
    this.loopBackEdges[i] = frame.backEdges;
  }

  #node(loopDepth: number, op: number): number {
    const node = this.nodeCount++;
    if (node === this.cost.length) {
      this.cost = grown(this.cost);
      this.calls = grown(this.calls);
      this.surely = grown(this.surely);
      this.headers = grown(this.headers);
      this.handlers = grown(this.handlers);
      this.traps = grown(this.traps);
      this.loopDepth = grown(this.loopDepth);
      this.firstOut = grown(this.firstOut);
      this.firstOp = grown(this.firstOp);
    }
    this.loopDepth[node] = loopDepth;
    this.firstOut[node] = -1;
    this.firstOp[node] = op;
    return node;
  }

  /** A new node behind `node`, reached through code after instruction `op`. */
  #follow(node: number, loopDepth: number, op: number): number {
    const next = this.#node(loopDepth, op + 1);
    this.#edge(node, next, PLACE.after, op);
    return next;
  }

  #edge(from: number, to: number, place: Place, op: number): number {
    const edge = this.edgeCount++;
    if (place === PLACE.none && (from === OUTSIDE || to === OUTSIDE)) this.pinned = true;
    if (edge === this.from.length) {
      this.from = grown(this.from);
      this.to = grown(this.to);
      this.place = grown(this.place);
      this.op = grown(this.op);
      this.nextOut = grown(this.nextOut);
      this.#nextJoin = grown(this.#nextJoin);
    }
    this.from[edge] = from;
    this.to[edge] = to;
    this.place[edge] = place;
    this.op[edge] = op;
    if (from === OUTSIDE && place === PLACE.none && to !== DEAD) this.handlers[to] = 1;
    this.nextOut[edge] = this.firstOut[from] as number;
    this.firstOut[from] = edge;
    return edge;
  }

  /** An edge to the node behind the block, which does not exist yet. */
  #join(frame: Frame, from: number, place: Place, op: number): void {
    const edge = this.#edge(from, DEAD, place, op);
    this.#nextJoin[edge] = frame.joins;
    frame.joins = edge;
  }

  /**
   * Gives the waiting edges their node. Answers whether that node will do: where several edges meet, or code cannot stand on
   * one of them, another node behind it gives a place for code that all of them pass.
   */
  #land(frame: Frame, node: number): boolean {
    let single = true;
    for (let edge = frame.joins; edge !== -1; edge = this.#nextJoin[edge] as number) {
      this.to[edge] = node;
      if (this.from[edge] === OUTSIDE) this.handlers[node] = 1;
      if (this.place[edge] === PLACE.none || edge !== frame.joins) single = false;
    }
    return single;
  }
}

function grown<T extends Int32Array | Uint8Array | Uint16Array | Float64Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}
