/** Global section. */
import type { StructureLimits } from '../../limits.ts';
import { readConstantExpression, writeExpression } from '../constant-expression.ts';
import type { Global, GlobalType } from '../module.ts';
import type { Reader } from '../reader.ts';
import { readMutability, readValueType, writeValueType } from '../type-codec.ts';
import type { Writer } from '../writer.ts';
import { readItems } from './items.ts';

export function decodeGlobals(reader: Reader, limits: StructureLimits, first: number): Global[] {
  return readItems(reader, { item: 'global', items: 'globals', max: limits.globals, first, itemBytes: 3 }, () => {
    const offset = reader.offset;
    return { ...readGlobalType(reader), init: readConstantExpression(reader, limits), offset };
  });
}

export function readGlobalType(reader: Reader): GlobalType {
  return { type: readValueType(reader, 'type of a global'), mutable: readMutability(reader) };
}

export function encodeGlobals(writer: Writer, globals: readonly Global[], bytes: Uint8Array): void {
  writer.u32(globals.length);
  for (const global of globals) {
    writeGlobalType(writer, global);
    writeExpression(writer, bytes, global.init);
  }
}

export function writeGlobalType(writer: Writer, { type, mutable }: GlobalType): void {
  writeValueType(writer, type);
  writer.u8(mutable ? 1 : 0);
}
