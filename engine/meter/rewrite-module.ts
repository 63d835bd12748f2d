/**
 * Rewrites a valid module into its metered form: the sections, their indices, and the order of the work. One pass over
 * all code collects facts, one writes; memory beyond input and output is the kept scan (bounded) and the largest function.
 *
 * Index spaces (what each section must agree on):
 * - functions: the module's imports, our refill import if any, the module's functions, our support functions;
 * - globals: the module's, then ours, so that no global index in code changes;
 * - types: see type-plan.ts;
 * - memories, tables, tags, segments, locals of constant-cost functions: unchanged.
 */
import type { ValidModule } from '../validate/index.ts';
import type { ScannedCode } from '../wasm/scanned-code.ts';
import { Assembler } from './assembler.ts';
import { BranchHints } from './branch-hints.ts';
import { ExpressionPool } from './constant-references.ts';
import type { CounterGlobals } from './counter.ts';
import { FunctionAnalysis } from './function-analysis.ts';
import { FunctionWriter, type WriterContext } from './function-writer.ts';
import { writeNames } from './metered-names.ts';
import { collectFacts, type ModuleFacts } from './module-facts.ts';
import { clampLimits } from './module-limits.ts';
import { counterGlobals, declare, hiddenExports, mapElements, mapImports } from './module-mapping.ts';
import type { OffsetRecorder } from './offset-map.ts';
import { importCostsOf, type MeterSettings } from './options.ts';
import { Passing } from './passing.ts';
import { type EngineNames, type HiddenNames, hiddenNames, type MeterReport } from './report.ts';
import { StateSupport } from './state-support.ts';
import { SupportFunctions } from './support-functions.ts';
import { TypePlan } from './type-plan.ts';
import { writeModule } from './write-module.ts';

