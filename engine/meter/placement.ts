/**
 * Where a function charges for its instructions, and where it looks at the fuel.
 *
 * **Charges.** Counting every node would be exact and slow. Instead a spanning tree of the flow graph stays free of code,
 * and only the edges outside the tree (the chords) carry a charge, as in Knuth's and in Ball and Larus's placement of profile counters.
 * Let P(n), the *prepaid balance*, be what has been charged minus what has run when control enters node n.
 * An edge u -> v with charge c gives P(v) = P(u) - cost(u) + c. On tree edges c = 0, so the tree fixes P for all nodes, and a
 * chord charges c = P(v) - P(u) + cost(u), which may be negative (a refund) or zero (nothing to write). OUTSIDE stands for the caller,
 * before and after the call, with P = 0: so every path through the function charges exactly what it ran.
 * The tree is chosen to hold the edges that run most often (Kruskal on estimated frequencies).
 *
 * **Never too early.** Where fuel is looked at, the balance may not be higher than what the function will run anyway on
 * every path to its end; otherwise a run that is within its budget could be stopped for work it was about to get refunded. Where the tree breaks that rule,
 * all balances inside the function are shifted by the same amount: the entry charges less and each exit the rest, or the other way round.
 *
 * **Never too late.** A call that ends in a trap is billed with all fuel that was handed out, so what was run and not charged is
 * free. In one activation that is bounded by the size of the function; in a recursion it adds up, so functions that can recurse
 * owe nothing when they call.
 *
 * Where no shift will do, nodes in which a rule is broken are *pinned*: when control enters them, all that will be run anyway is
 * charged, whatever the tree around them does. And where even that fails, every node is charged by itself.
 *
 * **Checks.** Every cycle of control flow must look at the fuel: at loop headers, unless each way round the loop passes a
 * call that looks, or an inner loop that does.
 *
 * Everything is linear in the size of the graph (weights are sorted into buckets).
 */

import { EdgeOrder } from './edge-order.ts';
import { type FlowGraph, OUTSIDE, PLACE } from './flow-graph.ts';
import type { LoopBound } from './loop-bound.ts';
import { findLoopLooks, type LoopLooks, MAX_STRETCH } from './loop-looks.ts';
import { SpanningTree } from './spanning-tree.ts';
import type { CountingLoop, TightLoop } from './tight-loops.ts';

/** What the estimate of frequencies and the choice of the tree assume. */
export const WEIGHTS = {
  /** How often a loop body is taken to run for each time the loop is entered. */
  loopTrips: 8,
  /** Chance that a conditional branch out of the innermost loop is taken. */
  leaveLoop: 0.12,
  /** Chance that a conditional branch back to a loop header is taken. */
  repeatLoop: 0.88,
  /** A charge on the taken side of a branch needs a jump more: keep it free unless it is this much rarer. */
  takenPenalty: 2.5,
  /** A charge at a loop header stands beside the check: slightly cheaper than elsewhere in the loop. */
  headerDiscount: 0.95,
} as const;

/** Deepest lowering of balances (in fuel) before the placement gives up on the tree: it bounds what a run may owe per call frame. */
const MAX_LOWERING = 2_000;

/** How often the tree is grown anew around nodes where the rules were broken. */
const MAX_ROUNDS = 6;

/** In nests of loops deeper than this, nothing is known of the ways to the end. */
const MAX_REST_PASSES = 16;

const NO_LOOKS: LoopLooks = { before: new Set(), stretch: MAX_STRETCH };

/** Fuel on the way to a trap that is not worth a charge. */
const MAX_FREE_TRAP = 64;

/** What a function is in the call graph. */
export interface FunctionRole {
  /** Looks at the fuel on entry, and adjusts its counter at each exit anyway: charges there are free. */
  readonly entryCheck: boolean;
  /** Can be active more than once at the same time. */
  readonly recursive: boolean;
}

