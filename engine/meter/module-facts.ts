/**
 * What the meter must know of a whole module before it rewrites one function: who calls whom, which functions cost the
 * same on every call, which must look at the fuel when they are entered, and how much stack a call takes.
 *
 * One pass over all code, then one over the call graph. Indices here are of *defined* functions (imports not counted).
 */

import { secondIndex } from '../wasm/code.ts';
import type { Module } from '../wasm/module.ts';
import { OPCODES, opcode } from '../wasm/opcodes.ts';
import type { ScannedCode } from '../wasm/scanned-code.ts';
import { type FunctionType, HEAP_TYPES, type RefType, type ValueType } from '../wasm/types.ts';
import { CallGroups } from './call-groups.ts';
import { visitFunctionReferences } from './constant-references.ts';
import { type CostTable, entryCost } from './costs.ts';
import { CONTROL, CONTROL_CODES, SIZED } from './flow-graph.ts';
import { type Arities, StackHeight } from './stack-height.ts';
import { MAX_STRETCH } from './tight-loops.ts';

/** A function of constant cost up to this is charged by its callers and carries no metering of its own. */
const MAX_CONSTANT_COST = 200;
/** Fuel that may run between two looks at the counter, calls of functions without an entry check included. */
const MAX_UNCHECKED_COST = 60_000;
/** Words of stack that a chain of calls may take before one of them counts them. */
const MAX_UNCHECKED_WORDS = 2_000;
/** What a function that may recur can run, at most, behind a call without looking: all frames of a deep recursion may come back at once. */
const MAX_WAY_BACK = 500;
/**
 * Stack of a frame in 16-byte words, after what V8's baseline compiler takes on x64 (the optimising one takes less, but which of them
 * compiled a function must not matter): 48 bytes, 8 for each value (16 for a vector), and 8 more for each parameter
 * that no longer fits in registers.
 */
const FRAME_OVERHEAD_WORDS = 3;
const REGISTER_PARAMS = 4;

const REF_FUNC = opcode('ref.func').id;
const THROW_REF = opcode('throw_ref').id;
const REF_NULL = opcode('ref.null').id;
const SELECT_T = opcode('select_t').id;
const TABLE_INIT = opcode('table.init').id;
/** 1: changes the table that is its first index (of table.init the second). */
const CHANGES_TABLE = Uint8Array.from(OPCODES, ({ name }) => (/^table\.(set|grow|fill|copy|init)$/.test(name) ? 1 : 0));
/** 1: drops a segment. */
export const DROPS_SEGMENT = Uint8Array.from(OPCODES, ({ name }) => (/^(data|elem)\.drop$/.test(name) ? 1 : 0));

export interface ModuleFacts {
  /** Fuel of a call of this function, where every call costs the same and callers charge it; -1 for all others. */
  readonly constantCost: Float64Array;
  /** 1: looks at the fuel (and the stack depth) on entry. */
  readonly entryCheck: Uint8Array;
  /** 1: may be active more than once at the same time. */
  readonly recursive: Uint8Array;
  /** 1: a call of the function may come back to its caller's caller: it recurses, or may by way of references. */
  readonly mayRecur: Uint8Array;
  /** 1: looks at the fuel again when such a call comes back. */
  readonly checksAfterCalls: Uint8Array;
  /** 16-byte words of stack that entering the function takes; counted only where there is an entry check, callees without one included. */
  readonly frameWords: Int32Array;
  /** 1: an exception may leave the function and be caught in this module. */
  readonly throws: Uint8Array;
  readonly indirectThrows: boolean;
  /** The module has exception handlers; imported functions may throw what they catch. */
  readonly catches: boolean;
  /** References to exceptions occur: V8 takes the newer form of handlers in this module, and not the older one. */
  readonly usesExceptionRefs: boolean;
  /** Tables whose entries or size code may change. */
  readonly changedTables: ReadonlySet<number>;
  /** Code drops segments. */
  readonly dropsSegments: boolean;
  /** 1: a reference to the function exists (table, ref.func). By function index, imports included. */
  readonly referenced: Uint8Array;
  /** Function references can reach code outside of the module, or come from there. */
  readonly sharesFunctions: boolean;
  /** True if whatever a call through a reference of that type may reach looks at the fuel. */
  referenceChecks(typeIndex: number): boolean;
  readonly arities: Arities;
}

