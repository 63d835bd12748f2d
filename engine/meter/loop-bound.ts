/**
 * The test that ends a counting loop: the induction variable compared with a value that does not change while the loop runs.
 *
 * Where there is one, the loop needs no test of ours: for a stretch of iterations it runs up to a nearer bound, and behind it the
 * original test tells whether it has really ended. The loop itself is as short as it was.
 *
 * A nearer bound must end the loop within the stretch, and never let it run on where the original one would have ended it:
 * And each stretch must get somewhere: where the test comes first, it has to let an iteration through.
 *
 * - `!=`: the bound itself, if the variable gets there within the stretch, else start + stretch.
 * - `<`, `<=`, tested last: the lesser of the bound and start + stretch (for `>`, `>=` the greater). Where that sum wraps around, it is
 *   the lesser, and the loop pauses after one iteration; where the variable wraps around, so does the sum. `<=` and `>=` only with a
 *   constant that the variable can get past: at the end of the range a nearer bound would never be passed.
 * - `<`, tested first: the bound itself, if it is not farther than a stretch, else the lesser of both. Steps of one only: larger ones
 *   could jump over the bound, and around; as `<=` could.
 */
import type { CodeBuffer } from '../wasm/code.ts';
import { opcode } from '../wasm/opcodes.ts';
import { CONTROL, CONTROL_CODES } from './flow-graph.ts';

/** Comparisons under which a loop goes on, of the variable (left) with its bound (right). */
export const GO_ON = { ne: 0, ltS: 1, ltU: 2, leS: 3, leU: 4, gtS: 5, gtU: 6, geS: 7, geU: 8 } as const;
export type GoOn = (typeof GO_ON)[keyof typeof GO_ON];

export interface LoopBound {
  /** The conditional instruction: `br_if` or `if`. */
  readonly test: number;
  /** The instruction that pushes the bound; -1: the variable itself is the condition, the bound is zero. */
  readonly operand: number;
  /** A local of the original function that holds the bound; -1: it is a constant. */
  readonly local: number;
  readonly constant: number;
  readonly goOn: GoOn;
  /** The loop is left by the test itself, a branch; else through its `end`. */
  readonly leavesByBranch: boolean;
  /** The variable has been changed before the test when that is reached for the first time. */
  readonly afterStep: boolean;
}

const id = (name: string): number => opcode(name).id;
const LOCAL_GET = id('local.get');
const LOCAL_TEE = id('local.tee');
const I32_CONST = id('i32.const');
const BR = id('br');
const BR_IF = id('br_if');
const IF = id('if');
const EMPTY = -0x40;

/** The comparison instructions: as written, with operands exchanged, and negated. */
const COMPARISONS: ReadonlyMap<number, { readonly same: GoOn; readonly exchanged: GoOn; readonly negated: GoOn | -1 }> =
  new Map([
    [id('i32.ne'), { same: GO_ON.ne, exchanged: GO_ON.ne, negated: -1 }],
    [id('i32.lt_s'), { same: GO_ON.ltS, exchanged: GO_ON.gtS, negated: GO_ON.geS }],
    [id('i32.lt_u'), { same: GO_ON.ltU, exchanged: GO_ON.gtU, negated: GO_ON.geU }],
    [id('i32.le_s'), { same: GO_ON.leS, exchanged: GO_ON.geS, negated: GO_ON.gtS }],
    [id('i32.le_u'), { same: GO_ON.leU, exchanged: GO_ON.geU, negated: GO_ON.gtU }],
    [id('i32.gt_s'), { same: GO_ON.gtS, exchanged: GO_ON.ltS, negated: GO_ON.leS }],
    [id('i32.gt_u'), { same: GO_ON.gtU, exchanged: GO_ON.ltU, negated: GO_ON.leU }],
    [id('i32.ge_s'), { same: GO_ON.geS, exchanged: GO_ON.leS, negated: GO_ON.ltS }],
    [id('i32.ge_u'), { same: GO_ON.geU, exchanged: GO_ON.leU, negated: GO_ON.ltU }],
  ]);
const I32_EQ = id('i32.eq');
const NEGATED: readonly GoOn[] = [
  GO_ON.ne,
  GO_ON.geS,
  GO_ON.geU,
  GO_ON.gtS,
  GO_ON.gtU,
  GO_ON.leS,
  GO_ON.leU,
  GO_ON.ltS,
  GO_ON.ltU,
];

/**
 * The bound of a loop without results, if its end is one of the forms that compilers write.
 * @param start the instruction `loop`
 * @param end its `end`
 * @param changed at which instruction the variable is changed
 * @param isFixed true of a local that nothing in the loop writes to, an i32
 */
export function findBound(
  code: CodeBuffer,
  start: number,
  end: number,
  variable: number,
  step: number,
  changed: number,
  isFixed: (local: number) => boolean,
): LoopBound | undefined {
  if (code.a[start] !== EMPTY) return undefined;
  const bound = atBottom(code, start, end, variable, changed, isFixed) ?? atTop(code, start, end, variable, isFixed);
  return bound !== undefined && goesTowards(bound, step) ? bound : undefined;
}

