/**
 * Rewrites a valid module for a fuel profile: the same prices, limits and hidden names as the metering, another mechanism.
 * The counter lies in its globals all the time, functions keep their types, and the host is told who runs.
 *
 * Function index space: the module's imports; refill, enter and leave; the module's functions; our support functions, among
 * them a thunk for each imported function, which stands for it everywhere.
 */
import { bug } from '../errors.ts';
import type { ValidModule } from '../validate/index.ts';
import { Assembler } from './assembler.ts';
import { BranchHints } from './branch-hints.ts';
import { ExpressionPool } from './constant-references.ts';
import type { CounterGlobals } from './counter.ts';
import { writeNames } from './metered-names.ts';
import { collectFacts } from './module-facts.ts';
import { clampLimits } from './module-limits.ts';
import { counterGlobals, hiddenExports, mapElements } from './module-mapping.ts';
import type { OffsetRecorder } from './offset-map.ts';
import { importCostsOf, type MeterSettings } from './options.ts';
import { ProfileSupport } from './profile-support.ts';
import { ProfileWriter } from './profile-writer.ts';
import { type EngineNames, type HiddenNames, hiddenNames, type MeterReport } from './report.ts';
import { SupportFunctions } from './support-functions.ts';
import { TypePlan } from './type-plan.ts';
import { writeModule } from './write-module.ts';

/** @param recorder takes down which code came from where */
export function profileModule(
  valid: ValidModule,
  settings: MeterSettings,
  recorder?: OffsetRecorder,
): { bytes: Uint8Array<ArrayBuffer>; report: MeterReport<HiddenNames | EngineNames>; bodiesAt: number } {
  const module = clampLimits(valid.module, settings);
  const facts = collectFacts(module, valid.code, settings.costs);
  // Types stay as they are: what is added stands behind.
  const types = new TypePlan(module, true);
  const names = hiddenNames(settings, module.start !== undefined);
  const { refill, profile: hooks } = names;
  if (hooks === undefined) throw bug('a profile without its hooks');
  const imported = module.imported.func;
  const globals: CounterGlobals = {
    fuel: module.imported.global + module.globals.length,
    stack: module.imported.global + module.globals.length + 1,
    slow: module.imported.global + module.globals.length + 2,
    passed: undefined,
  };
  const imports = [...module.imports];
  const addImport = (name: string, typeIndex: number): number => {
    imports.push({ module: hooks.module, name, type: { kind: 'func', typeIndex }, offset: 0 });
    return imported + imports.length - module.imports.length - 1;
  };
  const refillIndex = refill === undefined ? undefined : addImport(refill.name, types.add(['f64'], ['f64']));
  const enter = addImport(hooks.enter, types.add(['i32', 'f64'], ['i32']));
  const leave = addImport(hooks.leave, types.add(['i32', 'f64'], []));
  const shift = imports.length - module.imports.length;
  const firstSupport = imported + shift + module.functions.length;
  const importCosts = importCostsOf(module, settings.importCosts);
  const support = new SupportFunctions(module, types, globals, firstSupport, refillIndex, facts, importCosts);
  const profile = new ProfileSupport(module, types, globals, support, importCosts, { enter, leave });
  const functionIndex = (funcIndex: number): number =>
    funcIndex < imported ? profile.importThunk(funcIndex) : funcIndex + shift;

  const bodies = new Assembler(Math.max(1024, module.bytes.length * 4));
  const writer = new ProfileWriter({
    module,
    types,
    globals,
    costs: settings.costs,
    support,
    profile,
    functionIndex,
    offsets: recorder,
  });
  for (const [f, body] of module.bodies.entries()) {
    const funcIndex = imported + f;
    const code = valid.code.read(f);
    const entryCheck = facts.entryCheck[f] === 1;
    writer.write({ body, funcIndex, entryCheck, frameWords: facts.frameWords[f] as number }, code, bodies);
  }
  valid.code.release();

  const pool = new ExpressionPool(module.bytes);
  const elements = module.elements.map((segment) => mapElements(segment, pool, functionIndex));
  const ownGlobals = module.globals.map((global) => ({ ...global, init: pool.map(global.init, functionIndex) }));
  const tables = module.tables.map((table) => ({ ...table, init: table.init && pool.map(table.init, functionIndex) }));
  const exports = [
    ...module.exports.map((item) => (item.kind === 'func' ? { ...item, index: functionIndex(item.index) } : item)),
    ...hiddenExports(names, support, globals, settings.stackWords),
  ];
  if (module.start !== undefined && names.start !== undefined) {
    exports.push({ name: names.start, kind: 'func', index: functionIndex(module.start.funcIndex), offset: 0 });
  }
  const allGlobals = [...ownGlobals, ...counterGlobals(pool, settings.stackWords, support, globals)];
  const added = support.list();
  for (const { body } of added) bodies.u32(body.length).bytes(body);
  const { out, bodiesAt } = writeModule({
    source: module.bytes,
    expressions: pool.bytes(),
    types: types.groups(),
    imports,
    functionTypes: Uint32Array.from([...module.functions, ...added.map(({ typeIndex }) => typeIndex)]),
    tables,
    memories: module.memories,
    tags: module.tags,
    globals: allGlobals,
    exports,
    elements,
    dataCount: module.dataCount,
    hints: new BranchHints(),
    bodies,
    data: module.data,
  });
  if (settings.names) {
    const addedNames = added.map(({ purpose }, i) => ({
      index: firstSupport + i,
      name: settings.exportPrefix + purpose.replaceAll(' ', '_'),
    }));
    writeNames(out, module, (index) => (index < imported ? index : index + shift), addedNames);
  }
  const bytes = out.finish();
  return {
    bytes,
    bodiesAt,
    report: Object.freeze({
      costTableVersion: settings.costs.version,
      hidden: names,
      state: undefined,
      functions: module.functions.length,
      importedFunctions: imported,
      functionIndexShift: shift,
      supportFunctions: added.length,
      constantFunctions: 0,
      entryChecks: module.functions.length,
      chargePoints: writer.chargePoints,
      checks: writer.checks,
      sharesFunctions: facts.sharesFunctions,
      bytesIn: valid.bytes.length,
      bytesOut: bytes.length,
    }),
  };
}