/** Operands of the types of a module, packed as params << 16 | results. */
export function moduleArities(module: Module): Arities {
  const byType = module.types.map(({ composite }) => (composite.kind === 'func' ? packArity(composite) : 0));
  const byFunc: number[] = [];
  const byTag: number[] = [];
  for (const { type } of module.imports) {
    if (type.kind === 'func') byFunc.push(byType[type.typeIndex] ?? 0);
    else if (type.kind === 'tag') byTag.push(byType[type.typeIndex] ?? 0);
  }
  for (const typeIndex of module.functions) byFunc.push(byType[typeIndex] ?? 0);
  for (const { typeIndex } of module.tags) byTag.push(byType[typeIndex] ?? 0);
  return {
    // -64 is the empty block type; the other negative ones stand for one result.
    block: (blockType) => (blockType >= 0 ? (byType[blockType] ?? 0) : blockType === -0x40 ? 0 : 1),
    func: (funcIndex) => byFunc[funcIndex] ?? 0,
    type: (typeIndex) => byType[typeIndex] ?? 0,
    tag: (tagIndex) => byTag[tagIndex] ?? 0,
  };
}

const packArity = (type: FunctionType): number => (type.params.length << 16) | type.results.length;

/** Per function, while the call graph is walked. */
interface Summary {
  /** Fuel of every instruction once, or of the one way through if `straight`. */
  readonly cost: Float64Array;
  /** No branch, loop, indirect call, or operand-sized work: one way through, always the same. */
  readonly straight: Uint8Array;
  /** Calls through a table or a reference. */
  readonly indirect: Uint8Array;
  /** Words of the frame by itself. */
  readonly words: Int32Array;
  /** Loops, each of which may run for a stretch without looking at the fuel. */
  readonly loops: Uint32Array;
  /**
   * Callees by function index: those of function f stand from calleeStarts[f] to calleeStarts[f + 1]. Calls through references
   * stand as calls of their type's group, see {@link CallGroups}.
   */
  readonly calleeStarts: Uint32Array;
  readonly callees: Uint32Array;
  readonly throws: Uint8Array;
  readonly catches: boolean;
  readonly usesExceptionRefs: boolean;
  readonly changedTables: ReadonlySet<number>;
  readonly dropsSegments: boolean;
}

export function collectFacts(module: Module, scanned: ScannedCode, costs: CostTable): ModuleFacts {
  const arities = moduleArities(module);
  const referenced = new Uint8Array(module.imported.func + module.functions.length);
  const groups = new CallGroups(module);
  const summary = summarise(module, scanned, costs, arities, referenced, groups);
  markReferences(module, referenced);
  return walkCallGraph(module, summary, arities, referenced, groups);
}

