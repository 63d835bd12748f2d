/** Import section. */
import type { StructureLimits } from '../../limits.ts';
import { EXTERN_KINDS, type Import, type ImportType } from '../module.ts';
import { hex, type Reader } from '../reader.ts';
import { readLimits, writeLimits } from '../type-codec.ts';
import type { Writer } from '../writer.ts';
import { readGlobalType, writeGlobalType } from './globals.ts';
import { readItems } from './items.ts';
import type { NameBudget } from './names.ts';
import { readTableType, writeTableType } from './tables.ts';
import { readTagType, writeTagType } from './tags.ts';

export function decodeImports(reader: Reader, limits: StructureLimits, names: NameBudget): Import[] {
  return readItems(reader, { item: 'import', items: 'imports', max: limits.imports, itemBytes: 4 }, () => {
    const offset = reader.offset;
    const module = names.read(reader, 'module name');
    const name = names.read(reader, 'name');
    return { module, name, type: readImportType(reader), offset };
  });
}

function readImportType(reader: Reader): ImportType {
  const start = reader.offset;
  const byte = reader.u8('kind');
  switch (EXTERN_KINDS[byte]) {
    case 'func':
      return { kind: 'func', typeIndex: reader.u32('type index') };
    case 'table':
      return { kind: 'table', table: readTableType(reader) };
    case 'memory':
      return { kind: 'memory', limits: readLimits(reader, 'memory') };
    case 'global':
      return { kind: 'global', global: readGlobalType(reader) };
    case 'tag':
      return { kind: 'tag', typeIndex: readTagType(reader) };
    default:
      throw reader.malformed(`${hex(byte)} is not a kind of import: expected 0 (func) to 4 (tag)`, start);
  }
}

export function encodeImports(writer: Writer, imports: readonly Import[]): void {
  writer.u32(imports.length);
  for (const { module, name, type } of imports) {
    writer.name(module).name(name).u8(EXTERN_KINDS.indexOf(type.kind));
    switch (type.kind) {
      case 'func':
        writer.u32(type.typeIndex);
        break;
      case 'table':
        writeTableType(writer, type.table);
        break;
      case 'memory':
        writeLimits(writer, type.limits);
        break;
      case 'global':
        writeGlobalType(writer, type.global);
        break;
      case 'tag':
        writeTagType(writer, type.typeIndex);
    }
  }
}
