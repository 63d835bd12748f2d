/** Custom sections: a name and bytes that mean nothing to the format itself. */
import type { StructureLimits } from '../../limits.ts';
import type { CustomSection } from '../module.ts';
import type { Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';

export function decodeCustom(reader: Reader, limits: StructureLimits, offset: number, before: number): CustomSection {
  const name = reader.name('name', limits.nameBytes);
  return { name, data: { start: reader.offset, end: reader.end }, before, offset };
}

export function encodeCustom(writer: Writer, { name, data }: CustomSection, bytes: Uint8Array): void {
  writer.name(name).bytes(bytes, data.start, data.end);
}
