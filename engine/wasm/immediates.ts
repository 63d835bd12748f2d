/** What may stand behind an opcode: one reader and one writer for each kind of immediate. */
import type { StructureLimits } from '../limits.ts';
import type { ImmediateKind } from './opcodes.ts';
import { hex, type Reader } from './reader.ts';
import { readHeapType, readValueType, writeHeapType, writeValueType } from './type-codec.ts';
import type { HeapType, RefType, ValueType } from './types.ts';
import type { Writer } from './writer.ts';

/** No result, one result, or the index of a function type. */
export type BlockType = 'empty' | ValueType | number;

export interface MemoryArgument {
  /** log2 of the alignment in bytes. */
  readonly alignment: number;
  readonly memory: number;
  /** A bigint only above 2^53. */
  readonly offset: number | bigint;
}

/** By their byte in the binary. */
const CATCH_FORMS = ['catch', 'catch_ref', 'catch_all', 'catch_all_ref'] as const;

export interface CatchClause {
  readonly form: (typeof CATCH_FORMS)[number];
  /** Not there for the forms that catch all. */
  readonly tag: number | undefined;
  readonly label: number;
}

export interface BranchCast {
  readonly label: number;
  readonly from: RefType;
  readonly to: RefType;
}

interface ImmediateValues {
  block: BlockType;
  label: number;
  /** The default is the last. */
  labels: Uint32Array;
  func: number;
  type: number;
  table: number;
  local: number;
  global: number;
  memory: number;
  data: number;
  elem: number;
  tag: number;
  memarg: MemoryArgument;
  i32: number;
  i64: bigint;
  /** The bits: a number would lose the payload of a NaN. */
  f32: number;
  /** The bits. */
  f64: bigint;
  v128: Uint8Array;
  lane: number;
  lanes: Uint8Array;
  heap: HeapType;
  types: readonly ValueType[];
  catches: readonly CatchClause[];
  cast: BranchCast;
  field: number;
  count: number;
  zero: 0;
}

/** An immediate: its kind and the value that goes with that kind. */
export type Immediate = {
  readonly [Kind in ImmediateKind]: { readonly kind: Kind; readonly value: ImmediateValues[Kind] };
}[ImmediateKind];

/** The structural limits that apply inside one instruction. */
export type InstructionLimits = Pick<StructureLimits, 'brTableTargets'>;

interface Codec<Value> {
  read(reader: Reader, limits: InstructionLimits): Value;
  write(writer: Writer, value: Value): void;
}

const EMPTY_BLOCK = 0x40;
/** Bit of the alignment that says a memory index follows. */
const MEMORY_FOLLOWS = 0x40;
const MAX_SELECT_TYPES = 1_000;
const FROM_NULLABLE = 1;
const TO_NULLABLE = 2;

const index = (what: string): Codec<number> => ({
  read: (reader) => reader.u32(what),
  write: (writer, value) => writer.u32(value),
});

const sixteen = (what: string): Codec<Uint8Array> => ({
  read(reader) {
    const start = reader.offset;
    reader.skip(16, what);
    return reader.bytes.slice(start, reader.offset);
  },
  write: (writer, value) => writer.bytes(value),
});

