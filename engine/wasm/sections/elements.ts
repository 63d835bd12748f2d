/** Element section: what tables are filled with. */
import type { StructureLimits } from '../../limits.ts';
import { readConstantExpression, writeExpression } from '../constant-expression.ts';
import type { ElementSegment, Expression } from '../module.ts';
import { hex, type Reader } from '../reader.ts';
import { readRefType, writeValueType } from '../type-codec.ts';
import { FUNCREF, type RefType } from '../types.ts';
import type { Writer } from '../writer.ts';
import { readItems } from './items.ts';

/** Bits of the flag word. The second one says "states its table" of an active segment, "declarative" of the others. */
const NOT_ACTIVE = 1;
const TABLE_OR_DECLARATIVE = 2;
const EXPRESSIONS = 4;

/** The only kind byte there is: functions. */
const KIND_FUNCTION = 0;

export function decodeElements(reader: Reader, limits: StructureLimits): ElementSegment[] {
  const budget = { items: 0 };
  return readItems(
    reader,
    { item: 'segment', items: 'element segments', max: limits.elementSegments, limit: 'elementSegments', itemBytes: 2 },
    () => readElementSegment(reader, limits, budget),
  );
}

function readElementSegment(reader: Reader, limits: StructureLimits, budget: { items: number }): ElementSegment {
  const offset = reader.offset;
  const flags = reader.u32('segment flags');
  if (flags > 7) throw reader.malformed(`${hex(flags)} are not element segment flags: expected 0 to 7`, offset);
  const active = (flags & NOT_ACTIVE) === 0;
  const second = (flags & TABLE_OR_DECLARATIVE) !== 0;
  const tableIndex = active && second ? reader.u32('table index') : 0;
  const at = active ? readConstantExpression(reader, limits) : undefined;
  const asExpressions = (flags & EXPRESSIONS) !== 0;
  const type = statesType(flags) ? readElementType(reader, asExpressions) : FUNCREF;
  return {
    flags,
    mode: active ? 'active' : second ? 'declarative' : 'passive',
    tableIndex,
    at,
    type,
    items: asExpressions ? readExpressions(reader, limits, budget) : readFunctionIndices(reader, limits, budget),
    offset,
  };
}

/** Only the two short active forms (0 and 4) leave the type out. */
function statesType(flags: number): boolean {
  return (flags & (NOT_ACTIVE | TABLE_OR_DECLARATIVE)) !== 0;
}

function readElementType(reader: Reader, asExpressions: boolean): RefType {
  if (asExpressions) return readRefType(reader, 'element type');
  const start = reader.offset;
  const kind = reader.u8('element kind');
  if (kind !== KIND_FUNCTION) throw reader.malformed(`element kind must be 0 (function), got ${hex(kind)}`, start);
  return FUNCREF;
}

function readFunctionIndices(
  reader: Reader,
  limits: StructureLimits,
  budget: { items: number },
): ElementSegment['items'] {
  const count = readItemCount(reader, limits, budget, 1);
  const indices = new Uint32Array(count);
  for (let i = 0; i < count; i++) indices[i] = reader.u32('function index');
  return { kind: 'functions', indices };
}

function readExpressions(reader: Reader, limits: StructureLimits, budget: { items: number }): ElementSegment['items'] {
  const count = readItemCount(reader, limits, budget, 2);
  const expressions: Expression[] = [];
  for (let i = 0; i < count; i++) expressions.push(readConstantExpression(reader, limits));
  return { kind: 'expressions', expressions };
}

function readItemCount(reader: Reader, limits: StructureLimits, budget: { items: number }, itemBytes: number): number {
  const start = reader.offset;
  const count = reader.count('element items', limits.elementItems, itemBytes, 'elementItems');
  budget.items += count;
  if (budget.items > limits.elementItems) {
    throw reader.overLimit(`${budget.items} element items`, 'elementItems', budget.items, limits.elementItems, start);
  }
  return count;
}

export function encodeElements(writer: Writer, segments: readonly ElementSegment[], bytes: Uint8Array): void {
  writer.u32(segments.length);
  for (const { flags, tableIndex, at, type, items } of segments) {
    writer.u32(flags);
    if ((flags & (NOT_ACTIVE | TABLE_OR_DECLARATIVE)) === TABLE_OR_DECLARATIVE) writer.u32(tableIndex);
    if (at !== undefined) writeExpression(writer, bytes, at);
    if (items.kind === 'functions') {
      if (statesType(flags)) writer.u8(KIND_FUNCTION);
      writer.u32(items.indices.length);
      for (const index of items.indices) writer.u32(index);
    } else {
      if (statesType(flags)) writeValueType(writer, type);
      writer.u32(items.expressions.length);
      for (const expression of items.expressions) writeExpression(writer, bytes, expression);
    }
  }
}
