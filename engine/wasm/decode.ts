/**
 * Bytes to a module description. Strict about everything that the format itself says (order, lengths, counts, encodings)
 * and about the structural limits; indices and types are left to the validator and to V8. Linear in time and memory.
 */
import { STRUCTURE, type StructureLimits } from '../limits.ts';
import { checkHeader } from './header.ts';
import type {
  Body,
  CustomSection,
  DataSegment,
  ElementSegment,
  Export,
  ExternKind,
  Global,
  Import,
  Memory,
  Module,
  Span,
  Table,
  Tag,
} from './module.ts';
import { malformed, overLimit, Reader } from './reader.ts';
import { decodeCode } from './sections/code.ts';
import { decodeCustom } from './sections/custom.ts';
import { decodeData } from './sections/data.ts';
import { decodeDataCount } from './sections/data-count.ts';
import { decodeElements } from './sections/elements.ts';
import { decodeExports } from './sections/exports.ts';
import { decodeFunctions } from './sections/functions.ts';
import { decodeGlobals } from './sections/globals.ts';
import { decodeImports } from './sections/imports.ts';
import { AT_END, type RawSection, SECTION, SECTION_ORDER, sectionName, walkSections } from './sections/layout.ts';
import { decodeMemories } from './sections/memories.ts';
import { NameBudget } from './sections/names.ts';
import { decodeStart } from './sections/start.ts';
import { decodeTables } from './sections/tables.ts';
import { decodeTags } from './sections/tags.ts';
import { decodeTypes } from './sections/types.ts';
import type { RecGroup } from './types.ts';

/** The parts of a module while its sections come in. */
interface Parts {
  recGroups: readonly RecGroup[];
  imports: readonly Import[];
  functions: Uint32Array;
  tables: readonly Table[];
  memories: readonly Memory[];
  tags: readonly Tag[];
  globals: readonly Global[];
  exports: readonly Export[];
  start: Module['start'];
  elements: readonly ElementSegment[];
  dataCount: number | undefined;
  bodies: readonly Body[];
  data: readonly DataSegment[];
  imported: Record<ExternKind, number>;
}

/** Where each section's content goes. */
const DECODERS: Readonly<
  Record<number, (parts: Parts, reader: Reader, limits: StructureLimits, names: NameBudget) => void>
> = {
  [SECTION.type]: (parts, reader, limits) => {
    parts.recGroups = decodeTypes(reader, limits);
  },
  [SECTION.import]: (parts, reader, limits, names) => {
    parts.imports = decodeImports(reader, limits, names);
    for (const { type } of parts.imports) parts.imported[type.kind]++;
  },
  [SECTION.function]: (parts, reader, limits) => {
    parts.functions = decodeFunctions(reader, limits, parts.imported.func);
  },
  [SECTION.table]: (parts, reader, limits) => {
    parts.tables = decodeTables(reader, limits, parts.imported.table);
  },
  [SECTION.memory]: (parts, reader, limits) => {
    parts.memories = decodeMemories(reader, limits, parts.imported.memory);
  },
  [SECTION.tag]: (parts, reader, limits) => {
    parts.tags = decodeTags(reader, limits, parts.imported.tag);
  },
  [SECTION.global]: (parts, reader, limits) => {
    parts.globals = decodeGlobals(reader, limits, parts.imported.global);
  },
  [SECTION.export]: (parts, reader, limits, names) => {
    parts.exports = decodeExports(reader, limits, names);
  },
  [SECTION.start]: (parts, reader) => {
    parts.start = decodeStart(reader);
  },
  [SECTION.element]: (parts, reader, limits) => {
    parts.elements = decodeElements(reader, limits);
  },
  [SECTION.dataCount]: (parts, reader, limits) => {
    parts.dataCount = decodeDataCount(reader, limits);
  },
  [SECTION.code]: (parts, reader, limits) => {
    parts.bodies = decodeCode(reader, limits, parts.imported.func);
  },
  [SECTION.data]: (parts, reader, limits) => {
    parts.data = decodeData(reader, limits);
  },
};

/**
 * Decodes a core module.
 *
 * The result points into `bytes`: they must not change while it is in use.
 *
 * @param limits bounds on counts and sizes, `STRUCTURE` unless given
 * @throws INVALID_MODULE for bytes that are not a module, LIMIT_EXCEEDED above a structural limit, UNSUPPORTED_FEATURE
 *   for a component; `details` has the offset and, inside a section, its name and the item's index
 *
 * @example
 * const module = decodeModule(await readFile('plugin.wasm'));
 * module.exports.map(({ kind, name }) => `${kind} ${name}`);
 */
export function decodeModule(bytes: Uint8Array, limits: StructureLimits = STRUCTURE): Module {
  checkHeader(bytes);
  const parts: Parts = {
    recGroups: [],
    imports: [],
    functions: new Uint32Array(),
    tables: [],
    memories: [],
    tags: [],
    globals: [],
    exports: [],
    start: undefined,
    elements: [],
    dataCount: undefined,
    bodies: [],
    data: [],
    imported: { func: 0, table: 0, memory: 0, global: 0, tag: 0 },
  };
  const names = new NameBudget(limits);
  // By id: one more than there are in the order, because 0 is custom.
  const sections = Array.from({ length: SECTION_ORDER.length + 1 }, (): Span | undefined => undefined);
  const customs: CustomSection[] = [];
  /** Customs from here on still wait for the section that they stand before. */
  let placed = 0;
  let last = -1;

  const placeCustoms = (before: number): void => {
    for (; placed < customs.length; placed++) customs[placed] = { ...(customs[placed] as CustomSection), before };
  };

  for (const section of walkSections(bytes)) {
    const { id, content } = section;
    const reader = new Reader(bytes, content.start, content.end, `${sectionName(id)} section`);
    if (id === SECTION.custom) {
      if (customs.length === limits.customSections) {
        const { length } = customs;
        throw overLimit(
          `${length + 1} custom sections`,
          'customSections',
          length + 1,
          limits.customSections,
          section.start,
        );
      }
      customs.push(decodeCustom(reader, limits, section.start, AT_END));
      continue;
    }
    last = checkOrder(section, last);
    placeCustoms(id);
    sections[id] = content;
    DECODERS[id]?.(parts, reader, limits, names);
    reader.expectEnd();
  }
  checkCounts(parts, bytes.length);
  return { bytes, ...parts, types: parts.recGroups.flatMap(({ types }) => types), customs, sections };
}

/** Answers the section's place in the order. */
function checkOrder({ id, start }: RawSection, last: number): number {
  const place = SECTION_ORDER.indexOf(id);
  if (place > last) return place;
  const name = sectionName(id);
  const message =
    place === last
      ? `${name} section: stands twice`
      : `${name} section: must stand before the ${sectionName(SECTION_ORDER[last] as number)} section`;
  throw malformed(message, start, { section: name });
}

/** Counts that two sections must agree on. */
function checkCounts({ functions, bodies, dataCount, data }: Parts, end: number): void {
  if (functions.length !== bodies.length) {
    throw malformed(
      `the function section declares ${functions.length} functions but the code section has ${bodies.length} bodies`,
      end,
      { section: 'code', declared: functions.length, bodies: bodies.length },
    );
  }
  if (dataCount !== undefined && dataCount !== data.length) {
    throw malformed(
      `the data count section declares ${dataCount} data segments but the data section has ${data.length}`,
      end,
      { section: 'data', declared: dataCount, segments: data.length },
    );
  }
}
