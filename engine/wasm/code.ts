/**
 * A linear scan of one instruction sequence into a struct of arrays, for the stages that look at every instruction of
 * large modules (validate, meter). Nothing is allocated per instruction; instructions.ts has the readable objects.
 */
import { STRUCTURE, type StructureLimits } from '../limits.ts';
import { type ImmediateKind, isPrefix, NO_OPCODE, OPCODES, type Opcode, opcodeId } from './opcodes.ts';
import { hex, malformed, overLimit, Reader } from './reader.ts';

/**
 * One scanned instruction sequence. Instruction i has row id `ids[i]` and the bytes from `starts[i]` to `starts[i + 1]`;
 * `a[i]` holds what later stages ask for most:
 *
 * | opcode | a |
 * |---|---|
 * | block, loop, if, try, try_table | block type (s33) |
 * | br, br_if, br_on_*, delegate, rethrow | label |
 * | br_table | number of labels without the default |
 * | i32.const | value |
 * | ref.null | heap type (s33) |
 * | anything else | first index immediate, or 0 |
 *
 * What stands behind that is read from the bytes by those who ask: {@link secondIndex}, and branch-targets.ts.
 *
 * The buffer is reused: it is valid until the next scan.
 */
export class CodeBuffer {
  count = 0;
  ids: Uint16Array;
  /** One more than `count`: the last is the end of the sequence. */
  starts: Uint32Array;
  a: Int32Array;
  /** Deepest nesting of blocks, the sequence itself included: 1 for a body without any. */
  maxDepth = 1;

  constructor(capacity = 4096) {
    this.ids = new Uint16Array(capacity);
    this.starts = new Uint32Array(capacity + 1);
    this.a = new Int32Array(capacity);
  }

  /** Room for `capacity` instructions; the contents are not kept. */
  reserve(capacity: number): void {
    if (capacity <= this.ids.length) return;
    this.ids = new Uint16Array(capacity);
    this.starts = new Uint32Array(capacity + 1);
    this.a = new Int32Array(capacity);
  }
}

const INDEX_KINDS: ReadonlySet<ImmediateKind> = new Set<ImmediateKind>([
  'label',
  'func',
  'type',
  'table',
  'local',
  'global',
  'memory',
  'data',
  'elem',
  'tag',
  'field',
  'count',
]);
const isIndex = (kind: ImmediateKind): boolean => INDEX_KINDS.has(kind);

/** How the immediates of an opcode are read. */
const SHAPE = {
  general: 0,
  none: 1,
  index: 2,
  index2: 3,
  memarg: 4,
  i32: 5,
  i64: 6,
  f32: 7,
  f64: 8,
  block: 9,
  end: 10,
} as const;
type Shape = (typeof SHAPE)[keyof typeof SHAPE];

function shapeOf({ immediates, control }: Opcode): Shape {
  if (control === 'end') return SHAPE.end;
  // It closes a block and has a label.
  if (control === 'delegate') return SHAPE.general;
  const key = immediates.join(' ');
  if (key === '') return SHAPE.none;
  if (key === 'memarg' || key === 'i32' || key === 'i64' || key === 'f32' || key === 'f64' || key === 'block')
    return SHAPE[key];
  if (!immediates.every(isIndex)) return SHAPE.general;
  return immediates.length === 1 ? SHAPE.index : SHAPE.index2;
}

/** By row id. */
const SHAPES = Uint8Array.from(OPCODES, shapeOf);

/** What the shapes that are rare do to the nesting. */
const NESTING = Int8Array.from(OPCODES, ({ control }) =>
  control === 'try-table' ? 1 : control === 'delegate' ? -1 : 0,
);

/**
 * The fast form: instructions of one opcode byte whose immediates, if any, are numbers of one byte each, and which open and
 * close nothing. Most instructions are of it, and it is read without a branch on what the instruction is. One word by opcode byte, 0
 * for opcodes that have no such form:
 *
 *     31      24 23      16  13    12     11 10   9    0
 *     [ stop 2 ][ stop 1 ]  [sign][keep] [length][ id ]
 *
 * - stop: bits of the first and second byte behind the opcode that mean "not the fast form after all": the bit that
 *   says that a number goes on, in a memarg also the one that says that a memory index follows;
 * - keep: the first immediate goes into `a`; sign: it is a signed number.
 */
const FAST = new Uint32Array(256);
const FAST_LENGTH = 10;
const FAST_KEEP = 12;
const FAST_SIGN = 13;
const FAST_STOP_1 = 16;
const FAST_STOP_2 = 24;
const GOES_ON = 0x80;
const MEMORY_FOLLOWS = 0x40;

for (const row of OPCODES) if (row.prefix === 0) FAST[row.code] = fastForm(row, SHAPES[row.id] as Shape);

