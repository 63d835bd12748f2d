/** A whole module from its parts, in the order of the binary format. */
import type { DataSegment, ElementSegment, Export, Global, Import, Memory, Table, Tag } from '../wasm/module.ts';
import { encodeData } from '../wasm/sections/data.ts';
import { encodeDataCount } from '../wasm/sections/data-count.ts';
import { encodeElements } from '../wasm/sections/elements.ts';
import { encodeExports } from '../wasm/sections/exports.ts';
import { encodeFunctions } from '../wasm/sections/functions.ts';
import { encodeGlobals } from '../wasm/sections/globals.ts';
import { encodeImports } from '../wasm/sections/imports.ts';
import { MODULE_HEADER, SECTION } from '../wasm/sections/layout.ts';
import { encodeMemories } from '../wasm/sections/memories.ts';
import { encodeTables } from '../wasm/sections/tables.ts';
import { encodeTags } from '../wasm/sections/tags.ts';
import { encodeTypes } from '../wasm/sections/types.ts';
import type { RecGroup } from '../wasm/types.ts';
import { Writer } from '../wasm/writer.ts';
import type { BranchHints } from './branch-hints.ts';

export interface ModuleParts {
  /** What the spans of data segments point into. */
  readonly source: Uint8Array;
  /** What the spans of all other expressions point into. */
  readonly expressions: Uint8Array;
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

/** @returns the module, to which custom sections may still be added, and the offset of the first body */
export function writeModule(parts: ModuleParts): { readonly out: Writer; readonly bodiesAt: number } {
  const { source, expressions, imports, functionTypes, tables, memories, tags, elements, dataCount, data } = parts;
  const head = new Writer();
  const section = new Writer();
  const put = (id: number, present: boolean, write: (content: Writer) => void): void => {
    if (!present) return;
    section.reset();
    write(section);
    head.u8(id).u32(section.size).append(section);
  };
  head.bytes(MODULE_HEADER);
  put(SECTION.type, true, (content) => encodeTypes(content, parts.types));
  put(SECTION.import, imports.length > 0, (content) => encodeImports(content, imports));
  put(SECTION.function, true, (content) => encodeFunctions(content, functionTypes));
  put(SECTION.table, tables.length > 0, (content) => encodeTables(content, tables, expressions));
  put(SECTION.memory, memories.length > 0, (content) => encodeMemories(content, memories));
  put(SECTION.tag, tags.length > 0, (content) => encodeTags(content, tags));
  put(SECTION.global, true, (content) => encodeGlobals(content, parts.globals, expressions));
  put(SECTION.export, true, (content) => encodeExports(content, parts.exports));
  put(SECTION.element, elements.length > 0, (content) => encodeElements(content, elements, expressions));
  put(SECTION.dataCount, dataCount !== undefined, (content) => encodeDataCount(content, dataCount ?? 0));
  parts.hints.write(head);
  const functionCount = new Writer(16).u32(functionTypes.length);
  head
    .u8(SECTION.code)
    .u32(functionCount.size + parts.bodies.size)
    .append(functionCount);

  // What is large is copied once, into memory of just the right size.
  const tail = new Writer();
  if (data.length > 0) {
    section.reset();
    encodeData(section, data, source);
    tail.u8(SECTION.data).u32(section.size);
  }
  const dataSize = data.length > 0 ? section.size : 0;
  const out = new Writer(head.size + parts.bodies.size + tail.size + dataSize);
  out.append(head);
  const bodiesAt = out.size;
  out.append(parts.bodies).append(tail);
  if (data.length > 0) out.append(section);
  return { out, bodiesAt };
}
