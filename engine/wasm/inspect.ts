/** A plain summary of a module: what it imports, exports, holds and uses, without running it. */
import { STRUCTURE, type StructureLimits } from '../limits.ts';
import { decodeProducersSection, moduleNames } from './custom-sections.ts';
import { decodeModule } from './decode.ts';
import { featuresUsed } from './features.ts';
import type { ExternKind, ImportType, Module, TableType } from './module.ts';
import type { Feature } from './opcodes.ts';
import { SECTION, sectionName, walkSections } from './sections/layout.ts';
import { type Limits, signatureName, typeName } from './types.ts';

export interface InspectedImport {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
  /** "(i32, i32) -> i64" of a function or tag, "mut i32" of a global, "1..10 pages", "2.. funcref". */
  readonly type: string;
}

export interface InspectedExport {
  readonly name: string;
  readonly kind: ExternKind;
  /** In the index space of its kind. */
  readonly index: number;
  readonly type: string;
}

export interface InspectedLimits {
  readonly imported: boolean;
  /** Pages of a memory, entries of a table. */
  readonly min: number;
  readonly max: number | null;
  readonly shared: boolean;
  readonly is64: boolean;
}

export interface InspectedTable extends InspectedLimits {
  readonly element: string;
}

export interface InspectedSection {
  /** "type", "code", …; of a custom section its own name. */
  readonly name: string;
  readonly custom: boolean;
  /** Where its id byte is. */
  readonly offset: number;
  /** Of its contents, without id and length. */
  readonly bytes: number;
}

export interface InspectedFeature {
  readonly name: Feature;
  /** Of the first use. */
  readonly offset: number;
  readonly what: string;
}

/** What {@link inspectModule} answers: plain data, ready for JSON. */
export interface ModuleSummary {
  readonly bytes: number;
  /** As the name section calls the module. */
  readonly name: string | null;
  readonly imports: readonly InspectedImport[];
  readonly exports: readonly InspectedExport[];
  readonly memories: readonly InspectedLimits[];
  readonly tables: readonly InspectedTable[];
  /** Index of the function that instantiation runs. */
  readonly start: number | null;
  /** What is defined here, without imports. */
  readonly counts: {
    readonly types: number;
    readonly functions: number;
    readonly globals: number;
    readonly tags: number;
    readonly elementSegments: number;
    readonly dataSegments: number;
    readonly dataBytes: number;
    readonly codeBytes: number;
  };
  readonly sections: readonly InspectedSection[];
  /** By name. Without those of WebAssembly 1.0. */
  readonly features: readonly InspectedFeature[];
  /** What the toolchain says of itself: [field, tool, version]. */
  readonly producers: readonly (readonly [field: string, tool: string, version: string])[];
}

/**
 * Summarises a module without compiling or running it. Indices that lead nowhere are shown as "?".
 * @throws INVALID_MODULE, LIMIT_EXCEEDED or UNSUPPORTED_FEATURE (a component), as decodeModule does
 *
 * @example
 * inspectModule(await readFile('plugin.wasm')).imports; // [{ module: 'env', name: 'log', kind: 'func', type: '(i32, i32, i32) -> ()' }]
 */
export function inspectModule(bytes: Uint8Array, limits: StructureLimits = STRUCTURE): ModuleSummary {
  const module = decodeModule(bytes, limits);
  const { imports, memories, tables } = module;
  const importsOf = <Kind extends ExternKind>(kind: Kind): Extract<ImportType, { kind: Kind }>[] =>
    imports.map(({ type }) => type).filter((type): type is Extract<ImportType, { kind: Kind }> => type.kind === kind);
  return {
    bytes: bytes.length,
    name: moduleNames(module).module ?? null,
    imports: imports.map(({ module: from, name, type }) => ({
      module: from,
      name,
      kind: type.kind,
      type: importType(module, type),
    })),
    exports: inspectExports(module),
    memories: [
      ...importsOf('memory').map(({ limits }) => inspectLimits(limits, true)),
      ...memories.map(({ limits }) => inspectLimits(limits, false)),
    ],
    tables: [
      ...importsOf('table').map(({ table }) => inspectTable(table, true)),
      ...tables.map((table) => inspectTable(table, false)),
    ],
    start: module.start?.funcIndex ?? null,
    counts: {
      types: module.types.length,
      functions: module.functions.length,
      globals: module.globals.length,
      tags: module.tags.length,
      elementSegments: module.elements.length,
      dataSegments: module.data.length,
      dataBytes: module.data.reduce((sum, { data }) => sum + data.end - data.start, 0),
      codeBytes: module.bodies.reduce((sum, { span }) => sum + span.end - span.start, 0),
    },
    sections: inspectSections(module),
    features: [...featuresUsed(module, limits)]
      .map(([name, { offset, what }]) => ({ name, offset, what }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    producers: inspectProducers(module),
  };
}

function inspectExports(module: Module): InspectedExport[] {
  // The types of each index space, imports first, so that an export is one look-up.
  const spaces: Record<ExternKind, string[]> = { func: [], table: [], memory: [], global: [], tag: [] };
  for (const { type } of module.imports) spaces[type.kind].push(importType(module, type));
  for (const typeIndex of module.functions) spaces.func.push(importType(module, { kind: 'func', typeIndex }));
  for (const table of module.tables) spaces.table.push(importType(module, { kind: 'table', table }));
  for (const { limits } of module.memories) spaces.memory.push(importType(module, { kind: 'memory', limits }));
  for (const global of module.globals) spaces.global.push(importType(module, { kind: 'global', global }));
  for (const { typeIndex } of module.tags) spaces.tag.push(importType(module, { kind: 'tag', typeIndex }));
  return module.exports.map(({ name, kind, index }) => ({ name, kind, index, type: spaces[kind][index] ?? '?' }));
}

function importType(module: Module, type: ImportType): string {
  switch (type.kind) {
    case 'func':
    case 'tag': {
      const composite = module.types[type.typeIndex]?.composite;
      return composite?.kind === 'func' ? signatureName(composite) : '?';
    }
    case 'table':
      return `${range(type.table.limits)} ${typeName(type.table.element)}`;
    case 'memory':
      return `${range(type.limits)} pages`;
    case 'global':
      return `${type.global.mutable ? 'mut ' : ''}${typeName(type.global.type)}`;
  }
}

/** "1..10", "1.." without a maximum. */
function range({ min, max, shared, is64 }: Limits): string {
  return `${is64 ? 'i64 ' : ''}${shared ? 'shared ' : ''}${min}..${max ?? ''}`;
}

function inspectLimits({ min, max, shared, is64 }: Limits, imported: boolean): InspectedLimits {
  return { imported, min, max: max ?? null, shared, is64 };
}

function inspectTable({ element, limits }: TableType, imported: boolean): InspectedTable {
  return { element: typeName(element), ...inspectLimits(limits, imported) };
}

function inspectSections({ bytes, customs }: Module): InspectedSection[] {
  const names = customs.values();
  return Array.from(walkSections(bytes), ({ id, start, content }) => {
    const custom = id === SECTION.custom;
    const name = custom ? names.next().value?.name : sectionName(id);
    return { name: name ?? '?', custom, offset: start, bytes: content.end - content.start };
  });
}

function inspectProducers({ bytes, customs }: Module): (readonly [string, string, string])[] {
  const section = customs.find(({ name }) => name === 'producers');
  if (section === undefined) return [];
  const producers = decodeProducersSection(bytes.subarray(section.data.start, section.data.end));
  return [...producers].flatMap(([field, tools]) =>
    [...tools].map(([tool, version]) => [field, tool, version] as const),
  );
}