function summarise(
  module: Module,
  scanned: ScannedCode,
  costs: CostTable,
  arities: Arities,
  referenced: Uint8Array,
  groups: CallGroups,
): Summary {
  const count = module.bodies.length;
  const cost = new Float64Array(count);
  const straight = new Uint8Array(count);
  const indirect = new Uint8Array(count);
  const words = new Int32Array(count);
  const throws = new Uint8Array(count);
  const calleeStarts = new Uint32Array(count + 1);
  const loops = new Uint32Array(count);
  let callees = new Uint32Array(1024);
  let calleeCount = 0;
  const addCallee = (callee: number): void => {
    if (calleeCount === callees.length) {
      const larger = new Uint32Array(calleeCount * 2);
      larger.set(callees);
      callees = larger;
    }
    callees[calleeCount++] = callee;
  };
  const changedTables = new Set<number>();
  let dropsSegments = false;
  let catches = false;
  let usesExceptionRefs = declaresExceptionRefs(module);
  const height = new StackHeight();
  const imported = module.imported.func;

  for (let f = 0; f < count; f++) {
    const body = module.bodies[f];
    if (body === undefined) continue;
    const code = scanned.read(f);
    const { ids, a } = code;
    let total = entryCost(body.localCount);
    let isStraight = true;
    for (let i = 0; i < code.count; i++) {
      const id = ids[i] as number;
      total += costs.prices[id] as number;
      const control = CONTROL[id] as number;
      if (control === CONTROL_CODES.none) {
        if (CHANGES_TABLE[id] === 1)
          changedTables.add(id === TABLE_INIT ? secondIndex(module.bytes, code, i) : (a[i] as number));
        if (SIZED[id] === 1) isStraight = false;
        else if (DROPS_SEGMENT[id] === 1) dropsSegments = true;
        else if (id === REF_FUNC) referenced[a[i] as number] = 1;
        else if (id === SELECT_T || (id === REF_NULL && isExceptionRef(a[i] as number))) usesExceptionRefs = true;
        continue;
      }
      switch (control) {
        case CONTROL_CODES.call:
        case CONTROL_CODES['tail-call']:
          addCallee(a[i] as number);
          if (control === CONTROL_CODES['tail-call'] || (a[i] as number) < imported) isStraight = false;
          break;
        case CONTROL_CODES.block:
        case CONTROL_CODES.end:
          if (isExceptionRef(a[i] as number)) usesExceptionRefs = true;
          break;
        case CONTROL_CODES['call-indirect']:
        case CONTROL_CODES['call-ref']:
        case CONTROL_CODES['tail-call-indirect']:
        case CONTROL_CODES['tail-call-ref']:
          indirect[f] = 1;
          addCallee(groups.calleeOf(a[i] as number));
          isStraight = false;
          break;
        case CONTROL_CODES.loop:
          loops[f] = (loops[f] as number) + 1;
          if (isExceptionRef(a[i] as number)) usesExceptionRefs = true;
          isStraight = false;
          break;
        case CONTROL_CODES.throw:
          throws[f] = 1;
          if (id === THROW_REF) usesExceptionRefs = true;
          isStraight = false;
          break;
        case CONTROL_CODES.try:
        case CONTROL_CODES['try-table']:
          catches = true;
          isStraight = false;
          break;
        default:
          if (isExceptionRef(a[i] as number)) usesExceptionRefs = true;
          isStraight = false;
      }
    }
    cost[f] = total;
    straight[f] = isStraight ? 1 : 0;
    if (!usesExceptionRefs) usesExceptionRefs = body.locals.some(({ type }) => isExceptionType(type));
    words[f] = frameWords(module, f, height.measure(code, arities));
    calleeStarts[f + 1] = calleeCount;
  }
  return {
    cost,
    straight,
    indirect,
    words,
    loops,
    calleeStarts,
    callees,
    throws,
    catches,
    usesExceptionRefs,
    changedTables,
    dropsSegments,
  };
}

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

function frameWords(module: Module, definedFuncIndex: number, operands: number): number {
  const size = (type: ValueType): number => (type === 'v128' ? 2 : 1);
  const type = module.types[module.functions[definedFuncIndex] ?? 0]?.composite;
  const params = type?.kind === 'func' ? type.params : [];
  // The counter is a parameter, too.
  let values = 1 + operands + Math.max(0, params.length + 1 - REGISTER_PARAMS);
  for (const param of params) values += size(param);
  for (const { count, type } of module.bodies[definedFuncIndex]?.locals ?? []) values += count * size(type);
  return FRAME_OVERHEAD_WORDS + Math.ceil(values / 2);
}

/** Functions that tables, globals and element segments refer to. Those in code were marked by the scan. */
function markReferences(module: Module, referenced: Uint8Array): void {
  const mark = (funcIndex: number): void => {
    referenced[funcIndex] = 1;
  };
  for (const { items } of module.elements) {
    if (items.kind === 'functions') items.indices.forEach(mark);
    else for (const expression of items.expressions) visitFunctionReferences(module.bytes, expression, mark);
  }
  for (const { init } of module.globals) visitFunctionReferences(module.bytes, init, mark);
  for (const { init } of module.tables) if (init !== undefined) visitFunctionReferences(module.bytes, init, mark);
}

/** True where function references may pass the border of the module: then they must have their original types. */
function sharesFunctions(module: Module): boolean {
  const carriesFunctions = (type: ValueType): boolean =>
    typeof type !== 'string' && !['extern', 'noextern', 'exn', 'noexn'].some((heap) => type.heap === heap);
  const signatureCarries = (typeIndex: number | undefined): boolean => {
    const composite = typeIndex === undefined ? undefined : module.types[typeIndex]?.composite;
    return composite?.kind === 'func' && [...composite.params, ...composite.results].some(carriesFunctions);
  };
  for (const { type } of module.imports) {
    if (type.kind === 'table' && carriesFunctions(type.table.element)) return true;
    if (type.kind === 'global' && carriesFunctions(type.global.type)) return true;
    if ((type.kind === 'func' || type.kind === 'tag') && signatureCarries(type.typeIndex)) return true;
  }
  for (const { kind, index } of module.exports) {
    const own = index - module.imported[kind];
    if (kind === 'table' && own >= 0 && carriesFunctions(module.tables[own]?.element as RefType)) return true;
    if (kind === 'global' && own >= 0 && carriesFunctions(module.globals[own]?.type as ValueType)) return true;
    if (kind === 'func' && own >= 0 && signatureCarries(module.functions[own])) return true;
    if (kind === 'tag' && own >= 0 && signatureCarries(module.tags[own]?.typeIndex)) return true;
  }
  return false;
}