/** What to write where. Valid until the next `place`. Charges are fuel, negative for refunds, by instruction. */
export class Placement {
  before = new Float64Array(4096);
  after = new Float64Array(4096);
  taken = new Float64Array(4096);
  otherwise = new Float64Array(4096);
  entry = 0;
  epilogue = 0;
  /** 1 where the loop that starts at this instruction looks at the fuel. */
  checked = new Uint8Array(4096);
  /** Checked loops, by their instruction, whose slow path stands outside of them. */
  readonly tight = new Set<number>();
  /** Those of them that charge for themselves, by their instruction, and by the instructions where they are left. */
  readonly counting = new Map<number, CountingLoop>();
  readonly exits = new Map<number, CountingLoop>();
  /** Which counting loops look before they start, and how far they run between looks. */
  loopLooks: LoopLooks = NO_LOOKS;
  /** Those whose own test makes them pause, by their instruction, by the test, and by the instruction that pushes the bound. */
  readonly bounded = new Map<number, CountingLoop>();
  /** True if the entry charge may be made before the check at the entry. */
  entryChargeBeforeCheck = true;
  /** Charges and checks written, for the report. */
  chargePoints = 0;
  checks = 0;

  /** The instructions that something stands at: what the next function has to forget. */
  #written = new Int32Array(1024);
  #writtenCount = 0;

  // By node.
  #frequency = new Float64Array(256);
  #trapOnly = new Uint8Array(256);
  /** Least fuel from the start of the node to the end of the function. */
  #leastRest = new Float64Array(256);
  #balances = new Float64Array(256);
  /** 1: what will be run anyway is charged when control enters the node. */
  #pinned = new Uint8Array(256);
  #coming = new Float64Array(256);
  #reach = new Int32Array(256);
  #callChecks = new Int32Array(257);
  /** 1: header of a loop that charges for itself, if there is anything to charge. */
  #counts = new Uint8Array(256);
  // By edge.
  #probability = new Float64Array(512);
  readonly #tree = new SpanningTree();
  readonly #order = new EdgeOrder();

  /** Whether anything is to be written, or to be written otherwise, at an instruction of control. */
  marks(op: number): boolean {
    const { before, after, taken, otherwise, checked, exits, bounded } = this;
    if (before[op] !== 0 || after[op] !== 0 || taken[op] !== 0 || otherwise[op] !== 0) return true;
    return checked[op] === 1 || (exits.size > 0 && exits.has(op)) || (bounded.size > 0 && bounded.has(op));
  }

  /**
   * @param instructions number of scanned instructions
   * @param tight loops whose slow path stands outside, and which may charge for themselves
   * @param role what the function is in the call graph
   */
  place(graph: FlowGraph, instructions: number, role: FunctionRole, tight: readonly TightLoop[]): void {
    this.#reset();
    this.#grow(graph, instructions);
    this.#counts.fill(0, 0, graph.nodeCount);
    let candidates = false;
    for (const { header, induction } of tight) {
      if (induction === undefined) continue;
      this.#counts[header] = 1;
      candidates = true;
    }
    this.#place(graph, role);
    const counting: [op: number, loop: CountingLoop][] = [];
    if (candidates) {
      for (const { op, end, header, induction } of tight) {
        if (induction === undefined) continue;
        // What the tree charges at the header is what goes round with the most likely iteration. The loop charges that
        // for itself: so the node that counts is cheaper by as much, and nothing is left to charge at the header.
        const fuel = this.after[op] as number;
        if (fuel > 0 && this.checked[op] === 1) {
          counting.push([op, { ...induction, op, end, fuel }]);
          graph.cost[induction.node] = (graph.cost[induction.node] as number) - fuel;
        } else {
          this.#counts[header] = 0;
        }
      }
      this.#reset();
      this.#place(graph, role);
    }
    for (const { op } of tight) if (this.checked[op] === 1) this.tight.add(op);
    for (const [op, loop] of counting) {
      this.counting.set(op, loop);
      for (const exit of loop.exits) this.exits.set(exit, loop);
      const { bound } = loop;
      if (bound === undefined || !this.#isFreeToPause(loop, bound)) continue;
      this.bounded.set(op, loop);
      this.bounded.set(bound.test, loop);
      if (bound.operand >= 0) this.bounded.set(bound.operand, loop);
    }
    this.loopLooks =
      counting.length === 0 ? NO_LOOKS : findLoopLooks(graph, role.entryCheck, this.checked, this.counting);
  }

  /** On the way from the header to the test and, when the loop pauses there, back to the header, nothing may be charged. */
  #isFreeToPause({ op, end }: CountingLoop, { test, leavesByBranch, afterStep }: LoopBound): boolean {
    if (afterStep) return this.taken[test] === 0;
    return this.after[op] === 0 && (leavesByBranch || this.otherwise[end - 1] === 0);
  }