function fastForm({ id }: Opcode, shape: Shape): number {
  const form = (immediates: number, kept: 0 | 1, signed: 0 | 1, stop1: number, stop2: number): number =>
    (id |
      ((1 + immediates) << FAST_LENGTH) |
      (kept << FAST_KEEP) |
      (signed << FAST_SIGN) |
      (stop1 << FAST_STOP_1) |
      (stop2 << FAST_STOP_2)) >>>
    0;
  switch (shape) {
    case SHAPE.none:
      return form(0, 0, 0, 0, 0);
    case SHAPE.index:
      return form(1, 1, 0, GOES_ON, 0);
    case SHAPE.index2:
      return form(2, 1, 0, GOES_ON, GOES_ON);
    case SHAPE.memarg:
      return form(2, 0, 0, GOES_ON | MEMORY_FOLLOWS, GOES_ON);
    case SHAPE.i32:
      return form(1, 1, 1, GOES_ON, 0);
    case SHAPE.i64:
      return form(1, 0, 0, GOES_ON, 0);
    default:
      return 0;
  }
}

/**
 * Scans the instructions in `bytes[start, end)` into `into`. Checked here: known opcodes, encodings of the immediates,
 * block nesting that closes exactly at `end`, and the limits on depth and br_table. Indices and types are not.
 * @param what names the sequence in messages: "function"
 * @param number and says which, where there are many
 * @throws INVALID_MODULE or LIMIT_EXCEEDED with the offset
 */
export function scanCode(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: CodeBuffer,
  what: string,
  limits: StructureLimits = STRUCTURE,
  number?: number,
): void {
  into.reserve(end - start + 1);
  const { ids, starts, a } = into;
  const reader = new Reader(bytes, start, end, what, number);
  // The fast form looks two bytes ahead, which may be behind `end`, but not behind all bytes.
  const fastEnd = Math.min(end, bytes.length - 2);
  let offset = start;
  let count = 0;
  // The sequence itself is a block: its `end` closes depth 1.
  let depth = 1;
  let maxDepth = 1;
  let branchTableTargets = 0;

  while (offset < end) {
    starts[count] = offset;
    const byte = bytes[offset] as number;
    if (offset < fastEnd) {
      const form = FAST[byte] as number;
      const first = bytes[offset + 1] as number;
      const second = bytes[offset + 2] as number;
      if (form !== 0 && ((first & (form >>> FAST_STOP_1)) | (second & (form >>> FAST_STOP_2))) === 0) {
        ids[count] = form & 0x3ff;
        const sign = ((form >>> FAST_SIGN) & 1) << 6;
        a[count++] = ((first & -((form >>> FAST_KEEP) & 1)) ^ sign) - sign;
        offset += (form >>> FAST_LENGTH) & 3;
        continue;
      }
    }
    const at = offset++;
    let id = opcodeId(0, byte);
    reader.offset = offset;
    if (id === NO_OPCODE) {
      if (byte < 0xfb || byte === 0xff) throw malformed(`${reader.title}: unknown opcode ${hex(byte)}`, at);
      const code = reader.u32('opcode');
      id = opcodeId(byte, code);
      if (id === NO_OPCODE) throw malformed(`${reader.title}: unknown opcode ${hex(byte)} ${hex(code)}`, at);
    }
    let first = 0;
    switch (SHAPES[id]) {
      case SHAPE.none:
        break;
      case SHAPE.index:
        first = reader.u32('index');
        break;
      case SHAPE.index2:
        first = reader.u32('index');
        reader.u32('index');
        break;
      case SHAPE.memarg:
        first = readMemarg(reader);
        break;
      case SHAPE.i32:
        first = reader.s32('i32.const');
        break;
      case SHAPE.i64:
        skipLeb64(reader, 'i64.const', true);
        break;
      case SHAPE.f32:
        reader.offset += 4;
        break;
      case SHAPE.f64:
        reader.offset += 8;
        break;
      case SHAPE.block:
        first = readBlockType(reader);
        depth++;
        break;
      case SHAPE.end:
        depth--;
        break;
      default:
        ({ first } = readGeneral(reader, id, limits));
        branchTableTargets += GENERAL.branchTableTargets;
        depth += NESTING[id] as number;
    }
    offset = reader.offset;
    ids[count] = id;
    a[count++] = first;
    if (depth > maxDepth) {
      maxDepth = depth;
      if (depth > limits.blockDepth) {
        throw overLimit(`${reader.title}: blocks nested ${depth} deep`, 'blockDepth', depth, limits.blockDepth, at);
      }
    }
    if (depth === 0 && offset < end) {
      throw malformed(`${reader.title}: ${end - offset} bytes after its final end`, offset);
    }
  }
  if (offset > end) {
    const last = count - 1;
    const { name } = OPCODES[ids[last] as number] as Opcode;
    throw malformed(`${reader.title}: ${name} is cut off by the end of the code`, starts[last] as number);
  }
  if (depth !== 0) throw malformed(`${reader.title}: its final end is missing (${depth} blocks are open)`, end);
  if (branchTableTargets > limits.totalBrTableTargets) {
    throw overLimit(
      `${reader.title}: ${branchTableTargets} br_table targets`,
      'totalBrTableTargets',
      branchTableTargets,
      limits.totalBrTableTargets,
      start,
    );
  }
  starts[count] = end;
  into.count = count;
  into.maxDepth = maxDepth;
}

