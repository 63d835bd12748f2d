/** Writes the linked module, section by section. */
import { decodeFunctionNames, functionNameBytes } from '../wasm/custom-sections.ts';
import { encodeInstruction } from '../wasm/instructions.ts';
import type { DataSegment, ElementSegment, ExternKind, Module } from '../wasm/module.ts';
import { opcode } from '../wasm/opcodes.ts';
import { encodeExports } from '../wasm/sections/exports.ts';
import { encodeFunctions } from '../wasm/sections/functions.ts';
import { writeGlobalType } from '../wasm/sections/globals.ts';
import { encodeImports } from '../wasm/sections/imports.ts';
import { SECTION } from '../wasm/sections/layout.ts';
import { encodeMemories } from '../wasm/sections/memories.ts';
import { writeTableType } from '../wasm/sections/tables.ts';
import { encodeTags } from '../wasm/sections/tags.ts';
import { encodeTypes } from '../wasm/sections/types.ts';
import { writeValueType } from '../wasm/type-codec.ts';
import { Writer } from '../wasm/writer.ts';
import type { Adapters } from './adapters.ts';
import { Assembler } from './assembler.ts';
import type { CoreModules } from './core-modules.ts';
import type { AddedFunction } from './functions.ts';
import type { InstanceLayout, Layouts } from './layout.ts';
import { mapRefType, writeBody, writeConstant } from './map-code.ts';
import type { TypeTable } from './type-table.ts';

export interface LinkedParts {
  readonly modules: CoreModules;
  readonly adapters: Adapters;
  readonly types: TypeTable;
  readonly layouts: Layouts;
  /** In the order of their indices, from `layouts.firstAdded` on. */
  readonly added: readonly AddedFunction[];
  /** How many mutable i32 globals stand behind those of the core modules. */
  readonly ownGlobals: number;
  readonly exports: readonly { readonly name: string; readonly index: number }[];
  /** Name that the memory is exported under. */
  readonly memory: string;
  readonly customs: readonly { readonly name: string; readonly data: Uint8Array }[];
}

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const WITH_INIT = 0x40;
const FUNCTION_NAMES = 1;

export function writeLinked(parts: LinkedParts): Uint8Array<ArrayBuffer> {
  const { layouts, modules, adapters, types, added } = parts;
  const placed = [...layouts.values()].map(
    (layout): Placed => ({ layout, module: modules.valid(layout.instance).module }),
  );
  const start = new StartPlan(placed);
  const code = writeCode(parts, placed, start);
  const startIndex = start.index(layouts.firstAdded + added.length);
  const functionTypes = [
    ...placed.flatMap(({ layout, module }) => Array.from(module.functions, (type) => layout.maps.type[type] as number)),
    ...added.map(({ signature }) => types.add(signature)),
    ...(start.isOwn ? [types.add({ params: [], results: [] })] : []),
  ];
  const hostImports = adapters.hosts.map(({ module, name, signature }) => ({
    module,
    name,
    type: { kind: 'func', typeIndex: types.add(signature) } as const,
    offset: 0,
  }));

  const out = new Writer(code.size * 2);
  const section = new Writer();
  const put = (id: number, count: number, write: () => void): void => {
    if (count === 0) return;
    section.reset();
    write();
    out.u8(id).u32(section.size).append(section);
  };
  const each = (kind: 'tables' | 'globals' | 'elements' | 'data', more: number, write: (item: Placed) => void) => {
    const count = placed.reduce((sum, { module }) => sum + module[kind].length, more);
    const writeAll = (): void => {
      section.u32(count);
      for (const item of placed) write(item);
    };
    return [count, writeAll] as const;
  };

  out.bytes(HEADER);
  put(SECTION.type, 1, () => encodeTypes(section, types.groups()));
  put(SECTION.import, hostImports.length, () => encodeImports(section, hostImports));
  put(SECTION.function, functionTypes.length, () => encodeFunctions(section, Uint32Array.from(functionTypes)));
  put(SECTION.table, ...each('tables', 0, (item) => writeTables(section, item)));
  const memories = placed.flatMap(({ module }) => module.memories);
  put(SECTION.memory, memories.length, () => encodeMemories(section, memories));
  const tags = placed.flatMap(({ layout, module }) =>
    module.tags.map((tag) => ({ ...tag, typeIndex: layout.maps.type[tag.typeIndex] as number })),
  );
  put(SECTION.tag, tags.length, () => encodeTags(section, tags));
  const [globals, writeAll] = each('globals', parts.ownGlobals, (item) => writeGlobals(section, item));
  put(SECTION.global, globals, () => {
    writeAll();
    for (let i = 0; i < parts.ownGlobals; i++) {
      writeGlobalType(section, { type: 'i32', mutable: true });
      section.append(new Assembler(8).i32(0).end());
    }
  });
  put(SECTION.export, 1, () =>
    encodeExports(section, [
      ...memories.map((_, index) => ({ name: parts.memory, kind: 'memory' as ExternKind, index, offset: 0 })),
      ...parts.exports.map(({ name, index }) => ({ name, kind: 'func' as ExternKind, index, offset: 0 })),
    ]),
  );
  if (startIndex !== undefined) put(SECTION.start, 1, () => section.u32(startIndex));
  const referenced = [...new Set(placed.flatMap(({ layout }) => [...layout.maps.referenced]))];
  const [elements, writeElements] = each('elements', referenced.length === 0 ? 0 : 1, (item) =>
    writeElementSegments(section, item, start),
  );
  put(SECTION.element, elements, () => {
    writeElements();
    // Declarative, by function index: code may refer only to functions that stand somewhere outside code.
    if (referenced.length > 0) section.u32(3).u8(0).u32(referenced.length);
    for (const index of referenced) section.u32(index);
  });
  const [data, writeData] = each('data', 0, (item) => writeDataSegments(section, item, start));
  put(SECTION.dataCount, data, () => section.u32(data));
  const bodies = new Writer(8).u32(functionTypes.length);
  out
    .u8(SECTION.code)
    .u32(bodies.size + code.size)
    .append(bodies)
    .append(code);
  put(SECTION.data, data, writeData);
  put(SECTION.custom, 1, () => writeNames(section, parts, placed));
  for (const { name, data: content } of parts.customs) {
    put(SECTION.custom, 1, () => section.name(name).bytes(content));
  }
  return out.finish();
}

