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

/** Iterations between two looks at the fuel. @param fuel that may run before the outer loop charges and looks */
export function iterationsOf(fuel: number, { dearest }: CountingLoop): number {
  return Math.max(1, Math.floor(fuel / dearest));
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
  const { ids, a } = code;
  const { live } = graph;
  countWrites(code, start, end);
  const isFixed = (local: number): boolean => writes[local] === 0 && localIsI32(local);
  const ways = new WaysRound(graph, header, last);
  let found: Induction | undefined;
  for (let i = start + 3; i < end; i++) {
    if (ids[i] !== LOCAL_SET && ids[i] !== LOCAL_TEE) continue;
    // What stands behind a jump never runs: no such step takes the loop on, and no such test ends it.
    if (live[i] === 0) continue;
    const local = a[i] as number;
    if (writes[local] !== 1) continue;
    const step = stepOf(code, i);
    if (step === 0 || Math.abs(step) > MAX_STEP) continue;
    const node = nodeOf(graph, header, last, i);
    if (!localIsI32(local) || !ways.allPass(node)) continue;
    const written = findBound(code, start, end, local, step, i, isFixed);
    const bound =
      written !== undefined && live[written.test] !== 0 && decides(graph, written, header, last) ? written : undefined;
    if (bound === undefined && found !== undefined) continue;
    found = { local, step, node, exits: withTest(exits, bound), bound, dearest: totalCost(graph, header, last) };
    if (bound !== undefined) break;
  }
  forgetWrites(code, start, end);
  return found;
}

/**
 * Whether nothing but the test takes the loop on or ends it where the code for that is written. A test at the bottom has to be the
 * only way back, else the loop could go round without it, and never pause. And who leaves an `if` at the top by a branch to its end
 * must not be asked the test again.
 */
function decides(graph: FlowGraph, { afterStep, leavesByBranch }: LoopBound, header: number, last: number): boolean {
  const { firstOut, nextOut, to, place } = graph;
  if (!afterStep && leavesByBranch) return true;
  const meeting = afterStep ? header : last;
  let arrivals = 0;
  let way: number = PLACE.none;
  for (let node = header; node <= last; node++) {
    for (let edge = firstOut[node] as number; edge !== -1; edge = nextOut[edge] as number) {
      if (to[edge] !== meeting) continue;
      arrivals++;
      way = place[edge] as number;
    }
  }
  return arrivals === 1 && way === (afterStep ? PLACE.taken : PLACE.otherwise);
}

/** A test that leaves the loop may lead to a trap, which needs no charge. All the same it must tell whether the loop only pauses. */
function withTest(exits: readonly number[], bound: LoopBound | undefined): readonly number[] {
  return bound?.leavesByBranch === true && !exits.includes(bound.test) ? [...exits, bound.test] : exits;
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

/** How often the loop at hand writes to a local: 2 means more than once. Zero for all locals between two loops. */
let writes = new Uint8Array(256);

function countWrites({ ids, a }: CodeBuffer, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (!namesLocal(ids[i] as number)) continue;
    const local = a[i] as number;
    if (local >= writes.length) {
      const larger = new Uint8Array(2 * (local + 1));
      larger.set(writes);
      writes = larger;
    }
    if (ids[i] !== LOCAL_GET) writes[local] = Math.min(2, (writes[local] as number) + 1);
  }
}

function forgetWrites({ ids, a }: CodeBuffer, start: number, end: number): void {
  for (let i = start; i < end; i++) if (namesLocal(ids[i] as number)) writes[a[i] as number] = 0;
}

const namesLocal = (id: number): boolean => id === LOCAL_GET || id === LOCAL_SET || id === LOCAL_TEE;

/** What instruction `at`, which writes a local, adds to that local; 0 if it does something else. */
function stepOf({ ids, a }: CodeBuffer, at: number): number {
  const local = a[at];
  const [x, y, operation] = [at - 3, at - 2, ids[at - 1]];
  const yIsLocal = ids[y] === LOCAL_GET && a[y] === local;
  if (ids[x] === LOCAL_GET && a[x] === local && ids[y] === I32_CONST) {
    if (operation === I32_ADD) return a[y] as number;
    return operation === I32_SUB ? -(a[y] as number) : 0;
  }
  return yIsLocal && ids[x] === I32_CONST && operation === I32_ADD ? (a[x] as number) : 0;
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

/**
 * Which nodes of a loop every way round it passes: those that no edge leads past. Nodes stand in program order, so one walk over
 * the loop answers for all of them, in that order.
 */
class WaysRound {
  readonly #graph: FlowGraph;
  readonly #header: number;
  readonly #last: number;
  /** Edges of the nodes before this one were looked at. */
  #node: number;
  /** The furthest node of the loop that they lead to. */
  #furthest = 0;
  /** One of them leads back to the header. */
  #hasBack = false;

  constructor(graph: FlowGraph, header: number, last: number) {
    this.#graph = graph;
    this.#header = header;
    this.#last = last;
    this.#node = header;
  }

  /** @param node not before the one that was asked for last */
  allPass(node: number): boolean {
    const { firstOut, nextOut, to } = this.#graph;
    for (; this.#node < node; this.#node++) {
      for (let edge = firstOut[this.#node] as number; edge !== -1; edge = nextOut[edge] as number) {
        const target = to[edge] as number;
        if (target === this.#header) this.#hasBack = true;
        else if (target > this.#furthest && target <= this.#last) this.#furthest = target;
      }
    }
    return !this.#hasBack && this.#furthest <= node;
  }
}
