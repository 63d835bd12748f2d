/**
 * Where each function of a module is charged and looks at its fuel: scan, flow graph, tight loops, placement. The writer
 * turns the result into code, the listing into text. Storage is reused: results are valid until the next function.
 */
import { CodeBuffer } from '../wasm/code.ts';
import { type Body, functionTypeOf, type Module } from '../wasm/module.ts';
import type { ScannedCode } from '../wasm/scanned-code.ts';
import { entryCost } from './costs.ts';
import { type FlowContext, FlowGraph, TRAIT } from './flow-graph.ts';
import type { FunctionPlan } from './function-writer.ts';
import type { ModuleFacts } from './module-facts.ts';
import type { MeterSettings } from './options.ts';
import { Placement } from './placement.ts';
import { findTightLoops, type TightLoop } from './tight-loops.ts';

export interface AnalysedFunction extends FunctionPlan {
  /** Callers charge for the function: there is no graph and no placement of it. */
  readonly constant: boolean;
}

const NO_LOOPS: readonly TightLoop[] = [];

export class FunctionAnalysis {
  readonly graph = new FlowGraph();
  readonly placement = new Placement();
  #code = new CodeBuffer(0);
  readonly #module: Module;
  readonly #scanned: ScannedCode;
  readonly #facts: ModuleFacts;
  readonly #flow: FlowContext;
  readonly #integerLocals: IntegerLocals;

  constructor(module: Module, scanned: ScannedCode, facts: ModuleFacts, settings: Pick<MeterSettings, 'costs'>) {
    const imported = module.imported.func;
    this.#module = module;
    this.#scanned = scanned;
    this.#facts = facts;
    this.#integerLocals = new IntegerLocals(module);
    const calleeCost = new Float64Array(imported + module.functions.length);
    const calleeTraits = new Uint8Array(calleeCost.length);
    calleeTraits.fill(TRAIT.mayCheck | TRAIT.checks | (facts.catches ? TRAIT.throws : 0), 0, imported);
    for (let f = 0; f < module.functions.length; f++) {
      const constantCost = facts.constantCost[f] as number;
      calleeCost[imported + f] = Math.max(0, constantCost);
      calleeTraits[imported + f] =
        (constantCost < 0 ? TRAIT.mayCheck : 0) |
        (facts.entryCheck[f] === 1 ? TRAIT.checks : 0) |
        (facts.throws[f] === 1 ? TRAIT.throws : 0);
    }
    this.#flow = {
      prices: settings.costs.prices,
      arities: facts.arities,
      calleeCost,
      calleeTraits,
      referenceChecks: facts.referenceChecks,
      indirectThrows: facts.indirectThrows,
    };
  }

  get code(): CodeBuffer {
    return this.#code;
  }

  /**
   * Analyses one function; `code`, `graph` and `placement` are about it from then on.
   * @param definedFuncIndex imports not counted
   */
  analyse(definedFuncIndex: number): AnalysedFunction {
    const { graph, placement } = this;
    const module = this.#module;
    const facts = this.#facts;
    const funcIndex = module.imported.func + definedFuncIndex;
    const body = module.bodies[definedFuncIndex] as FunctionPlan['body'];
    const constant = (facts.constantCost[definedFuncIndex] as number) >= 0;
    const entryCheck = facts.entryCheck[definedFuncIndex] === 1;
    const code = this.#scanned.read(definedFuncIndex);
    this.#code = code;
    if (!constant) {
      const results = facts.arities.func(funcIndex) & 0xffff;
      graph.build(module.bytes, code, results, entryCost(body.localCount), this.#flow);
      const locals = this.#integerLocals;
      locals.reset(definedFuncIndex);
      const tight = graph.loopCount === 0 ? NO_LOOPS : findTightLoops(graph, code, (local) => locals.has(local));
      placement.place(graph, code.count, { entryCheck, recursive: facts.recursive[definedFuncIndex] === 1 }, tight);
    }
    return {
      body,
      funcIndex,
      constant,
      plain: facts.plainBody[definedFuncIndex] === 1,
      callsReferences: facts.indirect[definedFuncIndex] === 1,
      entryCheck,
      frameWords: facts.frameWords[definedFuncIndex] as number,
      checksAfterCalls: facts.checksAfterCalls[definedFuncIndex] === 1,
    };
  }
}

/** Which locals of a function, parameters first, are of type i32. Found when first asked: most functions have no loop that asks. */
class IntegerLocals {
  readonly #module: Module;
  #definedFuncIndex = -1;
  #isI32 = new Uint8Array(256);
  #known = false;

  constructor(module: Module) {
    this.#module = module;
  }

  reset(definedFuncIndex: number): void {
    this.#definedFuncIndex = definedFuncIndex;
    this.#known = false;
  }

  has(local: number): boolean {
    if (!this.#known) this.#find();
    return this.#isI32[local] === 1;
  }

  #find(): void {
    const { imported, bodies } = this.#module;
    const params = functionTypeOf(this.#module, imported.func + this.#definedFuncIndex)?.params ?? [];
    const { locals, localCount } = bodies[this.#definedFuncIndex] as Body;
    const count = params.length + localCount;
    if (count > this.#isI32.length) this.#isI32 = new Uint8Array(2 * count);
    params.forEach((type, local) => {
      this.#isI32[local] = type === 'i32' ? 1 : 0;
    });
    let local = params.length;
    for (const group of locals) {
      this.#isI32.fill(group.type === 'i32' ? 1 : 0, local, local + group.count);
      local += group.count;
    }
    this.#known = true;
  }
}
