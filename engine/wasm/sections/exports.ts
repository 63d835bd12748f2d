/** Export section. */
import type { StructureLimits } from '../../limits.ts';
import { EXTERN_KINDS, type Export } from '../module.ts';
import { hex, type Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';
import { readItems } from './items.ts';
import type { NameBudget } from './names.ts';

export function decodeExports(reader: Reader, limits: StructureLimits, names: NameBudget): Export[] {
  return readItems(reader, { item: 'export', items: 'exports', max: limits.exports, itemBytes: 3 }, () => {
    const offset = reader.offset;
    const name = names.read(reader, 'name');
    const at = reader.offset;
    const byte = reader.u8('kind');
    const kind = EXTERN_KINDS[byte];
    if (kind === undefined)
      throw reader.malformed(`${hex(byte)} is not a kind of export: expected 0 (func) to 4 (tag)`, at);
    return { name, kind, index: reader.u32('index'), offset };
  });
}

export function encodeExports(writer: Writer, exports: readonly Export[]): void {
  writer.u32(exports.length);
  for (const { name, kind, index } of exports) writer.name(name).u8(EXTERN_KINDS.indexOf(kind)).u32(index);
}
