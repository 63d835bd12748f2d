/** Table section. */
import type { StructureLimits } from '../../limits.ts';
import { readConstantExpression, writeExpression } from '../constant-expression.ts';
import type { Table, TableType } from '../module.ts';
import type { Reader } from '../reader.ts';
import { readLimits, readRefType, writeLimits, writeValueType } from '../type-codec.ts';
import type { Writer } from '../writer.ts';
import { readItems } from './items.ts';

/** What stands before a table with an initial value; 0 behind it is reserved. */
const WITH_INIT = 0x40;

export function decodeTables(reader: Reader, limits: StructureLimits, first: number): Table[] {
  return readItems(reader, { item: 'table', items: 'tables', max: limits.tables, first, itemBytes: 3 }, () => {
    const offset = reader.offset;
    const withInit = reader.peek('table type') === WITH_INIT;
    if (withInit) {
      reader.u8();
      if (reader.u8('reserved byte') !== 0) throw reader.malformed('expected 0 behind 0x40', offset);
    }
    const type = readTableType(reader);
    return { ...type, init: withInit ? readConstantExpression(reader, limits) : undefined, offset };
  });
}

export function readTableType(reader: Reader): TableType {
  return { element: readRefType(reader, 'type of table entries'), limits: readLimits(reader, 'table') };
}

export function encodeTables(writer: Writer, tables: readonly Table[], bytes: Uint8Array): void {
  writer.u32(tables.length);
  for (const table of tables) {
    if (table.init !== undefined) writer.u8(WITH_INIT).u8(0);
    writeTableType(writer, table);
    if (table.init !== undefined) writeExpression(writer, bytes, table.init);
  }
}

export function writeTableType(writer: Writer, { element, limits }: TableType): void {
  writeValueType(writer, element);
  writeLimits(writer, limits);
}
