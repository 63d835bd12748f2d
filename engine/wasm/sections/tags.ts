/** Tag section: the exceptions that the module defines. */
import type { StructureLimits } from '../../limits.ts';
import type { Tag } from '../module.ts';
import { hex, type Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';
import { readItems } from './items.ts';

export function decodeTags(reader: Reader, limits: StructureLimits, first: number): Tag[] {
  return readItems(reader, { item: 'tag', items: 'tags', max: limits.tags, first, itemBytes: 2 }, () => {
    const offset = reader.offset;
    return { typeIndex: readTagType(reader), offset };
  });
}

/** The attribute byte (0: exception, the only one there is) and the type of what the exception carries. */
export function readTagType(reader: Reader): number {
  const start = reader.offset;
  const attribute = reader.u8('tag attribute');
  if (attribute !== 0) throw reader.malformed(`tag attribute must be 0 (exception), got ${hex(attribute)}`, start);
  return reader.u32('type index');
}

export function encodeTags(writer: Writer, tags: readonly Tag[]): void {
  writer.u32(tags.length);
  for (const { typeIndex } of tags) writeTagType(writer, typeIndex);
}

export function writeTagType(writer: Writer, typeIndex: number): void {
  writer.u8(0).u32(typeIndex);
}
