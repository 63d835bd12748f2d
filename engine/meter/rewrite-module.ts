/**
 * Rewrites a valid module into its metered form: the sections, their indices, and the order of the work. One pass over
 * all code collects facts, one writes; memory beyond input and output is bounded by the largest function.
 *
 * Index spaces (what each section must agree on):
 * - functions: the module's imports, our refill import if any, the module's functions, our support functions;
 * - globals: the module's, then ours, so that no global index in code changes;
 * - types: see type-plan.ts;
 * - memories, tables, tags, segments, locals of constant-cost functions: unchanged.
 */
import { RingfenceError } from '../errors.ts';
import type { ValidModule } from '../validate/index.ts';
import type { ElementSegment, Export, Global, Import, Memory, Module, Table } from '../wasm/module.ts';
import { encodeData } from '../wasm/sections/data.ts';
import { encodeDataCount } from '../wasm/sections/data-count.ts';
import { encodeElements } from '../wasm/sections/elements.ts';
import { encodeExports } from '../wasm/sections/exports.ts';
import { encodeFunctions } from '../wasm/sections/functions.ts';
import { encodeGlobals } from '../wasm/sections/globals.ts';
import { encodeImports } from '../wasm/sections/imports.ts';
import { SECTION } from '../wasm/sections/layout.ts';
import { encodeMemories } from '../wasm/sections/memories.ts';
import { encodeTables } from '../wasm/sections/tables.ts';
import { encodeTags } from '../wasm/sections/tags.ts';
import { encodeTypes } from '../wasm/sections/types.ts';
import { FUNCREF } from '../wasm/types.ts';
import { Writer } from '../wasm/writer.ts';
import { Assembler } from './assembler.ts';
import { BranchHints } from './branch-hints.ts';
import { ExpressionPool } from './constant-references.ts';
import type { CounterGlobals } from './counter.ts';
import { FunctionAnalysis } from './function-analysis.ts';
import { FunctionWriter, type WriterContext } from './function-writer.ts';
import { writeNames } from './metered-names.ts';
import { collectFacts, type ModuleFacts } from './module-facts.ts';
import type { OffsetRecorder } from './offset-map.ts';
import type { MeterSettings } from './options.ts';
import { hiddenNames, type MeterReport } from './report.ts';
import { SupportFunctions } from './support-functions.ts';
import { TypePlan } from './type-plan.ts';

const MAX_PAGES = 65_536;

