/** Memory section. */
import type { StructureLimits } from '../../limits.ts';
import type { Memory } from '../module.ts';
import type { Reader } from '../reader.ts';
import { readLimits, writeLimits } from '../type-codec.ts';
import type { Writer } from '../writer.ts';
import { readItems } from './items.ts';

export function decodeMemories(reader: Reader, limits: StructureLimits, first: number): Memory[] {
  return readItems(reader, { item: 'memory', items: 'memories', max: limits.memories, first, itemBytes: 2 }, () => {
    const offset = reader.offset;
    return { limits: readLimits(reader, 'memory'), offset };
  });
}

export function encodeMemories(writer: Writer, memories: readonly Memory[]): void {
  writer.u32(memories.length);
  for (const { limits } of memories) writeLimits(writer, limits);
}