function goesTowards(bound: LoopBound, step: number): boolean {
  const { goOn, afterStep } = bound;
  const size = Math.abs(step);
  // A distance that is no multiple of the step never becomes zero: only for powers of two is that told without a division.
  if (goOn === GO_ON.ne) return (size & (size - 1)) === 0;
  if (step > 0 !== goOn <= GO_ON.leU) return false;
  if (!isStrict(goOn)) return afterStep && isPassed(bound, step);
  return afterStep || size === 1;
}

/**
 * Whether the variable gets past a bound that it may equal before it wraps around: `i <= 0x7fffffff` never ends, and neither would a
 * nearer bound there. Of a bound that a local holds nobody knows.
 */
function isPassed({ goOn, local, constant }: LoopBound, step: number): boolean {
  if (local >= 0) return false;
  const isUnsigned = goOn === GO_ON.leU || goOn === GO_ON.geU;
  const behind = (isUnsigned ? constant >>> 0 : constant) + step;
  return behind === (isUnsigned ? behind >>> 0 : behind | 0);
}

const isStrict = (goOn: GoOn): boolean =>
  goOn === GO_ON.ltS || goOn === GO_ON.ltU || goOn === GO_ON.gtS || goOn === GO_ON.gtU;

/** `… compare, br_if 0, end`. */
function atBottom(
  code: CodeBuffer,
  start: number,
  end: number,
  variable: number,
  changed: number,
  isFixed: (local: number) => boolean,
): LoopBound | undefined {
  const { ids, a } = code;
  const test = end - 1;
  if (ids[test] !== BR_IF || a[test] !== 0 || changed >= test) return undefined;
  const shared = { test, leavesByBranch: false, afterStep: true };
  const isVariable = (i: number): boolean =>
    (ids[i] === LOCAL_GET && a[i] === variable) || (ids[i] === LOCAL_TEE && i === changed);
  if (isVariable(test - 1)) return { ...shared, operand: -1, local: -1, constant: 0, goOn: GO_ON.ne };
  const compare = COMPARISONS.get(ids[test - 1] as number);
  if (compare === undefined) return undefined;
  // The bound above the variable, or below it and whatever computes the variable.
  if (isVariable(test - 3)) {
    const value = fixedValue(code, test - 2, isFixed);
    if (value !== undefined) return { ...shared, ...value, goOn: compare.same };
  }
  if (isVariable(test - 2)) {
    // local.get n; then local.get i, or: local.get i, i32.const s, i32.add, local.tee i
    const below = ids[test - 2] === LOCAL_TEE ? test - 6 : test - 3;
    const value = below > start ? fixedValue(code, below, isFixed) : undefined;
    if (value !== undefined) return { ...shared, ...value, goOn: compare.exchanged };
  }
  return undefined;
}

/** `loop, compare, if … br, end, end` or `loop, compare, br_if outwards …`: nothing but the test comes first. */
function atTop(
  code: CodeBuffer,
  start: number,
  end: number,
  variable: number,
  isFixed: (local: number) => boolean,
): LoopBound | undefined {
  const { ids, a } = code;
  const test = start + 4;
  if (test >= end) return undefined;
  const isBranch = ids[test] === BR_IF && (a[test] as number) > 0;
  const isWhole = ids[test] === IF && a[test] === EMPTY && ids[end - 2] === BR && lastsUntil(code, test, end - 1);
  if (!isBranch && !isWhole) return undefined;
  const isVariable = (i: number): boolean => ids[i] === LOCAL_GET && a[i] === variable;
  const first = isVariable(start + 1);
  if (!first && !isVariable(start + 2)) return undefined;
  const value = fixedValue(code, first ? start + 2 : start + 1, isFixed);
  if (value === undefined) return undefined;
  const shared = { test, leavesByBranch: isBranch, afterStep: false, ...value };
  if (isBranch && ids[test - 1] === I32_EQ) return { ...shared, goOn: GO_ON.ne };
  const compare = COMPARISONS.get(ids[test - 1] as number);
  if (compare === undefined) return undefined;
  const written = first ? compare.same : compare.exchanged;
  if (!isBranch) return { ...shared, goOn: written };
  return written === GO_ON.ne ? undefined : { ...shared, goOn: NEGATED[written] as GoOn };
}

function fixedValue(
  { ids, a }: CodeBuffer,
  i: number,
  isFixed: (local: number) => boolean,
): Pick<LoopBound, 'operand' | 'local' | 'constant'> | undefined {
  if (ids[i] === I32_CONST) return { operand: i, local: -1, constant: a[i] as number };
  if (ids[i] === LOCAL_GET && isFixed(a[i] as number)) return { operand: i, local: a[i] as number, constant: 0 };
  return undefined;
}

/** True if the `if` has no `else` and ends at that place. */
function lastsUntil({ ids }: CodeBuffer, start: number, end: number): boolean {
  let nesting = 0;
  for (let i = start; i <= end; i++) {
    switch (CONTROL[ids[i] as number]) {
      case CONTROL_CODES.block:
      case CONTROL_CODES.loop:
      case CONTROL_CODES.if:
      case CONTROL_CODES.try:
      case CONTROL_CODES['try-table']:
        nesting++;
        break;
      case CONTROL_CODES.else:
        if (nesting === 1) return false;
        break;
      case CONTROL_CODES.end:
      case CONTROL_CODES.delegate:
        nesting--;
        if (nesting === 0) return i === end;
        break;
    }
  }
  return false;
}