/** @param recorder takes down which code came from where */
export function rewriteModule(
  valid: ValidModule,
  settings: MeterSettings,
  recorder?: OffsetRecorder,
): { bytes: Uint8Array<ArrayBuffer>; report: MeterReport; bodiesAt: number } {
  const module = clampLimits(valid.module, settings);
  const facts = collectFacts(module, settings.costs);
  const types = new TypePlan(module, facts.sharesFunctions);
  const names = hiddenNames(settings, module.start !== undefined);
  const importedFunctions = module.imported.func;
  const shift = names.refill === undefined ? 0 : 1;
  const globals: CounterGlobals = {
    fuel: module.imported.global + module.globals.length,
    stack: module.imported.global + module.globals.length + 1,
  };
  const refillType = names.refill === undefined ? 0 : types.add(['f64'], ['f64']);
  const support = new SupportFunctions(
    module,
    types,
    globals,
    importedFunctions + shift + module.functions.length,
    names.refill === undefined ? undefined : importedFunctions,
    facts,
  );
  const functionIndex = (funcIndex: number): number => (funcIndex < importedFunctions ? funcIndex : funcIndex + shift);
  const constantCostOf = (funcIndex: number): number | undefined => {
    const cost = facts.constantCost[funcIndex - importedFunctions];
    return cost === undefined || cost < 0 ? undefined : cost;
  };
  const plainForm = (funcIndex: number): number =>
    funcIndex < importedFunctions
      ? funcIndex
      : support.plainWrapper(funcIndex, functionIndex(funcIndex), constantCostOf(funcIndex));
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
    sharesFunctions: facts.sharesFunctions,
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
  };

  const hints = new BranchHints();
  const counts = { chargePoints: 0, checks: 0 };
  const bodies = writeBodies(context, facts, settings, hints, counts, importedFunctions + shift);

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
  const exports = hiddenExports(names.hidden, support, globals, settings.stackWords);
  if (module.start !== undefined && names.hidden.start !== undefined) {
    exports.push({ name: names.hidden.start, kind: 'func', index: plainForm(module.start.funcIndex), offset: 0 });
  }
  const moduleExports = module.exports.map((item) =>
    item.kind === 'func' ? { ...item, index: plainForm(item.index) } : item,
  );
  const ownGlobals = counterGlobals(pool, settings.stackWords);
  const imports = mapImports(module.imports, types, names.refill, refillType);
  const tags = module.tags.map((tag) => ({ ...tag, typeIndex: types.original(tag.typeIndex) }));
  const added = support.list();
  const functionTypes = Uint32Array.from([
    ...Array.from(module.functions, (typeIndex, f) =>
      (facts.constantCost[f] as number) >= 0 ? types.original(typeIndex) : types.threaded(typeIndex),
    ),
    ...added.map(({ typeIndex }) => typeIndex),
  ]);
  for (const { body } of added) bodies.u32(body.length).bytes(body);

  const source = pool.bytes();
  const out = new Writer(bodies.size + module.bytes.length);
  out.bytes(HEADER);
  const section = new Writer();
  const put = (id: number, present: boolean, write: (content: Writer) => void): void => {
    if (!present) return;
    section.reset();
    write(section);
    out.section(id, section.view());
  };
  put(SECTION.type, true, (content) => encodeTypes(content, types.groups()));
  put(SECTION.import, imports.length > 0, (content) => encodeImports(content, imports));
  put(SECTION.function, true, (content) => encodeFunctions(content, functionTypes));
  put(SECTION.table, tables.length > 0, (content) => encodeTables(content, tables, source));
  put(SECTION.memory, module.memories.length > 0, (content) => encodeMemories(content, module.memories));
  put(SECTION.tag, tags.length > 0, (content) => encodeTags(content, tags));
  put(SECTION.global, true, (content) => encodeGlobals(content, [...moduleGlobals, ...ownGlobals], source));
  put(SECTION.export, true, (content) => encodeExports(content, [...moduleExports, ...exports]));
  put(SECTION.element, elements.length > 0, (content) => encodeElements(content, elements, source));
  put(SECTION.dataCount, module.dataCount !== undefined, (content) => encodeDataCount(content, module.dataCount ?? 0));
  hints.write(out);
  const functionCount = new Writer(8).u32(functionTypes.length).finish();
  out
    .u8(SECTION.code)
    .u32(functionCount.length + bodies.size)
    .bytes(functionCount);
  const bodiesAt = out.size;
  out.bytes(bodies.view());
  put(SECTION.data, module.data.length > 0, (content) => encodeData(content, module.data, source));
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
      hidden: Object.freeze({ ...names.hidden, refill: names.refill }),
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

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** The code section's content without its count. */
function writeBodies(
  context: WriterContext,
  facts: ModuleFacts,
  settings: MeterSettings,
  hints: BranchHints,
  counts: { chargePoints: number; checks: number },
  firstIndex: number,
): Assembler {
  const { module } = context;
  const analysis = new FunctionAnalysis(module, facts, settings);
  const { code, graph, placement } = analysis;
  const writer = new FunctionWriter(context);
  const out = new Assembler(Math.max(1024, module.bytes.length * 2));
  for (let f = 0; f < module.bodies.length; f++) {
    const plan = analysis.analyse(f);
    if (plan.constant) {
      writer.writeConstant(plan, code, out);
      continue;
    }
    const written = writer.write(plan, code, graph, placement, out);
    hints.add(firstIndex + f, written.hints);
    counts.chargePoints += placement.chargePoints;
    counts.checks += placement.checks;
  }
  return out;
}

/**
 * Takes the limits into the module itself, where V8 enforces them.
 * @throws MEMORY_LIMIT, LIMIT_EXCEEDED where the module needs more from the start
 */
