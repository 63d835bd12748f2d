/**
 * Tight loops: innermost, and without calls. A call in such a loop, even one that is never made, keeps V8 from unrolling
 * it and from leaving out its own interrupt checks. So the slow path of the check stands outside: the loop leaves to an
 * outer loop around it, which looks at the fuel and starts it again.
 *
 * Many of them also count for themselves: an induction variable (a local that each way round the loop changes once, by a
 * constant) tells how often the loop ran: (value now - value at the start) / step. Such a loop carries no charge. What its
 * iterations cost is charged where it is left, and instead of looking at the fuel it compares the variable with a limit, a
 * bounded number of iterations ahead, where it leaves to the outer loop. Often the loop's own test can do that, see loop-bound.ts.
 */
import type { CodeBuffer } from '../wasm/code.ts';
import { opcode } from '../wasm/opcodes.ts';
import { type FlowGraph, OUTSIDE, PLACE } from './flow-graph.ts';
import { findBound, type LoopBound } from './loop-bound.ts';

/** Fuel that may run before the outer loop charges and checks again. */
export const MAX_STRETCH = 16_384;
/** Each exit carries the code that charges: with more of them than this the loop would rather charge inside. */
const MAX_EXITS = 4;
/** Steps above this are not counting. */
const MAX_STEP = 4_096;

export interface Induction {
  /** A local of the original function. */
  readonly local: number;
  readonly step: number;
  /** Node that changes the variable: every way round the loop passes it once. */
  readonly node: number;
  /** Instructions where control leaves the loop: a charge is due there. */
  readonly exits: readonly number[];
  /** The test that ends the loop, if it is one that can also make it pause. */
  readonly bound: LoopBound | undefined;
  /** No iteration costs more: the fuel of all nodes of the loop, though branches in it are charged where they are. */
  readonly dearest: number;
}

export interface TightLoop {
  /** The instruction `loop`. */
  readonly op: number;
  /** Its `end`. */
  readonly end: number;
  /** The node where branches to it arrive. */
  readonly header: number;
  readonly induction: Induction | undefined;
}

/** A loop that counts for itself. */
export interface CountingLoop extends Induction {
  /** The instruction `loop`. */
  readonly op: number;
  /** Its `end`. */
  readonly end: number;
  /** Fuel of one iteration, charged where the loop is left. */
  readonly fuel: number;
}

const LOCAL_GET = opcode('local.get').id;
const LOCAL_SET = opcode('local.set').id;
const LOCAL_TEE = opcode('local.tee').id;
const I32_CONST = opcode('i32.const').id;
const I32_ADD = opcode('i32.add').id;
const I32_SUB = opcode('i32.sub').id;

/** Iterations between two looks at the fuel. */
export function stretch({ dearest }: CountingLoop): number {
  return Math.max(1, Math.floor(MAX_STRETCH / dearest));
}

/**
 * The tight loops of a function. Linear in their size.
 * @param localIsI32 whether a local (parameters first) is an i32
 */
export function findTightLoops(
  graph: FlowGraph,
  code: CodeBuffer,
  localIsI32: (local: number) => boolean,
): TightLoop[] {
  const found: TightLoop[] = [];
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
    // A loop that takes operands would have to hand them to the loop around it.
    if (takesOperands(code, op) || hasAny(graph.calls, header, last)) continue;
    found.push({
      op,
      end: covered,
      header,
      induction: findInduction(graph, code, header, last, op, covered, localIsI32),
    });
  }
  return found;
}

function findInduction(
  graph: FlowGraph,
  code: CodeBuffer,
  header: number,
  last: number,
  start: number,
  end: number,
  localIsI32: (local: number) => boolean,
): Induction | undefined {
  const exits = leaveBy(graph, header, last);
  // A throw charges on its way out of the loop. If a handler is inside, the loop goes on, and would charge again.
  if (exits === undefined || hasAny(graph.handlers, header, last)) return undefined;
  const writes = countWrites(code, start, end);
  const isFixed = (local: number): boolean => !writes.has(local) && localIsI32(local);
  let found: Induction | undefined;
  for (const [local, step, at] of increments(code, start, end, writes)) {
    const node = nodeOf(graph, header, last, at);
    if (!localIsI32(local) || !onEveryWayRound(graph, header, last, node)) continue;
    const bound = findBound(code, start, end, local, step, at, isFixed);
    if (bound === undefined && found !== undefined) continue;
    found = { local, step, node, exits, bound, dearest: totalCost(graph, header, last) };
    if (bound !== undefined) break;
  }
  return found;
}

function totalCost({ cost }: FlowGraph, header: number, last: number): number {
  let total = 0;
  for (let node = header; node <= last; node++) total += cost[node] as number;
  return total;
}

function hasAny(flags: Uint8Array, header: number, last: number): boolean {
  for (let node = header; node <= last; node++) if (flags[node] === 1) return true;
  return false;
}

/** Block types with an index may take parameters; the empty one and those of a single result do not. */
const takesOperands = (code: CodeBuffer, op: number): boolean => (code.a[op] as number) >= 0;

/** Where control leaves the loop; undefined if code cannot stand on some exit, or there are too many. */
function leaveBy(graph: FlowGraph, header: number, last: number): number[] | undefined {
  const { firstOut, nextOut, to, place, op, traps } = graph;
  const exits: number[] = [];
  for (let node = header; node <= last; node++) {
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

function countWrites({ ids, a }: CodeBuffer, start: number, end: number): ReadonlyMap<number, number> {
  const writes = new Map<number, number>();
  for (let i = start; i < end; i++) {
    if (ids[i] === LOCAL_SET || ids[i] === LOCAL_TEE) writes.set(a[i] as number, (writes.get(a[i] as number) ?? 0) + 1);
  }
  return writes;
}

/** Locals that are written once in the loop, by adding a constant to themselves: local, step, and the instruction that writes. */
function* increments(
  code: CodeBuffer,
  start: number,
  end: number,
  writes: ReadonlyMap<number, number>,
): Generator<readonly [local: number, step: number, at: number]> {
  const { ids, a } = code;
  for (let i = start + 3; i < end; i++) {
    if (ids[i] !== LOCAL_SET && ids[i] !== LOCAL_TEE) continue;
    const local = a[i] as number;
    if (writes.get(local) !== 1) continue;
    const [x, y, operation] = [i - 3, i - 2, ids[i - 1]];
    const isGet = (j: number): boolean => ids[j] === LOCAL_GET && a[j] === local;
    let step = 0;
    if (isGet(x) && ids[y] === I32_CONST)
      step = operation === I32_ADD ? (a[y] as number) : operation === I32_SUB ? -(a[y] as number) : 0;
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
