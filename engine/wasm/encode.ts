/** A module description to bytes: the inverse of decode.ts. Every section is written from the decoded data. */
import type { Module } from './module.ts';
import { encodeCode } from './sections/code.ts';
import { encodeCustom } from './sections/custom.ts';
import { encodeData } from './sections/data.ts';
import { encodeDataCount } from './sections/data-count.ts';
import { encodeElements } from './sections/elements.ts';
import { encodeExports } from './sections/exports.ts';
import { encodeFunctions } from './sections/functions.ts';
import { encodeGlobals } from './sections/globals.ts';
import { encodeImports } from './sections/imports.ts';
import { AT_END, MODULE_HEADER, SECTION, SECTION_ORDER } from './sections/layout.ts';
import { encodeMemories } from './sections/memories.ts';
import { encodeStart } from './sections/start.ts';
import { encodeTables } from './sections/tables.ts';
import { encodeTags } from './sections/tags.ts';
import { encodeTypes } from './sections/types.ts';
import { Writer } from './writer.ts';

export interface EncodeOptions {
  /**
   * Write function bodies from their decoded instructions instead of copying their bytes: slower, and each instruction
   * comes out in its shortest form. @default false
   */
  readonly reencodeCode?: boolean;
}

interface Encoder {
  /** Whether the module has anything for this section. */
  filled(module: Module): boolean;
  encode(writer: Writer, module: Module, options: EncodeOptions): void;
}

const section = (filled: (module: Module) => boolean, encode: Encoder['encode']): Encoder => ({ filled, encode });

const ENCODERS: Readonly<Record<number, Encoder>> = {
  [SECTION.type]: section(
    ({ recGroups }) => recGroups.length > 0,
    (writer, { recGroups }) => encodeTypes(writer, recGroups),
  ),
  [SECTION.import]: section(
    ({ imports }) => imports.length > 0,
    (writer, { imports }) => encodeImports(writer, imports),
  ),
  [SECTION.function]: section(
    ({ functions }) => functions.length > 0,
    (writer, { functions }) => encodeFunctions(writer, functions),
  ),
  [SECTION.table]: section(
    ({ tables }) => tables.length > 0,
    (writer, { tables, bytes }) => encodeTables(writer, tables, bytes),
  ),
  [SECTION.memory]: section(
    ({ memories }) => memories.length > 0,
    (writer, { memories }) => encodeMemories(writer, memories),
  ),
  [SECTION.tag]: section(
    ({ tags }) => tags.length > 0,
    (writer, { tags }) => encodeTags(writer, tags),
  ),
  [SECTION.global]: section(
    ({ globals }) => globals.length > 0,
    (writer, { globals, bytes }) => encodeGlobals(writer, globals, bytes),
  ),
  [SECTION.export]: section(
    ({ exports }) => exports.length > 0,
    (writer, { exports }) => encodeExports(writer, exports),
  ),
  [SECTION.start]: section(
    ({ start }) => start !== undefined,
    (writer, { start }) => {
      if (start !== undefined) encodeStart(writer, start);
    },
  ),
  [SECTION.element]: section(
    ({ elements }) => elements.length > 0,
    (writer, { elements, bytes }) => encodeElements(writer, elements, bytes),
  ),
  [SECTION.dataCount]: section(
    ({ dataCount }) => dataCount !== undefined,
    (writer, { dataCount = 0 }) => encodeDataCount(writer, dataCount),
  ),
  [SECTION.code]: section(
    ({ bodies }) => bodies.length > 0,
    (writer, { bodies, bytes }, { reencodeCode = false }) => encodeCode(writer, bodies, bytes, reencodeCode),
  ),
  [SECTION.data]: section(
    ({ data }) => data.length > 0,
    (writer, { data, bytes }) => encodeData(writer, data, bytes),
  ),
};

/**
 * Encodes a module in the canonical form: shortest numbers, no empty sections but those that `module.sections` says were
 * there, custom sections where they stood. What was decoded from canonical bytes comes back byte for byte.
 *
 * Spans (expressions, bodies, data, custom sections) are taken from `module.bytes`.
 */
export function encodeModule(module: Module, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const writer = new Writer(module.bytes.length + 64);
  writer.bytes(MODULE_HEADER);
  const content = new Writer();
  for (const id of SECTION_ORDER) {
    writeCustoms(writer, content, module, id);
    const encoder = ENCODERS[id] as Encoder;
    if (!encoder.filled(module) && module.sections[id] === undefined) continue;
    content.reset();
    encoder.encode(content, module, options);
    writer.section(id, content.view());
  }
  writeCustoms(writer, content, module, AT_END);
  return writer.finish();
}

function writeCustoms(writer: Writer, content: Writer, { customs, bytes }: Module, before: number): void {
  for (const custom of customs) {
    if (custom.before !== before) continue;
    content.reset();
    encodeCustom(content, custom, bytes);
    writer.section(SECTION.custom, content.view());
  }
}
