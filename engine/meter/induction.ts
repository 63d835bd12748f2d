/**
 * Loops that count for themselves.
 *
 * A loop with an induction variable (a local that each way round the loop changes once, by a constant) tells how often it
 * ran: (value now - value at the start) / step. Such a loop needs no charge inside: what its iterations cost is charged where it is left.
 * And instead of looking at the fuel it compares the variable with a limit a bounded number of iterations ahead; there it
 * leaves to an outer loop around it, which charges, checks, and starts it again. So one comparison is left in the loop,
 * and no call, which lets V8 unroll the loop as it would without metering.
 *
 * Only innermost loops without calls: the others spend their time elsewhere.
 */
import type { CodeBuffer } from '../wasm/code.ts';
import { opcode } from '../wasm/opcodes.ts';
import { type FlowGraph, OUTSIDE, PLACE } from './flow-graph.ts';

/** Fuel that may run before the outer loop charges and checks again. */
const MAX_STRETCH = 16_384;
/** Each exit carries the code that charges: with more of them than this the loop would rather charge inside. */
const MAX_EXITS = 4;
/** Steps above this are not counting. */
const MAX_STEP = 4_096;

/** A loop that counts for itself. */
export interface CountingLoop {
  /** The instruction `loop`. */
  readonly op: number;
  /** The induction variable: a local of the original function. */
  readonly local: number;
  readonly step: number;
  /** Node that changes the variable: every way round the loop passes it once. */
  readonly node: number;
  /** Instructions where control leaves the loop: a charge is due there. */
  readonly exits: readonly number[];
  /** Fuel of one iteration, as charged at the exits; set by the placement. */
  fuel: number;
}

const LOCAL_GET = opcode('local.get').id;
const LOCAL_SET = opcode('local.set').id;
const LOCAL_TEE = opcode('local.tee').id;
const I32_CONST = opcode('i32.const').id;
const I32_ADD = opcode('i32.add').id;
const I32_SUB = opcode('i32.sub').id;

/** Iterations between two looks at the fuel. */
export function stretch({ fuel }: CountingLoop): number {
  return Math.max(1, Math.floor(MAX_STRETCH / fuel));
}

/**
 * The loops of a function that can count for themselves. Linear in the size of the innermost loops.
 * @param localTypeIsI32 whether a local (parameters first) is an i32
 */
export function findCountingLoops(graph: FlowGraph, code: CodeBuffer, localTypeIsI32: (local: number) => boolean): CountingLoop[] {
  const found: CountingLoop[] = [];
  const { loopCount, loopHeader, loopLast, loopOp, loopEnd, loopBackEdges } = graph;
  let covered = -1;
  for (let i = 0; i < loopCount; i++) {
    const op = loopOp[i] as number;
    // Loops come in the order of their ends: one that starts before an earlier one ended has it inside.
    const innermost = op > covered;
    covered = loopEnd[i] as number;
    if (!innermost || (loopBackEdges[i] as number) === 0) continue;
    const header = loopHeader[i] as number;
    const last = loopLast[i] as number;
    const exits = leaveBy(graph, header, last);
    // A loop that takes operands would have to hand them to the loop around it.
    if (exits === undefined || takesOperands(code, op)) continue;
    for (const [local, step, at] of increments(code, op, covered)) {
      const node = nodeOf(graph, header, last, at);
      if (!localTypeIsI32(local) || !onEveryWayRound(graph, header, last, node)) continue;
      found.push({ op, local, step, node, exits, fuel: 0 });
      break;
    }
  }
  return found;
}

/** Block types with an index may take parameters; the empty one and those of a single result do not. */
const takesOperands = (code: CodeBuffer, op: number): boolean => (code.a[op] as number) >= 0;

/** Where control leaves the loop; undefined if code cannot stand on some exit, or there are calls or too many exits. */
function leaveBy(graph: FlowGraph, header: number, last: number): number[] | undefined {
  const { calls, firstOut, nextOut, to, place, op, traps } = graph;
  const exits: number[] = [];
  for (let node = header; node <= last; node++) {
    if (calls[node] === 1) return undefined;
    for (let edge = firstOut[node] as number; edge !== -1; edge = nextOut[edge] as number) {
      const target = to[edge] as number;
      if (target !== OUTSIDE && target >= header && target <= last) continue;
      if (traps[target] === 1) continue;
      if (place[edge] !== PLACE.taken && place[edge] !== PLACE.before) return undefined;
      exits.push(op[edge] as number);
      if (exits.length > MAX_EXITS) return undefined;
    }
  }
  return exits;
}

/** Locals that are written once in the loop, by adding a constant to themselves: local, step, and the instruction that writes. */
function* increments(code: CodeBuffer, start: number, end: number): Generator<readonly [local: number, step: number, at: number]> {
  const { ids, a } = code;
  const writes = new Map<number, number>();
  for (let i = start; i < end; i++) {
    if (ids[i] === LOCAL_SET || ids[i] === LOCAL_TEE) writes.set(a[i] as number, (writes.get(a[i] as number) ?? 0) + 1);
  }
  for (let i = start + 3; i < end; i++) {
    if (ids[i] !== LOCAL_SET && ids[i] !== LOCAL_TEE) continue;
    const local = a[i] as number;
    if (writes.get(local) !== 1) continue;
    const [x, y, operation] = [i - 3, i - 2, ids[i - 1]];
    const isGet = (j: number): boolean => ids[j] === LOCAL_GET && a[j] === local;
    let step = 0;
    if (isGet(x) && ids[y] === I32_CONST) step = operation === I32_ADD ? (a[y] as number) : operation === I32_SUB ? -(a[y] as number) : 0;
    else if (isGet(y) && ids[x] === I32_CONST && operation === I32_ADD) step = a[x] as number;
    if (step !== 0 && Math.abs(step) <= MAX_STEP) yield [local, step, i];
  }
}

/** The node that an instruction of the loop belongs to. */
function nodeOf(graph: FlowGraph, header: number, last: number, op: number): number {
  let low = header;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((graph.firstOp[middle] as number) <= op) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** True if no edge leads past the node: nodes stand in program order, so whatever goes round the loop goes through it. */
function onEveryWayRound(graph: FlowGraph, header: number, last: number, node: number): boolean {
  const { firstOut, nextOut, to } = graph;
  for (let from = header; from < node; from++) {
    for (let edge = firstOut[from] as number; edge !== -1; edge = nextOut[edge] as number) {
      const target = to[edge] as number;
      const isBack = target === header;
      const inside = target > header && target <= last;
      if (isBack || (inside && target > node)) return false;
    }
  }
  return true;
}
