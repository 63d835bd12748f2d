/**
 * Where a module is charged and where it looks at its fuel: the plan that the rewriting follows, for people and for tests.
 * Reads the same analysis as the writer and changes nothing.
 */
import type { ValidModule } from '../validate/index.ts';
import { catchClauses } from '../wasm/branch-targets.ts';
import { CONTROL, CONTROL_CODES } from './flow-graph.ts';
import { type AnalysedFunction, FunctionAnalysis } from './function-analysis.ts';
import { collectFacts, type ModuleFacts } from './module-facts.ts';
import { type MeterOptions, resolveMeterOptions } from './options.ts';
import { constantOperandCost, SIZED } from './sized-operations.ts';
import { withTablesInside } from './tables-inside.ts';
import { iterationsOf } from './tight-loops.ts';

/**
 * Fuel that is charged where control passes; negative where it is given back.
 * - `entry`: when the function is entered; `loop`: on every way round; `exit`: where the function is left;
 * - `edge`: anywhere else.
 */
export interface ListedCharge {
  readonly kind: 'charge';
  readonly offset: number;
  readonly why: 'entry' | 'loop' | 'edge' | 'exit';
  /** Where to look from the instruction: `taken` is the taken side of a branch, `otherwise` the `else` that an `if` lacks. */
  readonly place: 'entry' | 'before' | 'after' | 'taken' | 'otherwise' | 'epilogue';
  readonly fuel: number;
}

/**
 * A look at the fuel: on `entry`, at a `loop`, behind a `call` that may recur, in an exception `handler`, before an
 * operation sized by an `operand`, before code `outside` of the module runs.
 */
export interface ListedCheck {
  readonly kind: 'check';
  readonly offset: number;
  readonly why: 'entry' | 'loop' | 'call' | 'handler' | 'operand' | 'outside';
}

/** A loop that is charged by how far its variable went. */
export interface ListedCountedLoop {
  readonly kind: 'counted-loop';
  readonly offset: number;
  /** Of one iteration; its branches are charged where they are. */
  readonly fuel: number;
  /** The variable, and what each iteration adds to it. */
  readonly local: number;
  readonly step: number;
  /** Iterations between two looks at the fuel. */
  readonly iterations: number;
  /** It looks at the fuel before it starts, too. */
  readonly looksFirst: boolean;
  /** Where the loop is left, and its iterations are charged: offsets. */
  readonly exits: readonly number[];
}

/** A call whose callee always costs the same: the price is part of the charges around it. */
export interface ListedConstantCall {
  readonly kind: 'constant-call';
  readonly offset: number;
  readonly callee: number;
  readonly fuel: number;
}

export type ListedItem = ListedCharge | ListedCheck | ListedCountedLoop | ListedConstantCall;

export interface FunctionCharges {
  /** Imports first. */
  readonly funcIndex: number;
  /** Fuel of every call, where callers charge it and nothing in the function does; null for all others. */
  readonly constantCost: number | null;
  /** The function can be active more than once at the same time. */
  readonly recursive: boolean;
  /** Words of stack that it takes; 0 where it does not look at the stack. */
  readonly stackWords: number;
  /** By offset in the module's bytes. */
  readonly items: readonly ListedItem[];
}

export interface ChargeTotals {
  readonly functions: number;
  readonly constantFunctions: number;
  readonly charges: number;
  readonly checks: Readonly<Record<ListedCheck['why'], number>>;
  readonly countedLoops: number;
  readonly constantCalls: number;
}

/** The functions of a module, one at a time. @throws INVALID_OPTION */
export function* listCharges(
  valid: ValidModule,
  options: Pick<MeterOptions, 'costs' | 'exportTables'> = {},
): Generator<FunctionCharges, void> {
  const settings = resolveMeterOptions(options);
  const { module, code } = settings.exportTables ? valid : withTablesInside(valid);
  const facts = collectFacts(module, code, settings.costs);
  const analysis = new FunctionAnalysis(module, code, facts, settings);
  for (let f = 0; f < module.bodies.length; f++) {
    const plan = analysis.analyse(f);
    yield {
      funcIndex: plan.funcIndex,
      constantCost: plan.constant ? (facts.constantCost[f] as number) : null,
      recursive: facts.recursive[f] === 1,
      stackWords: plan.entryCheck ? plan.frameWords : 0,
      items: plan.constant ? [] : listFunction(analysis, plan, facts, module.imported.func, module.bytes),
    };
  }
}

