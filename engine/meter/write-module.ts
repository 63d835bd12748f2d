/** A whole module from its parts, in the order of the binary format. */
import type { DataSegment, ElementSegment, Export, Global, Import, Memory, Table, Tag } from '../wasm/module.ts';
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
import type { RecGroup } from '../wasm/types.ts';
import { Writer } from '../wasm/writer.ts';
import type { BranchHints } from './branch-hints.ts';

export interface ModuleParts {
  /** What the spans of expressions and data segments point into. */
  readonly source: Uint8Array;
  readonly types: readonly RecGroup[];
  readonly imports: readonly Import[];
  readonly functionTypes: Uint32Array;
  readonly tables: readonly Table[];
  readonly memories: readonly Memory[];
  readonly tags: readonly Tag[];
  readonly globals: readonly Global[];
  readonly exports: readonly Export[];
  readonly elements: readonly ElementSegment[];
  readonly dataCount: number | undefined;
  readonly hints: BranchHints;
  /** Bodies with their lengths, one for each function type. */
  readonly bodies: Writer;
  readonly data: readonly DataSegment[];
}

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** @returns the module, to which custom sections may still be added, and the offset of the first body */
export function writeModule(parts: ModuleParts): { readonly out: Writer; readonly bodiesAt: number } {
  const { source, imports, functionTypes, tables, memories, tags, elements, dataCount, bodies, data } = parts;
  const out = new Writer(bodies.size + source.length);
  out.bytes(HEADER);
  const section = new Writer();
  const put = (id: number, present: boolean, write: (content: Writer) => void): void => {
    if (!present) return;
    section.reset();
    write(section);
    out.section(id, section.view());
  };
  put(SECTION.type, true, (content) => encodeTypes(content, parts.types));
  put(SECTION.import, imports.length > 0, (content) => encodeImports(content, imports));
  put(SECTION.function, true, (content) => encodeFunctions(content, functionTypes));
  put(SECTION.table, tables.length > 0, (content) => encodeTables(content, tables, source));
  put(SECTION.memory, memories.length > 0, (content) => encodeMemories(content, memories));
  put(SECTION.tag, tags.length > 0, (content) => encodeTags(content, tags));
  put(SECTION.global, true, (content) => encodeGlobals(content, parts.globals, source));
  put(SECTION.export, true, (content) => encodeExports(content, parts.exports));
  put(SECTION.element, elements.length > 0, (content) => encodeElements(content, elements, source));
  put(SECTION.dataCount, dataCount !== undefined, (content) => encodeDataCount(content, dataCount ?? 0));
  parts.hints.write(out);
  const functionCount = new Writer(8).u32(functionTypes.length).finish();
  out
    .u8(SECTION.code)
    .u32(functionCount.length + bodies.size)
    .bytes(functionCount);
  const bodiesAt = out.size;
  out.bytes(bodies.view());
  put(SECTION.data, data.length > 0, (content) => encodeData(content, data, source));
  return { out, bodiesAt };
}