function walkCallGraph(
  module: Module,
  summary: Summary,
  arities: Arities,
  referenced: Uint8Array,
  groups: CallGroups,
): ModuleFacts {
  const { cost, straight, words, loops, catches } = summary;
  const imported = module.imported.func;
  const count = module.bodies.length;
  const shares = sharesFunctions(module);
  // Where references stay inside, what a call through one may reach is known. Elsewhere it may be anything.
  const { calleeStarts, callees, nodes } = shares ? { ...summary, nodes: count } : groups.join(summary, referenced);
  const constantCost = new Float64Array(nodes).fill(-1);
  const entryCheck = new Uint8Array(nodes);
  /** Fuel that may run from entry on before something looks. */
  const unchecked = new Float64Array(nodes);
  /** Words of the deepest chain of callees that do not count for themselves. */
  const chainWords = new Int32Array(nodes);
  const order = new Uint32Array(nodes);
  let ordered = 0;

  if (shares) for (let f = 0; f < count; f++) if (referenced[imported + f] === 1) entryCheck[f] = 1;

  // Depth-first, callees before callers (Tarjan's strongly connected components). A call back to a function that is still
  // open closes a cycle: its target checks; a group has no code of its own, there the function that calls it does.
  const state = new Uint8Array(nodes); // 0 new, 1 open, 2 done
  const recursive = new Uint8Array(nodes);
  const reachesIndirect = new Uint8Array(nodes);
  const visited = new Uint32Array(nodes);
  const low = new Uint32Array(nodes);
  const component: number[] = [];
  const inComponent = new Uint8Array(nodes);
  let visits = 0;
  const visit = (f: number): void => {
    state[f] = 1;
    visited[f] = low[f] = ++visits;
    component.push(f);
    inComponent[f] = 1;
  };
  const stack = new Uint32Array(nodes);
  const next = Uint32Array.from(calleeStarts.subarray(0, nodes));
  for (let root = 0; root < count; root++) {
    if (state[root] !== 0) continue;
    let depth = 0;
    stack[depth++] = root;
    visit(root);
    while (depth > 0) {
      const f = stack[depth - 1] as number;
      const at = next[f] as number;
      if (at < (calleeStarts[f + 1] as number)) {
        next[f] = at + 1;
        const callee = (callees[at] as number) - imported;
        if (callee < 0 || callee >= nodes) continue;
        if (state[callee] === 0) {
          visit(callee);
          stack[depth++] = callee;
          continue;
        }
        if (state[callee] === 1) entryCheck[callee < count ? callee : f] = 1;
        if (callee === f) recursive[f] = 1;
        if (inComponent[callee] === 1) low[f] = Math.min(low[f] as number, visited[callee] as number);
        continue;
      }
      depth--;
      state[f] = 2;
      order[ordered++] = f;
      if (depth > 0) {
        const caller = stack[depth - 1] as number;
        low[caller] = Math.min(low[caller] as number, low[f] as number);
      }
      if (low[f] === visited[f]) closeComponent(f, component, inComponent, recursive);
      const isGroup = f >= count;
      let rest = isGroup ? 0 : (cost[f] as number) + (loops[f] as number) * MAX_STRETCH;
      let chain = 0;
      let indirect = isGroup ? 0 : (summary.indirect[f] as number);
      let constant = !isGroup && straight[f] === 1 && entryCheck[f] === 0 && referenced[imported + f] === 0;
      let constantTotal = rest;
      for (let i = calleeStarts[f] as number; i < (calleeStarts[f + 1] as number); i++) {
        const callee = (callees[i] as number) - imported;
        if (callee < 0 || callee >= nodes) continue;
        indirect |= reachesIndirect[callee] as number;
        if (constantCost[callee] === -1) constant = false;
        else constantTotal += constantCost[callee] as number;
        if (entryCheck[callee] === 1) continue;
        const below = unchecked[callee] as number;
        rest = isGroup ? Math.max(rest, below) : rest + below;
        chain = Math.max(chain, (callee < count ? (words[callee] as number) : 0) + (chainWords[callee] as number));
      }
      chainWords[f] = chain;
      reachesIndirect[f] = indirect;
      if (constant && constantTotal <= MAX_CONSTANT_COST) {
        constantCost[f] = constantTotal;
        unchecked[f] = 0;
      } else {
        if (!isGroup && (rest > MAX_UNCHECKED_COST || chain > MAX_UNCHECKED_WORDS)) entryCheck[f] = 1;
        unchecked[f] = rest;
      }
    }
  }
  const frameWords = new Int32Array(count);
  for (let f = 0; f < count; f++) {
    if (entryCheck[f] === 0) continue;
    // Once more: a group that was still open when the function was done is known by now.
    let chain = 0;
    for (let i = calleeStarts[f] as number; i < (calleeStarts[f + 1] as number); i++) {
      const callee = (callees[i] as number) - imported;
      if (callee < 0 || callee >= nodes || entryCheck[callee] === 1) continue;
      chain = Math.max(chain, (callee < count ? (words[callee] as number) : 0) + (chainWords[callee] as number));
    }
    frameWords[f] = Math.min(0x7fff, (words[f] as number) + chain);
  }
  const mayRecur = shares ? recursive.map((does, f) => does | (reachesIndirect[f] as number)) : recursive;
  const checksAfterCalls = mayRecur
    .subarray(0, count)
    .map((may, f) => (may === 1 && (cost[f] as number) > MAX_WAY_BACK ? 1 : 0));
  const throwing = findThrowing(summary, order.subarray(0, ordered), imported, referenced, module);
  return {
    constantCost: constantCost.subarray(0, count),
    entryCheck: entryCheck.subarray(0, count),
    recursive: recursive.subarray(0, count),
    mayRecur: mayRecur.subarray(0, count),
    checksAfterCalls,
    frameWords,
    throws: catches ? throwing.throws : new Uint8Array(count),
    indirectThrows: catches && throwing.indirect,
    catches,
    usesExceptionRefs: summary.usesExceptionRefs,
    changedTables: summary.changedTables,
    dropsSegments: summary.dropsSegments,
    referenced,
    sharesFunctions: shares,
    referenceChecks: shares ? () => true : groups.whereAll(referenced, (own) => own < 0 || entryCheck[own] === 1),
    arities,
  };
}