/** @param functions all of a module, as {@link listCharges} gives them */
export function chargeTotals(functions: Iterable<FunctionCharges>): ChargeTotals {
  const checks = { entry: 0, loop: 0, call: 0, handler: 0, operand: 0, outside: 0 };
  const totals = { functions: 0, constantFunctions: 0, charges: 0, checks, countedLoops: 0, constantCalls: 0 };
  for (const { constantCost, items } of functions) {
    totals.functions++;
    if (constantCost !== null) totals.constantFunctions++;
    for (const item of items) {
      if (item.kind === 'charge') totals.charges++;
      else if (item.kind === 'check') checks[item.why]++;
      else if (item.kind === 'counted-loop') totals.countedLoops++;
      else totals.constantCalls++;
    }
  }
  return totals;
}

function listFunction(
  { code, graph, placement }: FunctionAnalysis,
  plan: AnalysedFunction,
  facts: ModuleFacts,
  imported: number,
  bytes: Uint8Array,
): ListedItem[] {
  const items: ListedItem[] = [];
  const { ids, starts, a, count } = code;
  const at = (op: number): number => starts[op] as number;
  const charge = (
    op: number,
    place: ListedCharge['place'],
    why: ListedCharge['why'],
    fuel: number | undefined,
  ): void => {
    if (fuel) items.push({ kind: 'charge', offset: at(op), why, place, fuel });
  };
  const check = (op: number, why: ListedCheck['why']): void => {
    items.push({ kind: 'check', offset: at(op), why });
  };
  if (plan.entryCheck) check(0, 'entry');
  charge(0, 'entry', 'entry', placement.entry);
  for (let op = 0; op < count; op++) {
    if (graph.live[op] === 0) continue;
    const control = CONTROL[ids[op] as number];
    const leaves = control === CONTROL_CODES.return || op === count - 1;
    charge(op, 'before', leaves ? 'exit' : 'edge', placement.before[op]);
    switch (control) {
      case CONTROL_CODES.none:
        if (SIZED[ids[op] as number] === 1 && constantOperandCost(code, op) < 0) check(op, 'operand');
        break;
      case CONTROL_CODES.loop: {
        if (placement.checked[op] === 1) check(op, 'loop');
        const loop = placement.counting.get(op);
        if (loop === undefined) break;
        const { fuel, local, step, exits } = loop;
        const offset = at(op);
        items.push({
          kind: 'counted-loop',
          offset,
          fuel,
          local,
          step,
          iterations: iterationsOf(placement.loopLooks.stretch, loop),
          looksFirst: placement.loopLooks.before.has(op),
          exits: exits.map(at),
        });
        break;
      }
      case CONTROL_CODES.catch:
      case CONTROL_CODES['catch-all']:
        check(op, 'handler');
        break;
      case CONTROL_CODES['try-table']:
        if (catchClauses(bytes, code, op).length > 0) check(op, 'handler');
        break;
      case CONTROL_CODES.call:
      case CONTROL_CODES['tail-call']: {
        const callee = a[op] as number;
        const fuel = facts.constantCost[callee - imported] ?? -1;
        if (callee < imported) check(op, 'outside');
        else if (fuel >= 0) items.push({ kind: 'constant-call', offset: at(op), callee, fuel });
        else if (control === CONTROL_CODES.call && plan.checksAfterCalls && facts.mayRecur[callee - imported] === 1) {
          check(op, 'call');
        }
        break;
      }
      case CONTROL_CODES['call-indirect']:
      case CONTROL_CODES['call-ref']:
      case CONTROL_CODES['tail-call-indirect']:
      case CONTROL_CODES['tail-call-ref']:
        if (
          plan.checksAfterCalls &&
          (control === CONTROL_CODES['call-indirect'] || control === CONTROL_CODES['call-ref'])
        ) {
          check(op, 'call');
        }
        break;
    }
    charge(op, 'taken', 'edge', placement.taken[op]);
    charge(op, 'otherwise', 'edge', placement.otherwise[op]);
    charge(op, 'after', control === CONTROL_CODES.loop ? 'loop' : 'edge', placement.after[op]);
  }
  charge(count - 1, 'epilogue', 'exit', placement.epilogue);
  return items;
}
