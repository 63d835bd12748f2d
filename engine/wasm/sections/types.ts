/** Type section: function, struct and array types, with subtyping and recursion groups. */
import type { StructureLimits } from '../../limits.ts';
import { hex, type Reader } from '../reader.ts';
import { readFieldType, readValueType, writeFieldType, writeValueType } from '../type-codec.ts';
import type { CompositeType, FunctionType, RecGroup, SubType, ValueType } from '../types.ts';
import type { Writer } from '../writer.ts';
import { readItems } from './items.ts';

const REC = 0x4e;
const SUB_FINAL = 0x4f;
const SUB = 0x50;
const FUNC = 0x60;
const STRUCT = 0x5f;
const ARRAY = 0x5e;

/** V8 and the GC proposal's first version both take at most one supertype. */
const MAX_SUPERTYPES = 1;

export function decodeTypes(reader: Reader, limits: StructureLimits): RecGroup[] {
  const budget = { types: 0, params: 0 };
  return readItems(reader, { item: 'type', items: 'types', max: limits.types, itemBytes: 2 }, () =>
    readRecGroup(reader, limits, budget),
  );
}

interface Budget {
  types: number;
  params: number;
}

function readRecGroup(reader: Reader, limits: StructureLimits, budget: Budget): RecGroup {
  if (reader.peek('type') !== REC) return { explicit: false, types: [readSubType(reader, limits, budget)] };
  reader.u8();
  const count = reader.count('types of a recursion group', limits.types, 2, 'types');
  const types: SubType[] = [];
  for (let i = 0; i < count; i++) types.push(readSubType(reader, limits, budget));
  return { explicit: true, types };
}

function readSubType(reader: Reader, limits: StructureLimits, budget: Budget): SubType {
  const offset = reader.offset;
  reader.index = budget.types;
  if (++budget.types > limits.types) {
    throw reader.overLimit(`${budget.types} types`, 'types', budget.types, limits.types, offset);
  }
  const form = reader.peek('type');
  const explicit = form === SUB || form === SUB_FINAL;
  const supertypes: number[] = [];
  if (explicit) {
    reader.u8();
    const count = reader.count('supertypes', MAX_SUPERTYPES);
    for (let i = 0; i < count; i++) supertypes.push(reader.u32('supertype'));
  }
  return { final: form !== SUB, supertypes, composite: readComposite(reader, limits, budget), explicit, offset };
}

function readComposite(reader: Reader, limits: StructureLimits, budget: Budget): CompositeType {
  const start = reader.offset;
  const form = reader.u8('type form');
  switch (form) {
    case FUNC:
      return readFunctionType(reader, limits, budget);
    case STRUCT: {
      const count = reader.count('fields', limits.structFields, 2, 'structFields');
      spend(reader, limits, budget, count);
      return { kind: 'struct', fields: Array.from({ length: count }, () => readFieldType(reader)) };
    }
    case ARRAY:
      return { kind: 'array', field: readFieldType(reader) };
    default:
      throw reader.malformed(
        `${hex(form)} is not a type form: expected ${hex(FUNC)} (func), ${hex(STRUCT)} (struct) or ${hex(ARRAY)} (array)`,
        start,
      );
  }
}

function readFunctionType(reader: Reader, limits: StructureLimits, budget: Budget): FunctionType {
  const params = readValueTypes(reader, 'parameters', limits.functionParams, 'functionParams');
  const results = readValueTypes(reader, 'results', limits.functionResults, 'functionResults');
  spend(reader, limits, budget, params.length + results.length);
  return { kind: 'func', params, results };
}

function spend(reader: Reader, limits: StructureLimits, budget: Budget, parts: number): void {
  budget.params += parts;
  if (budget.params <= limits.totalParams) return;
  throw reader.overLimit(
    `${budget.params} parameters, results and fields of all types`,
    'totalParams',
    budget.params,
    limits.totalParams,
  );
}

function readValueTypes(reader: Reader, what: string, max: number, limit: string): ValueType[] {
  const count = reader.count(what, max, 1, limit);
  const types: ValueType[] = [];
  for (let i = 0; i < count; i++) types.push(readValueType(reader));
  return types;
}

export function encodeTypes(writer: Writer, groups: readonly RecGroup[]): void {
  writer.u32(groups.length);
  for (const { explicit, types } of groups) {
    if (explicit) writer.u8(REC).u32(types.length);
    for (const type of types) writeSubType(writer, type);
  }
}

function writeSubType(writer: Writer, { explicit, final, supertypes, composite }: SubType): void {
  if (explicit) {
    writer.u8(final ? SUB_FINAL : SUB).u32(supertypes.length);
    for (const index of supertypes) writer.u32(index);
  }
  switch (composite.kind) {
    case 'func':
      writer.u8(FUNC);
      writeValueTypes(writer, composite.params);
      writeValueTypes(writer, composite.results);
      break;
    case 'struct':
      writer.u8(STRUCT).u32(composite.fields.length);
      for (const field of composite.fields) writeFieldType(writer, field);
      break;
    case 'array':
      writer.u8(ARRAY);
      writeFieldType(writer, composite.field);
  }
}

function writeValueTypes(writer: Writer, types: readonly ValueType[]): void {
  writer.u32(types.length);
  for (const type of types) writeValueType(writer, type);
}