/** Takes a finished component off the stack: its functions can reach each other, if there is more than one. */
function closeComponent(root: number, component: number[], inComponent: Uint8Array, recursive: Uint8Array): void {
  for (let f = component.pop(); f !== undefined; f = component.pop()) {
    inComponent[f] = 0;
    if (f === root) return;
    recursive[f] = 1;
    recursive[root] = 1;
  }
}

/**
 * Functions that an exception may leave. An imported function may throw a JavaScript exception, and a call
 * through a table may reach any referenced function.
 */
function findThrowing(
  summary: Summary,
  order: Uint32Array,
  imported: number,
  referenced: Uint8Array,
  module: Module,
): { throws: Uint8Array; indirect: boolean } {
  const { calleeStarts, callees, indirect: callsIndirect } = summary;
  const throws = summary.throws.slice();
  // References can come in from outside where tables or signatures are shared; those functions are unknown.
  let indirect = sharesFunctions(module) || referenced.subarray(0, imported).includes(1);
  // Callees come first in `order`, so one round settles everything outside of call cycles; cycles take another.
  for (let round = 0; ; round++) {
    let changed = false;
    for (const f of order) {
      if (f >= throws.length || throws[f] === 1) continue;
      let may = callsIndirect[f] === 1 && indirect;
      for (let i = calleeStarts[f] as number; !may && i < (calleeStarts[f + 1] as number); i++) {
        const callee = (callees[i] as number) - imported;
        // A hostile call graph could need many rounds: after a few, every call is taken to throw.
        may = callee < throws.length && (callee < 0 || throws[callee] === 1 || round > 4);
      }
      if (may) {
        throws[f] = 1;
        changed = true;
      }
    }
    if (!indirect && throws.some((may, f) => may === 1 && referenced[imported + f] === 1)) {
      indirect = true;
      changed = true;
    }
    if (!changed) return { throws, indirect };
  }
}
