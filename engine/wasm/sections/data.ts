/** Data section: what memories are filled with. */
import type { StructureLimits } from '../../limits.ts';
import { readConstantExpression, writeExpression } from '../constant-expression.ts';
import type { DataSegment } from '../module.ts';
import { hex, type Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';
import { readItems } from './items.ts';

const ACTIVE = 0;
const PASSIVE = 1;
const ACTIVE_IN_MEMORY = 2;

export function decodeData(reader: Reader, limits: StructureLimits): DataSegment[] {
  return readItems(
    reader,
    { item: 'segment', items: 'data segments', max: limits.dataSegments, limit: 'dataSegments', itemBytes: 2 },
    () => {
      const offset = reader.offset;
      const flags = reader.u32('segment flags');
      if (flags !== ACTIVE && flags !== PASSIVE && flags !== ACTIVE_IN_MEMORY) {
        throw reader.malformed(
          `${hex(flags)} are not data segment flags: expected 0 (active), 1 (passive) or 2 (active, states its memory)`,
          offset,
        );
      }
      const memoryIndex = flags === ACTIVE_IN_MEMORY ? reader.u32('memory index') : 0;
      const at = flags === PASSIVE ? undefined : readConstantExpression(reader, limits);
      const size = reader.u32('length of the data');
      const start = reader.offset;
      reader.skip(size, 'data');
      return {
        flags,
        mode: flags === PASSIVE ? 'passive' : 'active',
        memoryIndex,
        at,
        data: { start, end: reader.offset },
        offset,
      };
    },
  );
}

export function encodeData(writer: Writer, segments: readonly DataSegment[], bytes: Uint8Array): void {
  writer.u32(segments.length);
  for (const { flags, memoryIndex, at, data } of segments) {
    writer.u32(flags);
    if (flags === ACTIVE_IN_MEMORY) writer.u32(memoryIndex);
    if (at !== undefined) writeExpression(writer, bytes, at);
    writer.u32(data.end - data.start).bytes(bytes, data.start, data.end);
  }
}