/** What the last call of {@link readGeneral} found. */
const GENERAL = { first: 0, branchTableTargets: 0 };

/** The shapes that are rare. */
function readGeneral(reader: Reader, id: number, limits: StructureLimits): typeof GENERAL {
  let isFirst = true;
  const keep = (value: number): void => {
    if (isFirst) GENERAL.first = value;
    isFirst = false;
  };
  GENERAL.first = 0;
  GENERAL.branchTableTargets = 0;
  for (const kind of OPCODES[id]?.immediates ?? []) {
    switch (kind) {
      case 'block':
        keep(readBlockType(reader));
        break;
      case 'memarg':
        keep(readMemarg(reader));
        break;
      case 'labels': {
        const count = reader.count('br_table labels', limits.brTableTargets);
        keep(count);
        for (let i = 0; i <= count; i++) reader.u32('label');
        GENERAL.branchTableTargets = count + 1;
        break;
      }
      case 'catches': {
        const count = reader.count('catch clauses', limits.brTableTargets, 2);
        for (let i = 0; i < count; i++) {
          const at = reader.offset;
          const form = reader.u8('catch form');
          if (form > 3) throw malformed(`${reader.title}: unknown catch form ${hex(form)}`, at);
          if (form < 2) reader.u32('tag');
          reader.u32('label');
        }
        break;
      }
      case 'types': {
        const count = reader.count('types of select', 1_000);
        for (let i = 0; i < count; i++) skipValueType(reader);
        break;
      }
      case 'cast': {
        reader.u8('cast flags');
        keep(reader.u32('label'));
        reader.s33('heap type');
        reader.s33('heap type');
        break;
      }
      case 'heap':
        keep(Math.min(reader.s33('heap type'), 0x7fff_ffff));
        break;
      case 'v128':
      case 'lanes':
        reader.skip(16, kind);
        break;
      case 'lane':
        keep(reader.u8('lane'));
        break;
      case 'zero': {
        const at = reader.offset;
        if (reader.u8('reserved byte') !== 0) throw malformed(`${reader.title}: a reserved byte is not zero`, at);
        break;
      }
      default:
        keep(reader.u32('index'));
    }
  }
  return GENERAL;
}

/** A block type: negative for the empty and one-value forms (s33), else a type index. A reference type takes a heap type too. */
export function readBlockType(reader: Reader): number {
  const at = reader.offset;
  const type = reader.s33('block type');
  if (type > 0x7fff_ffff) throw malformed(`${reader.title}: block type index ${type} is out of range`, at);
  // (ref null ht) and (ref ht), bytes 0x63 and 0x64, are followed by their heap type.
  if (type === -0x1d || type === -0x1c) reader.s33('heap type');
  return type;
}

function skipValueType(reader: Reader): void {
  const byte = reader.u8('type');
  if (byte === 0x63 || byte === 0x64) reader.s33('heap type');
}

/** Alignment and offset. Answers the memory index. */
function readMemarg(reader: Reader): number {
  const alignment = reader.u32('alignment');
  const memory = alignment & 0x40 ? reader.u32('memory index') : 0;
  skipLeb64(reader, 'offset', false);
  return memory;
}

/** Passes over a 64-bit LEB128 of at most ten bytes whose last byte holds one bit of value, without a BigInt. */
function skipLeb64(reader: Reader, what: string, signed: boolean): void {
  const start = reader.offset;
  for (let i = 1; i <= 10; i++) {
    const byte = reader.u8(what);
    if (byte >= 0x80) continue;
    if (i === 10 && byte !== 0 && byte !== (signed ? 0x7f : 1)) {
      throw malformed(`${reader.title}: ${what} does not fit in 64 bits`, start);
    }
    return;
  }
  throw malformed(`${reader.title}: ${what} is longer than 10 bytes`, start);
}

/** The second index immediate of instruction `op`. It must have two. */
export function secondIndex(bytes: Uint8Array, code: CodeBuffer, op: number): number {
  const reader = new Reader(bytes, code.starts[op] as number);
  if (isPrefix(reader.u8())) reader.u32('opcode');
  reader.u32('index');
  return reader.u32('index');
}