function clampLimits(module: Module, { memoryPages, tableEntries }: MeterSettings): Module {
  const memories = module.memories.map((memory, i): Memory => {
    const { min, max } = memory.limits;
    const allowed = memoryPages ?? MAX_PAGES;
    if (min > allowed) {
      throw new RingfenceError(
        'MEMORY_LIMIT',
        `memory ${i} starts with ${min} pages of 64 KiB: the limit \`memory\` allows ${allowed}`,
        {
          stage: 'meter',
          details: { limit: 'memory', used: min * 65_536, allowed: allowed * 65_536, offset: memory.offset },
        },
      );
    }
    return { ...memory, limits: { ...memory.limits, max: Math.min(max ?? MAX_PAGES, allowed) } };
  });
  if (tableEntries === undefined) return { ...module, memories };
  // The limit is for all tables together: what the first ones may grow by, the later ones lack.
  let left = tableEntries;
  for (const { limits } of module.tables) left -= limits.min;
  if (left < 0) {
    throw new RingfenceError(
      'LIMIT_EXCEEDED',
      `tables start with ${tableEntries - left} entries: the limit \`tableEntries\` allows ${tableEntries}`,
      {
        stage: 'meter',
        details: { limit: 'tableEntries', used: tableEntries - left, allowed: tableEntries },
      },
    );
  }
  const tables = module.tables.map((table): Table => {
    const { min, max } = table.limits;
    const growth = Math.min(left, (max ?? Number.POSITIVE_INFINITY) - min);
    left -= growth;
    return { ...table, limits: { ...table.limits, max: min + growth } };
  });
  return { ...module, memories, tables };
}

function declare(functions: ReadonlySet<number>): ElementSegment {
  return {
    flags: 3,
    mode: 'declarative',
    tableIndex: 0,
    at: undefined,
    type: FUNCREF,
    items: { kind: 'functions', indices: Uint32Array.from(functions) },
    offset: 0,
  };
}

function mapElements(
  segment: ElementSegment,
  pool: ExpressionPool,
  mapFunction: (funcIndex: number) => number,
): ElementSegment {
  const { items } = segment;
  if (items.kind === 'functions')
    return { ...segment, items: { kind: 'functions', indices: items.indices.map(mapFunction) } };
  return {
    ...segment,
    items: { kind: 'expressions', expressions: items.expressions.map((item) => pool.map(item, mapFunction)) },
  };
}

function mapImports(
  imports: readonly Import[],
  types: TypePlan,
  refill: MeterReport['hidden']['refill'],
  refillType: number,
): Import[] {
  const mapped = imports.map((item): Import => {
    const { type } = item;
    if (type.kind !== 'func' && type.kind !== 'tag') return item;
    return { ...item, type: { kind: type.kind, typeIndex: types.original(type.typeIndex) } };
  });
  // The last import, so that it is the last imported function whatever else is imported.
  if (refill !== undefined) mapped.push({ ...refill, type: { kind: 'func', typeIndex: refillType }, offset: 0 });
  return mapped;
}

function hiddenExports(
  hidden: ReturnType<typeof hiddenNames>['hidden'],
  support: SupportFunctions,
  globals: CounterGlobals,
  stackWords: number,
): Export[] {
  return [
    { name: hidden.fuel, kind: 'global', index: globals.fuel, offset: 0 },
    { name: hidden.stack, kind: 'global', index: globals.stack, offset: 0 },
    { name: hidden.getFuel, kind: 'func', index: support.getFuel(), offset: 0 },
    { name: hidden.setFuel, kind: 'func', index: support.setFuel(), offset: 0 },
    { name: hidden.spend, kind: 'func', index: support.spend(), offset: 0 },
    { name: hidden.begin, kind: 'func', index: support.begin(stackWords), offset: 0 },
  ];
}

/** The globals behind the module's own: fuel starts at zero, so that nothing runs before the host gave some. */
function counterGlobals(pool: ExpressionPool, stackWords: number): Global[] {
  const zero = pool.add(new Assembler(8).i64(0).end().finish());
  const stack = pool.add(new Assembler(8).i32(stackWords).end().finish());
  return [
    { type: 'i64', mutable: true, init: zero, offset: 0 },
    { type: 'i32', mutable: true, init: stack, offset: 0 },
  ];
}
