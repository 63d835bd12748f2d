/** Data count section: how many segments the data section behind the code will have. */
import type { StructureLimits } from '../../limits.ts';
import type { Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';

export function decodeDataCount(reader: Reader, limits: StructureLimits): number {
  const start = reader.offset;
  const count = reader.u32('number of data segments');
  if (count > limits.dataSegments) {
    throw reader.overLimit(`${count} data segments`, 'dataSegments', count, limits.dataSegments, start);
  }
  return count;
}

export function encodeDataCount(writer: Writer, count: number): void {
  writer.u32(count);
}
