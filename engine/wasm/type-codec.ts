/** Reads and writes value types, heap types and limits. What they are is in types.ts. */
import { hex, type Reader } from './reader.ts';
import {
  type FieldType,
  HEAP_TYPES,
  type HeapType,
  type Limits,
  NUMBER_TYPES,
  PACKED_TYPES,
  type PackedType,
  type RefType,
  type ValueType,
} from './types.ts';
import type { Writer } from './writer.ts';

const REF = 0x64;
const REF_NULL = 0x63;

const FLAG_MAX = 0x01;
const FLAG_SHARED = 0x02;
const FLAG_64 = 0x04;
const FLAG_PAGE_SIZE = 0x08;
const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;

/** Each type that is one byte, by that byte; the shorthand of a nullable abstract reference included. */
const BY_BYTE: ReadonlyMap<number, ValueType> = new Map<number, ValueType>([
  ...byByte(NUMBER_TYPES),
  ...byByte(HEAP_TYPES).map(([byte, heap]): [number, RefType] => [
    byte,
    Object.freeze({ kind: 'ref', nullable: true, heap }),
  ]),
]);
const PACKED_BY_BYTE: ReadonlyMap<number, PackedType> = new Map(byByte(PACKED_TYPES));
const HEAP_BY_BYTE: ReadonlyMap<number, HeapType> = new Map(byByte(HEAP_TYPES));
const BYTES = { ...NUMBER_TYPES, ...HEAP_TYPES, ...PACKED_TYPES } as const;

function byByte<Name extends string>(table: Readonly<Record<Name, number>>): [byte: number, name: Name][] {
  return (Object.keys(table) as Name[]).map((name) => [table[name], name]);
}

export function readValueType(reader: Reader, what = 'value type'): ValueType {
  const start = reader.offset;
  const byte = reader.u8(what);
  const known = BY_BYTE.get(byte);
  if (known !== undefined) return known;
  if (byte === REF || byte === REF_NULL)
    return { kind: 'ref', nullable: byte === REF_NULL, heap: readHeapType(reader) };
  throw reader.malformed(`${hex(byte)} is not a ${what}`, start);
}

export function readRefType(reader: Reader, what: string): RefType {
  const start = reader.offset;
  const type = readValueType(reader, what);
  if (typeof type === 'string') throw reader.malformed(`expected a reference type as ${what}, got ${type}`, start);
  return type;
}

export function readHeapType(reader: Reader): HeapType {
  const start = reader.offset;
  const value = reader.s33('heap type');
  if (value >= 0) return value;
  const heap = value >= -0x40 ? HEAP_BY_BYTE.get(value + 0x80) : undefined;
  if (heap === undefined) throw reader.malformed(`${value} is not a heap type`, start);
  return heap;
}

export function readFieldType(reader: Reader): FieldType {
  const packed = PACKED_BY_BYTE.get(reader.peek('field type'));
  if (packed !== undefined) reader.u8();
  const type = packed ?? readValueType(reader, 'field type');
  return { type, mutable: readMutability(reader) };
}

export function readMutability(reader: Reader): boolean {
  const start = reader.offset;
  const byte = reader.u8('mutability');
  if (byte > 1) throw reader.malformed(`mutability must be 0 (constant) or 1 (mutable), got ${hex(byte)}`, start);
  return byte === 1;
}

/** Limits of a table or a memory. Whether the module may use shared, 64-bit or odd-sized ones is the validator's to say. */
export function readLimits(reader: Reader, what: 'table' | 'memory'): Limits {
  const start = reader.offset;
  const flags = reader.u8('limits flags');
  const known =
    what === 'memory' ? FLAG_MAX | FLAG_SHARED | FLAG_64 | FLAG_PAGE_SIZE : FLAG_MAX | FLAG_SHARED | FLAG_64;
  if ((flags & ~known) !== 0) throw reader.malformed(`${hex(flags)} are not limits flags of a ${what}`, start);
  const is64 = (flags & FLAG_64) !== 0;
  const size = (name: string): number => (is64 ? Number(reader.u64(name)) : reader.u32(name));
  const limits = {
    min: size('minimum'),
    max: (flags & FLAG_MAX) === 0 ? undefined : size('maximum'),
    shared: (flags & FLAG_SHARED) !== 0,
    is64,
  };
  if ((flags & FLAG_PAGE_SIZE) === 0) return limits;
  return { ...limits, pageSizeLog2: reader.u32('page size') };
}

export function writeValueType(writer: Writer, type: ValueType | PackedType): void {
  if (typeof type === 'string') {
    writer.u8(BYTES[type]);
  } else if (type.nullable && typeof type.heap === 'string') {
    writer.u8(BYTES[type.heap]);
  } else {
    writer.u8(type.nullable ? REF_NULL : REF);
    writeHeapType(writer, type.heap);
  }
}

export function writeHeapType(writer: Writer, heap: HeapType): void {
  if (typeof heap === 'string') writer.u8(BYTES[heap]);
  else writer.s53(heap);
}

export function writeFieldType(writer: Writer, field: FieldType): void {
  writeValueType(writer, field.type);
  writer.u8(field.mutable ? 1 : 0);
}

export function writeLimits(writer: Writer, limits: Limits): void {
  const { min, max, shared, is64, pageSizeLog2 } = limits;
  writer.u8(
    (max === undefined ? 0 : FLAG_MAX) |
      (shared ? FLAG_SHARED : 0) |
      (is64 ? FLAG_64 : 0) |
      (pageSizeLog2 === undefined ? 0 : FLAG_PAGE_SIZE),
  );
  writeSize(writer, min, is64);
  if (max !== undefined) writeSize(writer, max, is64);
  if (pageSizeLog2 !== undefined) writer.u32(pageSizeLog2);
}

function writeSize(writer: Writer, size: number, is64: boolean): void {
  if (!is64) {
    writer.u32(size);
    return;
  }
  // 2^64 - 1 is the one size above 2^53 that real modules state ("no maximum"); as a number it was rounded up to 2^64.
  const exact = BigInt(size);
  writer.u64(exact > LARGEST_U64 ? LARGEST_U64 : exact);
}