interface Placed {
  readonly layout: InstanceLayout;
  readonly module: Module;
}

/**
 * Instantiating one core module after another fills tables and memory and runs start functions in that order. Linked, all
 * segments would come first: those behind the first start function become passive and are filled in by the linked start function.
 */
class StartPlan {
  readonly #instructions = new Assembler();
  readonly #late = new Set<InstanceLayout>();
  #only: number | undefined;
  #starts = 0;
  isOwn = false;

  constructor(placed: readonly Placed[]) {
    for (const item of placed) {
      const { layout, module } = item;
      if (this.#starts > 0) {
        this.#late.add(layout);
        this.#fill(item);
      }
      if (module.start === undefined) continue;
      this.#starts++;
      this.#only = layout.maps.func[module.start.funcIndex] as number;
      this.#instructions.call(this.#only);
    }
    const size = new Assembler().call(this.#only ?? 0).size;
    this.isOwn = this.#starts > 0 && this.#instructions.size > size;
  }

  isLate(layout: InstanceLayout): boolean {
    return this.#late.has(layout);
  }

  /** @param own index of the linked start function, should there be one */
  index(own: number): number | undefined {
    return this.isOwn ? own : this.#only;
  }

  writeBody(out: Writer): void {
    if (!this.isOwn) return;
    this.#instructions.end();
    out
      .u32(this.#instructions.size + 1)
      .u32(0)
      .append(this.#instructions);
  }

  #fill({ layout, module }: Placed): void {
    const { maps } = layout;
    const code = this.#instructions;
    module.elements.forEach(({ mode, at, tableIndex, items }, i) => {
      if (mode !== 'active' || at === undefined) return;
      const count = items.kind === 'functions' ? items.indices.length : items.expressions.length;
      writeConstant(code, module.bytes, at, maps, false);
      code.i32(0).i32(count);
      emit(code, 'table.init', { elem: maps.elem + i, table: maps.table[tableIndex] as number });
      emit(code, 'elem.drop', { elem: maps.elem + i });
    });
    module.data.forEach(({ mode, at, data }, i) => {
      if (mode !== 'active' || at === undefined) return;
      writeConstant(code, module.bytes, at, maps, false);
      code.i32(0).i32(data.end - data.start);
      emit(code, 'memory.init', { data: maps.data + i, memory: 0 });
      emit(code, 'data.drop', { data: maps.data + i });
    });
  }
}

type IndexName = 'elem' | 'table' | 'data' | 'memory';

/** An instruction whose immediates are indices, in the order that its row has them. */
function emit(code: Writer, name: string, indices: Partial<Record<IndexName, number>>): void {
  const row = opcode(name);
  const immediates = row.immediates.map((kind) => ({
    kind: kind as IndexName,
    value: indices[kind as IndexName] as number,
  }));
  encodeInstruction(code, { row, immediates });
}

/** Bodies with their lengths. */
function writeCode({ modules, added }: LinkedParts, placed: readonly Placed[], start: StartPlan): Writer {
  const out = new Writer(placed.reduce((sum, { module }) => sum + module.bytes.length, 1024));
  const body = new Writer();
  for (const { layout, module } of placed) {
    const { code } = modules.valid(layout.instance);
    module.bodies.forEach((item, f) => {
      body.reset();
      writeBody(body, module.bytes, item, code.read(f), layout.maps);
      out.u32(body.size).append(body);
    });
    code.release();
  }
  for (const { locals, code } of added) {
    body.reset();
    body.u32(locals.length);
    for (const type of locals) {
      body.u32(1);
      writeValueType(body, type);
    }
    body.bytes(code);
    out.u32(body.size).append(body);
  }
  start.writeBody(out);
  return out;
}

function writeTables(out: Writer, { layout, module }: Placed): void {
  for (const { init, element, limits } of module.tables) {
    if (init !== undefined) out.u8(WITH_INIT).u8(0);
    writeTableType(out, { element: mapRefType(element, layout.maps), limits });
    if (init !== undefined) writeConstant(out, module.bytes, init, layout.maps);
  }
}

function writeGlobals(out: Writer, { layout, module }: Placed): void {
  for (const { type, mutable, init } of module.globals) {
    writeGlobalType(out, { type: typeof type === 'string' ? type : mapRefType(type, layout.maps), mutable });
    writeConstant(out, module.bytes, init, layout.maps);
  }
}

const PASSIVE = 1;
const ACTIVE_IN_TABLE = 2;
const DECLARATIVE = 3;
const EXPRESSIONS = 4;
const KIND_FUNCTION = 0;

function writeElementSegments(out: Writer, { layout, module }: Placed, start: StartPlan): void {
  const { maps } = layout;
  for (const { mode, at, tableIndex, type, items } of module.elements) {
    const isActive = mode === 'active' && at !== undefined && !start.isLate(layout);
    const form = isActive ? ACTIVE_IN_TABLE : mode === 'declarative' ? DECLARATIVE : PASSIVE;
    out.u32(form | (items.kind === 'functions' ? 0 : EXPRESSIONS));
    if (isActive) {
      out.u32(maps.table[tableIndex] as number);
      writeConstant(out, module.bytes, at, maps);
    }
    writeItems(out, { type, items }, module, layout);
  }
}

function writeItems(
  out: Writer,
  { type, items }: Pick<ElementSegment, 'type' | 'items'>,
  { bytes }: Module,
  { maps }: InstanceLayout,
): void {
  if (items.kind === 'functions') {
    out.u8(KIND_FUNCTION).u32(items.indices.length);
    for (const index of items.indices) out.u32(maps.func[index] as number);
    return;
  }
  writeValueType(out, mapRefType(type, maps));
  out.u32(items.expressions.length);
  for (const expression of items.expressions) writeConstant(out, bytes, expression, maps);
}

function writeDataSegments(out: Writer, { layout, module }: Placed, start: StartPlan): void {
  for (const { mode, at, data } of module.data as readonly DataSegment[]) {
    const isActive = mode === 'active' && at !== undefined && !start.isLate(layout);
    out.u32(isActive ? 0 : PASSIVE);
    if (isActive) writeConstant(out, module.bytes, at, layout.maps);
    out.u32(data.end - data.start).bytes(module.bytes, data.start, data.end);
  }
}

/** Names of functions, for messages: those of the core modules, and what the added ones are for. */
function writeNames(out: Writer, { layouts, added }: LinkedParts, placed: readonly Placed[]): void {
  const names: (readonly [index: number, name: string])[] = [];
  for (const { layout, module } of placed) {
    for (const [index, name] of decodeFunctionNames(functionNameBytes(module))) {
      // Imported functions are named where they are defined.
      const mapped = index < module.imported.func ? undefined : layout.maps.func[index];
      if (mapped !== undefined) names.push([mapped, name]);
    }
  }
  for (const [i, { name }] of added.entries()) names.push([layouts.firstAdded + i, name]);
  names.sort(([a], [b]) => a - b);
  const map = new Writer().u32(names.length);
  for (const [index, name] of names) map.u32(index).name(name);
  out.name('name').u8(FUNCTION_NAMES).u32(map.size).append(map);
}