/** @param recorder takes down which code came from where */
export function rewriteModule(
  valid: ValidModule,
  settings: MeterSettings,
  recorder?: OffsetRecorder,
): { bytes: Uint8Array<ArrayBuffer>; report: MeterReport<HiddenNames | EngineNames>; bodiesAt: number } {
  const module = clampLimits(valid.module, settings);
  const facts = collectFacts(module, valid.code, settings.costs);
  const types = new TypePlan(module, facts.sharesFunctions);
  const names = hiddenNames(settings, module.start !== undefined);
  const importedFunctions = module.imported.func;
  const shift = names.refill === undefined ? 0 : 1;
  const globals: CounterGlobals = {
    fuel: module.imported.global + module.globals.length,
    stack: module.imported.global + module.globals.length + 1,
    slow: module.imported.global + module.globals.length + 2,
    passed: facts.sharesFunctions ? module.imported.global + module.globals.length + 3 : undefined,
  };
  const state = settings.exportState
    ? new StateSupport(module, facts, (globals.passed ?? globals.slow) + 1)
    : undefined;
  const refillType = names.refill === undefined ? 0 : types.add(['f64'], ['f64']);
  const support = new SupportFunctions(
    module,
    types,
    globals,
    importedFunctions + shift + module.functions.length,
    names.refill === undefined ? undefined : importedFunctions,
    facts,
    importCostsOf(module, settings.importCosts),
  );
  const { passed } = globals;
  const passing = passed === undefined ? undefined : new Passing(module, types, globals, passed, support, facts);
  const functionIndex = (funcIndex: number): number => (funcIndex < importedFunctions ? funcIndex : funcIndex + shift);
  const constantCostOf = (funcIndex: number): number | undefined => {
    const cost = facts.constantCost[funcIndex - importedFunctions];
    return cost === undefined || cost < 0 ? undefined : cost;
  };
  const plainForm = (funcIndex: number): number => {
    const own = funcIndex - importedFunctions;
    if (own >= 0 && facts.plainBody[own] === 1) return functionIndex(funcIndex);
    const wrappers = passing ?? support;
    if (own >= 0) return wrappers.plainWrapper(funcIndex, functionIndex(funcIndex), constantCostOf(funcIndex));
    return wrappers.plainImport(funcIndex);
  };
  const threadedForm = (funcIndex: number): number => {
    if (funcIndex < importedFunctions) return support.importThunk(funcIndex);
    const cost = constantCostOf(funcIndex);
    return cost === undefined
      ? functionIndex(funcIndex)
      : support.constantThunk(funcIndex, functionIndex(funcIndex), cost);
  };
  // Code may only refer to functions that stand in a segment or export: ours have to be declared anew.
  const declared = new Set<number>();
  const referenceTo = facts.sharesFunctions ? plainForm : threadedForm;
  const context: WriterContext = {
    module,
    types,
    support,
    globals,
    passing,
    catches: facts.catches,
    mayRecur: facts.mayRecur,
    constantCost: facts.constantCost,
    functionIndex,
    referenceTo: (funcIndex) => {
      const index = referenceTo(funcIndex);
      declared.add(index);
      return index;
    },
    offsets: recorder,
    dropped: state?.dropped,
  };

  const hints = new BranchHints();
  const counts = { chargePoints: 0, checks: 0 };
  const bodies = writeBodies(context, valid.code, facts, settings, hints, counts, importedFunctions + shift);

  // Whatever refers to functions may add support functions, so it comes before the function section is written.
  const pool = new ExpressionPool(module.bytes);
  const elements = module.elements.map((segment) => mapElements(segment, pool, referenceTo));
  if (declared.size > 0) elements.push(declare(declared));
  const moduleGlobals = module.globals.map((global) => ({
    ...global,
    init: pool.map(global.init, referenceTo),
  }));
  const tables = module.tables.map((table) => ({
    ...table,
    init: table.init && pool.map(table.init, referenceTo),
  }));
  const exports = hiddenExports(names, support, globals, settings.stackWords);
  if (module.start !== undefined && names.start !== undefined) {
    exports.push({ name: names.start, kind: 'func', index: plainForm(module.start.funcIndex), offset: 0 });
  }
  const moduleExports = module.exports.map((item) =>
    item.kind === 'func' ? { ...item, index: plainForm(item.index) } : item,
  );
  const ownGlobals = counterGlobals(pool, settings.stackWords, support, globals);
  if (state !== undefined && names.state !== undefined) {
    const zero = pool.add(new Assembler(8).i32(0).end().finish());
    ownGlobals.push(...state.globals(module, moduleGlobals, zero));
    tables.push(...state.tables(module, tables));
    exports.push(...state.exports(names.state, support));
  }
  const imports = mapImports(module.imports, types, names.refill, refillType);
  const tags = module.tags.map((tag) => ({ ...tag, typeIndex: types.original(tag.typeIndex) }));
  const added = support.list();
  const functionTypes = Uint32Array.from([
    ...Array.from(module.functions, (typeIndex, f) =>
      (facts.constantCost[f] as number) >= 0 || facts.plainBody[f] === 1
        ? types.original(typeIndex)
        : types.threaded(typeIndex),
    ),
    ...added.map(({ typeIndex }) => typeIndex),
  ]);
  for (const { body } of added) bodies.u32(body.length).bytes(body);

  const { out, bodiesAt } = writeModule({
    source: module.bytes,
    expressions: pool.bytes(),
    types: types.groups(),
    imports,
    functionTypes,
    tables,
    memories: module.memories,
    tags,
    globals: [...moduleGlobals, ...ownGlobals],
    exports: [...moduleExports, ...exports],
    elements,
    dataCount: module.dataCount,
    hints,
    bodies,
    data: module.data,
  });
  if (settings.names) {
    const first = importedFunctions + shift + module.functions.length;
    const addedNames = added.map(({ purpose }, i) => ({
      index: first + i,
      name: settings.exportPrefix + purpose.replaceAll(' ', '_'),
    }));
    if (names.refill !== undefined) addedNames.unshift({ index: importedFunctions, name: names.refill.name });
    writeNames(out, module, functionIndex, addedNames);
  }

  const bytes = out.finish();
  return {
    bytes,
    bodiesAt,
    report: Object.freeze({
      costTableVersion: settings.costs.version,
      hidden: names,
      state: state?.report,
      functions: module.functions.length,
      importedFunctions,
      functionIndexShift: shift,
      supportFunctions: added.length,
      constantFunctions: facts.constantCost.reduce((n, cost) => n + (cost >= 0 ? 1 : 0), 0),
      entryChecks: facts.entryCheck.reduce((n, check) => n + check, 0),
      chargePoints: counts.chargePoints,
      checks: counts.checks,
      sharesFunctions: facts.sharesFunctions,
      bytesIn: valid.bytes.length,
      bytesOut: bytes.length,
    }),
  };
}

/** The code section's content without its count. */
function writeBodies(
  context: WriterContext,
  scanned: ScannedCode,
  facts: ModuleFacts,
  settings: MeterSettings,
  hints: BranchHints,
  counts: { chargePoints: number; checks: number },
  firstIndex: number,
): Assembler {
  const { module } = context;
  const analysis = new FunctionAnalysis(module, scanned, facts, settings);
  const { graph, placement } = analysis;
  const writer = new FunctionWriter(context);
  const out = new Assembler(Math.max(1024, module.bytes.length * 2));
  for (let f = 0; f < module.bodies.length; f++) {
    const plan = analysis.analyse(f);
    if (plan.constant) {
      writer.writeConstant(plan, analysis.code, out);
      continue;
    }
    const written = writer.write(plan, analysis.code, graph, placement, out);
    hints.add(firstIndex + f, written.hints);
    counts.chargePoints += placement.chargePoints;
    counts.checks += placement.checks;
  }
  // Nobody scans this code again, unless the module is metered once more.
  scanned.release();
  return out;
}
