/**
 * Which counting loops look at the fuel before they start, and how far they all run before they look by themselves.
 *
 * A counting loop runs for a stretch before it looks. In a row, stretches add up, so those of all the loops that may run between two
 * looks share one bound. Behind a call a loop looks first: calls come back one after the other without a look, and a stretch
 * behind each of them would add up over the whole chain.
 */
import type { FlowGraph } from './flow-graph.ts';

/** Fuel that a loop may run before it charges and looks. */
export const MAX_STRETCH = 16_384;
/** Fuel that all loops of a function which do not look first may run between them. */
const MAX_STRETCHES = 4 * MAX_STRETCH;
/** With shorter stretches than this it is cheaper to look first. */
const MIN_STRETCH = 512;

export interface LoopLooks {
  /** Counting loops that look before they start, by their instruction. */
  readonly before: ReadonlySet<number>;
  /** Fuel of a stretch. */
  readonly stretch: number;
}

/**
 * Linear in the number of nodes and loops.
 * @param entryCheck the function looks on entry
 * @param checked by instruction: 1 where a loop looks each time round
 * @param counting counting loops, by their instruction
 */
export function findLoopLooks(
  graph: FlowGraph,
  entryCheck: boolean,
  checked: Uint8Array,
  counting: { has(op: number): boolean; readonly size: number },
): LoopLooks {
  const { loopCount, loopOp, loopHeader } = graph;
  const before = new Set<number>();
  if (counting.size === 0) return { before, stretch: MAX_STRETCH };
  const parents = parentsOf(graph);
  const calls = callsBefore(graph);
  for (let i = 0; i < loopCount; i++) {
    const op = loopOp[i] as number;
    if (!counting.has(op)) continue;
    const parent = parents[i] as number;
    const looks = parent === -1 ? entryCheck : checked[loopOp[parent] as number] === 1;
    const from = parent === -1 ? 0 : (loopHeader[parent] as number);
    if (!looks || calls[loopHeader[i] as number] !== calls[from]) before.add(op);
  }
  const others = counting.size - before.size;
  const stretch = Math.min(MAX_STRETCH, Math.floor(MAX_STRETCHES / Math.max(1, others)));
  if (stretch >= MIN_STRETCH) return { before, stretch };
  for (let i = 0; i < loopCount; i++) if (counting.has(loopOp[i] as number)) before.add(loopOp[i] as number);
  return { before, stretch: MAX_STRETCH };
}

/** The loop around each loop; -1: there is none. Loops come in the order of their ends. */
function parentsOf({ loopCount, loopOp }: FlowGraph): Int32Array {
  const parents = new Int32Array(loopCount);
  const open: number[] = [];
  for (let i = loopCount - 1; i >= 0; i--) {
    while (open.length > 0 && (loopOp[open.at(-1) as number] as number) > (loopOp[i] as number)) open.pop();
    parents[i] = open.at(-1) ?? -1;
    open.push(i);
  }
  return parents;
}

/** Nodes with calls in front of each node, in program order. */
function callsBefore({ calls, nodeCount }: FlowGraph): Int32Array {
  const sums = new Int32Array(nodeCount);
  for (let node = 1; node < nodeCount; node++) sums[node] = (sums[node - 1] as number) + (calls[node - 1] as number);
  return sums;
}