  #place(graph: FlowGraph, { entryCheck, recursive }: FunctionRole): void {
    this.#findTrapOnly(graph);
    this.#estimateFrequencies(graph);
    this.#findLeastRest(graph);
    const lowering = this.#balance(graph, entryCheck, recursive);
    if (lowering === undefined) this.#prepay(graph);
    this.#writeCharges(graph, lowering ?? 0);
    this.entryChargeBeforeCheck = this.entry <= (this.#leastRest[1] as number);
    this.#findChecks(graph);
  }

  /** Finds balances that break no rule. @returns by how much they are to be lowered; undefined if there are none */
  #balance(graph: FlowGraph, entryCheck: boolean, recursive: boolean): number | undefined {
    this.#pinned.fill(0, 0, graph.nodeCount);
    // Where the entry and all exits are charged anyway, nothing else says how much is paid ahead: as much as may be.
    if (recursive && entryCheck && this.#trapOnly[1] === 0) this.#pinned[1] = 1;
    const candidates = this.#sortEdges(graph, entryCheck);
    for (let round = 0; ; round++) {
      this.#growTree(graph, candidates);
      const least = this.#excess(graph);
      const most = recursive ? this.#lowestAtCalls(graph) : Number.POSITIVE_INFINITY;
      // As close to no shift as the rules allow; negative is a raise.
      const lowering = Math.max(least, Math.min(0, most));
      if (Math.abs(lowering) <= MAX_LOWERING && (lowering === 0 || !graph.pinned) && lowering <= most) return lowering;
      if (round === MAX_ROUNDS || !this.#pinOffenders(graph, recursive)) return undefined;
    }
  }

  /**
   * Pins the nodes that break a rule, but not those that have enough when one in front of them is pinned: that is tried first.
   * @returns whether there were any more
   */
  #pinOffenders({ calls, headers, cost, nodeCount, firstOut, nextOut, to }: FlowGraph, recursive: boolean): boolean {
    const pinned = this.#pinned;
    /** The balance that will be, behind nodes pinned now; below zero: none is in front. */
    const coming = this.#coming;
    coming.fill(-1, 0, nodeCount);
    let found = false;
    for (let node = 1; node < nodeCount; node++) {
      if (this.#trapOnly[node] !== 0) continue;
      const price = cost[node] as number;
      if (pinned[node] === 0 && (calls[node] as number) + (headers[node] as number) > 0) {
        const balance = this.#balances[node] as number;
        const isTooHigh = balance > (this.#leastRest[node] as number);
        const isTooLow = recursive && calls[node] === 1 && balance < price;
        if ((isTooHigh || isTooLow) && (coming[node] as number) < price) {
          pinned[node] = 1;
          found = true;
          coming[node] = this.#pinnedBalance(node, price);
        }
      }
      const rest = (coming[node] as number) - price;
      if (rest <= 0) continue;
      for (let edge = firstOut[node] as number; edge !== -1; edge = nextOut[edge] as number) {
        const target = to[edge] as number;
        if (target > node && rest > (coming[target] as number)) coming[target] = rest;
      }
    }
    return found;
  }

  /** What is paid when control enters a pinned node: all that will be run anyway, so that the nodes behind have enough, too. */
  #pinnedBalance(node: number, cost: number): number {
    const rest = this.#leastRest[node] as number;
    return rest === Number.POSITIVE_INFINITY ? cost : rest;
  }

  /** Makes room for a function. */
  #grow({ nodeCount, edgeCount }: FlowGraph, instructions: number): void {
    if (this.before.length < instructions) {
      const size = instructions * 2;
      this.before = new Float64Array(size);
      this.after = new Float64Array(size);
      this.taken = new Float64Array(size);
      this.otherwise = new Float64Array(size);
      this.checked = new Uint8Array(size);
    }
    if (this.#frequency.length < nodeCount) {
      const size = nodeCount * 2;
      this.#frequency = new Float64Array(size);
      this.#trapOnly = new Uint8Array(size);
      this.#leastRest = new Float64Array(size);
      this.#balances = new Float64Array(size);
      this.#pinned = new Uint8Array(size);
      this.#coming = new Float64Array(size);
      this.#reach = new Int32Array(size);
      this.#callChecks = new Int32Array(size + 1);
      this.#counts = new Uint8Array(size);
    }
    if (this.#probability.length < edgeCount) this.#probability = new Float64Array(edgeCount * 2);
    // A charge for each edge, and a check for each loop, which is a node.
    if (this.#written.length < edgeCount + nodeCount) this.#written = new Int32Array(2 * (edgeCount + nodeCount));
    this.#order.reserve(edgeCount);
  }

  /** Forgets what was placed. */
  #reset(): void {
    for (let i = 0; i < this.#writtenCount; i++) {
      const op = this.#written[i] as number;
      this.before[op] = 0;
      this.after[op] = 0;
      this.taken[op] = 0;
      this.otherwise[op] = 0;
      this.checked[op] = 0;
    }
    this.#writtenCount = 0;
    this.tight.clear();
    this.counting.clear();
    this.exits.clear();
    this.bounded.clear();
    this.entry = 0;
    this.epilogue = 0;
    this.chargePoints = 0;
    this.checks = 0;
  }

  /**
   * Nodes that end in a trap whatever happens (1): what they run is billed with the trap, so nothing is charged on the
   * way there. Unless it is much, or may make others run (2): that is paid for when control gets there.
   */
  #findTrapOnly(graph: FlowGraph): void {
    const { firstOut, nextOut, to, traps } = graph;
    const trapOnly = this.#trapOnly;
    trapOnly[OUTSIDE] = 0;
    if (!graph.hasTraps) {
      trapOnly.fill(0, 0, graph.nodeCount);
      return;
    }
    for (let node = graph.nodeCount - 1; node > OUTSIDE; node--) {
      let only = traps[node] as number;
      if (only === 0 && firstOut[node] !== -1) {
        only = 1;
        for (let edge = firstOut[node] as number; edge !== -1; edge = nextOut[edge] as number) {
          // An edge backwards is a loop: that one does not end by itself.
          const target = to[edge] as number;
          if (target <= node || trapOnly[target] === 0) {
            only = 0;
            break;
          }
        }
      }
      const isMuch = graph.calls[node] === 1 || (graph.cost[node] as number) > MAX_FREE_TRAP;
      trapOnly[node] = only === 1 && isMuch ? 2 : only;
    }
  }