const CODECS: { readonly [Kind in ImmediateKind]: Codec<ImmediateValues[Kind]> } = {
  label: index('label'),
  func: index('function index'),
  type: index('type index'),
  table: index('table index'),
  local: index('local index'),
  global: index('global index'),
  memory: index('memory index'),
  data: index('data segment'),
  elem: index('element segment'),
  tag: index('tag index'),
  field: index('field'),
  count: index('count'),
  block: {
    read(reader) {
      const byte = reader.peek('block type');
      if (byte === EMPTY_BLOCK) {
        reader.u8();
        return 'empty';
      }
      // One-byte negative numbers are value types; anything else is a type index.
      if (byte > EMPTY_BLOCK && byte < 0x80) return readValueType(reader, 'block type');
      const start = reader.offset;
      const type = reader.s33('block type');
      if (type < 0) throw reader.malformed(`${type} is not a block type`, start);
      return type;
    },
    write(writer, type) {
      if (type === 'empty') writer.u8(EMPTY_BLOCK);
      else if (typeof type === 'number') writer.s53(type);
      else writeValueType(writer, type);
    },
  },
  labels: {
    read(reader, limits) {
      const count = reader.count('br_table labels', limits.brTableTargets, 1, 'brTableTargets') + 1;
      const labels = new Uint32Array(count);
      for (let i = 0; i < count; i++) labels[i] = reader.u32('label');
      return labels;
    },
    write(writer, labels) {
      writer.u32(labels.length - 1);
      for (const label of labels) writer.u32(label);
    },
  },
  memarg: {
    read(reader) {
      const start = reader.offset;
      const flags = reader.u32('alignment');
      if (flags >= 2 * MEMORY_FOLLOWS) throw reader.malformed(`${hex(flags)} is not an alignment`, start);
      const memory = (flags & MEMORY_FOLLOWS) === 0 ? 0 : reader.u32('memory index');
      return { alignment: flags & (MEMORY_FOLLOWS - 1), memory, offset: readOffset(reader) };
    },
    write(writer, { alignment, memory, offset }) {
      if (memory === 0) writer.u32(alignment);
      else writer.u32(alignment | MEMORY_FOLLOWS).u32(memory);
      if (typeof offset === 'bigint' || offset > 0xffff_ffff) writer.u64(BigInt(offset));
      else writer.u32(offset);
    },
  },
  i32: {
    read: (reader) => reader.s32('i32.const'),
    write: (writer, value) => writer.s32(value),
  },
  i64: {
    read: (reader) => reader.s64('i64.const'),
    write: (writer, value) => writer.s64(value),
  },
  f32: {
    read: (reader) => reader.fixedU32('f32.const'),
    write: writeFixedU32,
  },
  f64: {
    read(reader) {
      const low = reader.fixedU32('f64.const');
      return BigInt(low) | (BigInt(reader.fixedU32('f64.const')) << 32n);
    },
    write(writer, bits) {
      writeFixedU32(writer, Number(bits & 0xffff_ffffn));
      writeFixedU32(writer, Number(bits >> 32n));
    },
  },
  v128: sixteen('v128.const'),
  lanes: sixteen('lanes'),
  lane: {
    read: (reader) => reader.u8('lane'),
    write: (writer, lane) => writer.u8(lane),
  },
  heap: { read: readHeapType, write: writeHeapType },
  types: {
    read(reader) {
      const count = reader.count('types of select', MAX_SELECT_TYPES);
      return Array.from({ length: count }, () => readValueType(reader));
    },
    write(writer, types) {
      writer.u32(types.length);
      for (const type of types) writeValueType(writer, type);
    },
  },
  catches: {
    read(reader, limits) {
      const count = reader.count('catch clauses', limits.brTableTargets, 2, 'brTableTargets');
      return Array.from({ length: count }, () => readCatch(reader));
    },
    write(writer, catches) {
      writer.u32(catches.length);
      for (const { form, tag, label } of catches) {
        writer.u8(CATCH_FORMS.indexOf(form));
        if (tag !== undefined) writer.u32(tag);
        writer.u32(label);
      }
    },
  },
  cast: {
    read(reader) {
      const start = reader.offset;
      const flags = reader.u8('cast flags');
      if ((flags & ~(FROM_NULLABLE | TO_NULLABLE)) !== 0)
        throw reader.malformed(`${hex(flags)} are not cast flags`, start);
      const label = reader.u32('label');
      const type = (nullable: number): RefType => ({
        kind: 'ref',
        nullable: (flags & nullable) !== 0,
        heap: readHeapType(reader),
      });
      return { label, from: type(FROM_NULLABLE), to: type(TO_NULLABLE) };
    },
    write(writer, { label, from, to }) {
      writer.u8((from.nullable ? FROM_NULLABLE : 0) | (to.nullable ? TO_NULLABLE : 0)).u32(label);
      writeHeapType(writer, from.heap);
      writeHeapType(writer, to.heap);
    },
  },
  zero: {
    read(reader) {
      const start = reader.offset;
      if (reader.u8('reserved byte') !== 0) throw reader.malformed('a reserved byte is not zero', start);
      return 0;
    },
    write: (writer) => writer.u8(0),
  },
};

/** @throws INVALID_MODULE for an encoding that the kind does not have, LIMIT_EXCEEDED for too many labels */
export function readImmediate(reader: Reader, kind: ImmediateKind, limits: InstructionLimits): Immediate {
  return { kind, value: CODECS[kind].read(reader, limits) } as Immediate;
}

/** Writes an immediate in its shortest form. */
export function writeImmediate<Kind extends ImmediateKind>(
  writer: Writer,
  { kind, value }: { readonly kind: Kind; readonly value: ImmediateValues[Kind] },
): void {
  CODECS[kind].write(writer, value);
}

function readOffset(reader: Reader): number | bigint {
  const start = reader.offset;
  const first = reader.u8('offset');
  if (first < 0x80) return first;
  reader.offset = start;
  const offset = reader.u64('offset');
  return offset <= Number.MAX_SAFE_INTEGER ? Number(offset) : offset;
}

function readCatch(reader: Reader): CatchClause {
  const start = reader.offset;
  const byte = reader.u8('catch form');
  const form = CATCH_FORMS[byte];
  if (form === undefined) throw reader.malformed(`${hex(byte)} is not a form of catch: expected 0 to 3`, start);
  const tag = form === 'catch' || form === 'catch_ref' ? reader.u32('tag index') : undefined;
  return { form, tag, label: reader.u32('label') };
}

function writeFixedU32(writer: Writer, bits: number): void {
  writer
    .u8(bits & 0xff)
    .u8((bits >>> 8) & 0xff)
    .u8((bits >>> 16) & 0xff)
    .u8(bits >>> 24);
}
