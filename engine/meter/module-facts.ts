/**
 * What the meter must know of a whole module before it rewrites one function: who calls whom, which functions cost the
 * same on every call, which must look at the fuel when they are entered, and how much stack a call takes.
 *
 * One pass over all code (module-summary.ts), then one over the call graph. Indices here are of *defined* functions (imports
 * not counted).
 */
import { Arities } from '../wasm/arities.ts';
import type { Module } from '../wasm/module.ts';
import type { ScannedCode } from '../wasm/scanned-code.ts';
import type { RefType, ValueType } from '../wasm/types.ts';
import { CallGroups } from './call-groups.ts';
import { visitFunctionReferences } from './constant-references.ts';
import type { CostTable } from './costs.ts';
import { MAX_STRETCH } from './loop-looks.ts';
import { ModuleSummary } from './module-summary.ts';

/** A function of constant cost up to this is charged by its callers and carries no metering of its own. */
const MAX_CONSTANT_COST = 200;
/** Fuel that may run between two looks at the counter, calls of functions without an entry check included. */
const MAX_UNCHECKED_COST = 2_000;
/** Words of stack that a chain of calls may take before one of them counts them. */
const MAX_UNCHECKED_WORDS = 2_000;
/** What a function that may recur can run, at most, behind a call without looking: all frames of a deep recursion may come back at once. */
const MAX_WAY_BACK = 500;
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
  /** References to exceptions occur, or handlers of the form that can take them: V8 takes the newer form of handlers in this module, and not the older one. */
  readonly usesExceptionRefs: boolean;
  /** Tables whose entries or size code may change. */
  readonly changedTables: ReadonlySet<number>;
  /** Code drops segments. */
  readonly dropsSegments: boolean;
  /** 1: a reference to the function exists (table, ref.func). By function index, imports included. */
  readonly referenced: Uint8Array;
  /** Function references can reach code outside of the module, or come from there. */
  readonly sharesFunctions: boolean;
  /** 1: calls through a table or a reference. */
  readonly indirect: Uint8Array;
  /** 1: keeps its original type, since it is called through references alone, and those may lie with the host. */
  readonly plainBody: Uint8Array;
  /** True if whatever a call through a reference of that type may reach looks at the fuel. */
  referenceChecks(typeIndex: number): boolean;
  readonly arities: Arities;
}

export function collectFacts(module: Module, code: ScannedCode, costs: CostTable): ModuleFacts {
  const arities = new Arities(module);
  const groups = new CallGroups(module);
  const summary = new ModuleSummary(module, code, costs, arities, groups);
  markReferences(module, summary.referenced);
  return walkCallGraph(module, summary, arities, groups);
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

function walkCallGraph(module: Module, summary: ModuleSummary, arities: Arities, groups: CallGroups): ModuleFacts {
  const { cost, straight, words, loops, catches, referenced } = summary;
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
  const throwing = findThrowing(summary, order.subarray(0, ordered), module);
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
    usesExceptionRefs: summary.usesExceptionRefs && !summary.olderHandlers,
    changedTables: summary.changedTables,
    dropsSegments: summary.dropsSegments,
    referenced,
    sharesFunctions: shares,
    indirect: summary.indirect,
    plainBody: shares ? findPlainBodies(summary, module) : new Uint8Array(count),
    // The host may have placed a function that looks at nothing.
    referenceChecks: shares ? () => false : groups.whereAll(referenced, (own) => own < 0 || entryCheck[own] === 1),
    arities,
  };
}

/**
 * Functions that only references lead to. One that is called directly takes the counter as a parameter, and so does one that goes on
 * to another by a tail call: that needs equal results.
 */
function findPlainBodies({ calleeStarts, callees, referenced, tailCalls }: ModuleSummary, module: Module): Uint8Array {
  const imported = module.imported.func;
  const count = module.bodies.length;
  const plain = Uint8Array.from({ length: count }, (_, f) =>
    tailCalls[f] === 1 ? 0 : (referenced[imported + f] as number),
  );
  for (let i = 0; i < (calleeStarts[count] as number); i++) {
    const callee = (callees[i] as number) - imported;
    if (callee >= 0 && callee < count) plain[callee] = 0;
  }
  return plain;
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
  { calleeStarts, callees, indirect: callsIndirect, referenced, throws: throwsItself }: ModuleSummary,
  order: Uint32Array,
  module: Module,
): { throws: Uint8Array; indirect: boolean } {
  const imported = module.imported.func;
  const throws = throwsItself.slice();
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