  #estimateFrequencies(graph: FlowGraph): void {
    const { firstOut, nextOut, to, place, loopDepth, nodeCount } = graph;
    const frequency = this.#frequency;
    const probability = this.#probability;
    frequency.fill(0, 0, nodeCount);
    // What enters from OUTSIDE besides the call itself are exceptions: rare.
    for (let edge = firstOut[OUTSIDE] as number; edge !== -1; edge = nextOut[edge] as number) {
      const share = place[edge] === PLACE.entry ? 1 : 1e-3;
      probability[edge] = share;
      frequency[to[edge] as number] = (frequency[to[edge] as number] as number) + share;
    }
    for (let node = 1; node < nodeCount; node++) {
      let total = 0;
      for (let edge = firstOut[node] as number; edge !== -1; edge = nextOut[edge] as number) {
        const target = to[edge] as number;
        let share: number;
        if (this.#trapOnly[target] !== 0) share = 1e-4;
        else if (target !== OUTSIDE && target <= node) share = WEIGHTS.repeatLoop;
        else if ((target === OUTSIDE ? 0 : (loopDepth[target] as number)) < (loopDepth[node] as number))
          share = WEIGHTS.leaveLoop;
        else share = 0.5;
        probability[edge] = share;
        total += share;
      }
      const here = frequency[node] as number;
      for (let edge = firstOut[node] as number; edge !== -1; edge = nextOut[edge] as number) {
        const share = (here * (probability[edge] as number)) / total;
        probability[edge] = share;
        const target = to[edge] as number;
        if (target === OUTSIDE || target <= node) continue;
        const enters = (loopDepth[target] as number) > (loopDepth[node] as number);
        // The deepest nests would leave the range of the buckets, and are alike anyway.
        frequency[target] = Math.min(
          1e12,
          (frequency[target] as number) + (enters ? share * WEIGHTS.loopTrips : share),
        );
      }
    }
  }

  /** The edges that may be in the tree, those that run most often first. @returns how many there are */
  #sortEdges({ from, to, place, headers, edgeCount }: FlowGraph, chargesAtExits: boolean): number {
    const counts = this.#counts;
    for (let edge = edgeCount - 1; edge >= 0; edge--) {
      const target = to[edge] as number;
      if (place[edge] === PLACE.none || this.#trapOnly[target] !== 0) continue;
      let weight = this.#probability[edge] as number;
      if (place[edge] === PLACE.taken || place[edge] === PLACE.otherwise) weight *= WEIGHTS.takenPenalty;
      const source = from[edge] as number;
      // The edge from a loop header into the body: its charge joins the check.
      if (headers[source] === 1) weight *= WEIGHTS.headerDiscount;
      // What stands at the header of a counting loop costs nothing: it is charged where the loop is left.
      if (counts[source] === 1) weight = 0;
      if (chargesAtExits && (target === OUTSIDE || source === OUTSIDE)) weight = 0;
      this.#order.add(edge, weight);
    }
    return this.#order.sort();
  }

  /** Grows the tree and finds the balances that follow from it: an edge of the tree says P(to) = P(from) - cost(from). */
  #growTree({ from, to, place, cost, edgeCount, nodeCount }: FlowGraph, candidates: number): void {
    const tree = this.#tree;
    const { edges } = this.#order;
    tree.plant(nodeCount);
    const hang = (edge: number): void => {
      const source = from[edge] as number;
      tree.hang(source, to[edge] as number, source === OUTSIDE ? 0 : -(cost[source] as number));
    };
    // Edges on which no code can stand are in the tree whatever they cost, and what is pinned stays where it is.
    for (let edge = 0; edge < edgeCount; edge++) if (place[edge] === PLACE.none) hang(edge);
    for (let node = 1; node < nodeCount; node++) {
      if (this.#pinned[node] === 1) tree.hang(OUTSIDE, node, this.#pinnedBalance(node, cost[node] as number));
    }
    for (let i = 0; i < candidates; i++) hang(edges[i] as number);
    // Only nodes on the way to a trap may hang on nothing; their balance is never used.
    tree.resolve(this.#balances, nodeCount);
  }

  /** The plain placement: every node is paid for when control gets there. It breaks no rule, and charges most often. */
  #prepay(graph: FlowGraph): void {
    for (let node = 1; node < graph.nodeCount; node++) this.#balances[node] = graph.cost[node] as number;
  }

  #lowestAtCalls({ calls, cost, nodeCount }: FlowGraph): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (let node = 1; node < nodeCount; node++) {
      if (calls[node] === 0 || this.#trapOnly[node] !== 0) continue;
      // The call may be the last instruction of the node.
      lowest = Math.min(lowest, (this.#balances[node] as number) - (cost[node] as number));
    }
    return lowest;
  }

  /** By how much the highest balance at a check is above what will be run anyway; negative if all are below. */
  #excess(graph: FlowGraph): number {
    const { calls, headers, nodeCount } = graph;
    const balance = this.#balances;
    let excess = Number.NEGATIVE_INFINITY;
    for (let node = 1; node < nodeCount; node++) {
      if ((calls[node] as number) + (headers[node] as number) === 0 || this.#trapOnly[node] !== 0) continue;
      excess = Math.max(excess, (balance[node] as number) - (this.#leastRest[node] as number));
    }
    return excess;
  }

  /** Shortest way to the end, by fuel: never more than it is. */
  #findLeastRest(graph: FlowGraph): void {
    const { cost, firstOut, nextOut, to, nodeCount, loopCount } = graph;
    const rest = this.#leastRest;
    rest.fill(Number.POSITIVE_INFINITY, 0, nodeCount);
    rest[OUTSIDE] = 0;
    // One pass finds the ways forward. Those round a loop, from its end back to its header, take one more for each loop around it.
    let isShorter = true;
    for (let pass = 0; isShorter && pass < MAX_REST_PASSES; pass++) {
      isShorter = false;
      for (let node = nodeCount - 1; node > OUTSIDE; node--) {
        let least = Number.POSITIVE_INFINITY;
        for (let edge = firstOut[node] as number; edge !== -1; edge = nextOut[edge] as number) {
          least = Math.min(least, rest[to[edge] as number] as number);
        }
        least += cost[node] as number;
        if (least === rest[node]) continue;
        rest[node] = least;
        isShorter = loopCount > 0;
      }
    }
    if (isShorter) for (let node = 1; node < nodeCount; node++) rest[node] = cost[node] as number;
  }

  #writeCharges(graph: FlowGraph, lowering: number): void {
    const { from, to, place, op, cost, edgeCount } = graph;
    const balance = this.#balances;
    for (let edge = 0; edge < edgeCount; edge++) {
      const source = from[edge] as number;
      const target = to[edge] as number;
      if (place[edge] === PLACE.none || this.#trapOnly[target] === 1) continue;
      const before = source === OUTSIDE ? 0 : (balance[source] as number) - (cost[source] as number) - lowering;
      const isPaidTrap = this.#trapOnly[target] === 2;
      const behind =
        target === OUTSIDE ? 0 : isPaidTrap ? (cost[target] as number) : (balance[target] as number) - lowering;
      const charge = behind - before;
      if (charge === 0) continue;
      const at = op[edge] as number;
      this.chargePoints++;
      this.#written[this.#writtenCount++] = at;
      switch (place[edge]) {
        case PLACE.entry:
          this.entry = charge;
          break;
        case PLACE.epilogue:
          this.epilogue = charge;
          break;
        case PLACE.before:
          this.before[at] = charge;
          break;
        case PLACE.after:
          this.after[at] = charge;
          break;
        case PLACE.taken:
          this.taken[at] = charge;
          break;
        default:
          this.otherwise[at] = charge;
      }
    }
  }

  /**
   * Which loop headers look at the fuel. `reach` of a node is the depth of the outermost loop around it whose header can
   * get there without passing a check: the headers of the loops further in can then, too, since the way leads through them.
   */
  #findChecks(graph: FlowGraph): void {
    const {
      firstOut,
      nextOut,
      to,
      surely,
      loopDepth,
      nodeCount,
      loopCount,
      loopHeader,
      loopLast,
      loopBackEdges,
      loopOp,
    } = graph;
    if (loopCount === 0) return;
    const reach = this.#reach;
    const unreached = 0x7fff_ffff;
    reach.fill(unreached, 0, nodeCount);
    // Frequencies are no longer needed: their array marks what each node is. 0: nothing, 1: header, 2: header that surely
    // checks, 3: header that has to, 4: header of a counting loop, which stops by itself and lets others pass.
    const header = this.#frequency;
    header.fill(0, 0, nodeCount);
    for (let i = 0; i < loopCount; i++) if ((loopBackEdges[i] as number) > 0) header[loopHeader[i] as number] = 1;
    const callChecks = this.#callChecks;
    callChecks[0] = 0;
    for (let node = 0; node < nodeCount; node++) {
      callChecks[node + 1] = (callChecks[node] as number) + (surely[node] as number);
    }
    for (let i = 0; i < loopCount; i++) {
      const first = loopHeader[i] as number;
      // Without calls inside there is nothing that could make its check superfluous.
      const inside = (callChecks[(loopLast[i] as number) + 1] as number) - (callChecks[first] as number);
      if (inside === 0 && header[first] === 1) header[first] = this.#counts[first] === 1 ? 4 : 2;
    }
    // An exception may come from anywhere in the loops around its handler, so none of them can be said to have been left.
    for (let edge = firstOut[OUTSIDE] as number; edge !== -1; edge = nextOut[edge] as number) {
      const handler = to[edge] as number;
      if ((loopDepth[handler] as number) > 0) reach[handler] = 1;
    }
    for (let node = 1; node < nodeCount; node++) {
      const depth = loopDepth[node] as number;
      let outermost = reach[node] as number;
      if (header[node] === 2) outermost = unreached;
      if ((header[node] as number) > 0 && header[node] !== 4 && depth < outermost) outermost = depth;
      if (surely[node] === 1) outermost = unreached;
      for (let edge = firstOut[node] as number; edge !== -1; edge = nextOut[edge] as number) {
        const target = to[edge] as number;
        if (target === OUTSIDE) continue;
        const targetDepth = loopDepth[target] as number;
        const arrives = outermost <= targetDepth ? outermost : unreached;
        if (target <= node) {
          if (arrives <= targetDepth && header[target] !== 4) header[target] = 3;
        } else if (arrives < (reach[target] as number)) {
          reach[target] = arrives;
        }
      }
    }
    for (let i = 0; i < loopCount; i++) {
      if ((header[loopHeader[i] as number] as number) >= 3) {
        this.checked[loopOp[i] as number] = 1;
        this.#written[this.#writtenCount++] = loopOp[i] as number;
        this.checks++;
      }
    }
  }
}
