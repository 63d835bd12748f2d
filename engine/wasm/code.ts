/**
 * A linear scan of one instruction sequence into a struct of arrays, for the stages that look at every instruction of
 * large modules (validate, meter). Nothing is allocated per instruction; instructions.ts has the readable objects.
 */
import { STRUCTURE, type StructureLimits } from '../limits.ts';
import { type ImmediateKind, NO_OPCODE, OPCODES, opcodeId } from './opcodes.ts';
import { hex, malformed, overLimit, Reader } from './reader.ts';

/**
 * One scanned instruction sequence. Instruction i has row id `ids[i]` and the bytes from `starts[i]` to `starts[i + 1]`;
 * `a[i]` and `b[i]` hold what later stages ask for:
 *
 * | opcode | a | b |
 * |---|---|---|
 * | block, loop, if, try, try_table | block type (s33) | try_table: offset of its catch list |
 * | br, br_if, br_on_*, delegate, rethrow | label | br_on_cast: flags |
 * | br_table | number of labels without the default | offset of the first label |
 * | i32.const | value | |
 * | anything else | first index immediate | second index immediate |
 *
 * The buffer is reused: it is valid until the next scan.
 */
export class CodeBuffer {
  count = 0;
  ids: Uint16Array;
  /** One more than `count`: the last is the end of the sequence. */
  starts: Uint32Array;
  a: Int32Array;
  b: Int32Array;
  /** Deepest nesting of blocks seen; 0 for a body without any. */
  maxDepth = 0;
  /** Blocks, loops, ifs and tries. */
  blocks = 0;
  /** Labels of all br_tables together, defaults included. */
  branchTableTargets = 0;

  constructor(capacity = 4096) {
    this.ids = new Uint16Array(capacity);
    this.starts = new Uint32Array(capacity + 1);
    this.a = new Int32Array(capacity);
    this.b = new Int32Array(capacity);
  }

  /** Room for `capacity` instructions; the contents are not kept. */
  reserve(capacity: number): void {
    if (capacity <= this.ids.length) return;
    this.ids = new Uint16Array(capacity);
    this.starts = new Uint32Array(capacity + 1);
    this.a = new Int32Array(capacity);
    this.b = new Int32Array(capacity);
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

/** How the immediates of an opcode are read. Numbered by how common they are. */
const SHAPE = {
  none: 0,
  index: 1,
  memarg: 2,
  i32: 3,
  i64: 4,
  fixed4: 5,
  fixed8: 6,
  index2: 7,
  block: 8,
  general: 9,
} as const;

const SHAPES = Uint8Array.from(OPCODES, ({ immediates }) => {
  const key = immediates.join(' ');
  if (key === '') return SHAPE.none;
  if (key === 'memarg') return SHAPE.memarg;
  if (key === 'i32' || key === 'i64') return SHAPE[key];
  if (key === 'f32') return SHAPE.fixed4;
  if (key === 'f64') return SHAPE.fixed8;
  if (key === 'block') return SHAPE.block;
  if (immediates.every((kind) => INDEX_KINDS.has(kind))) return immediates.length === 1 ? SHAPE.index : SHAPE.index2;
  return SHAPE.general;
});

/** +1 for what opens a block, -1 for what closes one. */
const NESTING = Int8Array.from(OPCODES, ({ control }) => {
  if (control === 'block' || control === 'loop' || control === 'if' || control === 'try' || control === 'try-table')
    return 1;
  return control === 'end' || control === 'delegate' ? -1 : 0;
});

/**
 * Scans the instructions in `bytes[start, end)` into `into`. Checked here: known opcodes, encodings of the immediates,
 * block nesting that closes exactly at `end`, and the limits on depth and br_table. Indices and types are not.
 * @param what names the sequence in messages: "function 12".
 * @throws INVALID_MODULE or LIMIT_EXCEEDED with the offset
 */
export function scanCode(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: CodeBuffer,
  what: string,
  limits: StructureLimits = STRUCTURE,
): void {
  into.reserve(end - start + 1);
  into.maxDepth = 0;
  into.blocks = 0;
  into.branchTableTargets = 0;
  const { ids, starts, a, b } = into;
  const reader = new Reader(bytes, start, end, what);
  let offset = start;
  let count = 0;
  // The sequence itself is a block: its `end` closes depth 1.
  let depth = 1;

  while (offset < end) {
    const at = offset;
    const byte = bytes[offset++] as number;
    let id = opcodeId(0, byte);
    if (id === NO_OPCODE) {
      if (byte < 0xfb || byte === 0xff) throw malformed(`${what}: unknown opcode ${hex(byte)}`, at);
      reader.offset = offset;
      const code = reader.u32('opcode');
      offset = reader.offset;
      id = opcodeId(byte, code);
      if (id === NO_OPCODE) throw malformed(`${what}: unknown opcode ${hex(byte)} ${hex(code)}`, at);
    }
    let first = 0;
    let second = 0;
    switch (SHAPES[id]) {
      case SHAPE.none:
        break;
      case SHAPE.index:
        first = bytes[offset] as number;
        if (first < 0x80) offset++;
        else {
          reader.offset = offset;
          first = reader.u32('index');
          offset = reader.offset;
        }
        break;
      case SHAPE.memarg:
        if ((bytes[offset] as number) < 0x40 && (bytes[offset + 1] as number) < 0x80) offset += 2;
        else {
          reader.offset = offset;
          first = readMemarg(reader);
          offset = reader.offset;
        }
        break;
      case SHAPE.i32:
        first = bytes[offset] as number;
        if (first < 0x80) {
          first = (first << 25) >> 25;
          offset++;
        } else {
          reader.offset = offset;
          first = reader.s32('i32.const');
          offset = reader.offset;
        }
        break;
      case SHAPE.i64:
        if ((bytes[offset] as number) < 0x80) offset++;
        else {
          reader.offset = offset;
          skipLeb64(reader, 'i64.const', true);
          offset = reader.offset;
        }
        break;
      case SHAPE.fixed4:
        offset += 4;
        break;
      case SHAPE.fixed8:
        offset += 8;
        break;
      case SHAPE.index2:
        reader.offset = offset;
        first = reader.u32('index');
        second = reader.u32('index');
        offset = reader.offset;
        break;
      case SHAPE.block:
        reader.offset = offset;
        first = readBlockType(reader);
        offset = reader.offset;
        break;
      default: {
        reader.offset = offset;
        const targets = readGeneral(reader, id, GENERAL, limits);
        first = GENERAL[0] as number;
        second = GENERAL[1] as number;
        into.branchTableTargets += targets;
        offset = reader.offset;
      }
    }
    if (offset > end) throw malformed(`${what}: ${OPCODES[id]?.name} is cut off by the end of the code`, at);
    ids[count] = id;
    starts[count] = at;
    a[count] = first;
    b[count] = second;
    count++;
    const nesting = NESTING[id] as number;
    if (nesting !== 0) {
      depth += nesting;
      if (nesting > 0) {
        into.blocks++;
        if (depth > into.maxDepth) into.maxDepth = depth;
        if (depth > limits.blockDepth)
          throw overLimit(`${what}: blocks nested ${depth} deep`, 'blockDepth', depth, limits.blockDepth, at);
      } else if (depth === 0 && offset < end) {
        throw malformed(`${what}: ${end - offset} bytes after its final end`, offset);
      }
    }
  }
  if (depth !== 0) throw malformed(`${what}: its final end is missing (${depth} blocks are open)`, end);
  if (into.branchTableTargets > limits.totalBrTableTargets) {
    throw overLimit(
      `${what}: ${into.branchTableTargets} br_table targets`,
      'totalBrTableTargets',
      into.branchTableTargets,
      limits.totalBrTableTargets,
      start,
    );
  }
  starts[count] = end;
  into.count = count;
}

const GENERAL = new Int32Array(2);

/** The shapes that are rare. Puts the first two numbers worth keeping into `out`; answers the labels of a br_table. */
function readGeneral(reader: Reader, id: number, out: Int32Array, limits: StructureLimits): number {
  let kept = 0;
  let targets = 0;
  const keep = (value: number): void => {
    if (kept < 2) out[kept++] = value;
  };
  out[0] = 0;
  out[1] = 0;
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
        keep(reader.offset);
        for (let i = 0; i <= count; i++) reader.u32('label');
        targets = count + 1;
        break;
      }
      case 'catches': {
        keep(reader.offset);
        const count = reader.count('catch clauses', limits.brTableTargets, 2);
        for (let i = 0; i < count; i++) {
          const at = reader.offset;
          const form = reader.u8('catch form');
          if (form > 3) throw malformed(`${reader.what}: unknown catch form ${hex(form)}`, at);
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
        const flags = reader.u8('cast flags');
        keep(reader.u32('label'));
        keep(flags);
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
        if (reader.u8('reserved byte') !== 0) throw malformed(`${reader.what}: a reserved byte is not zero`, at);
        break;
      }
      default:
        keep(reader.u32('index'));
    }
  }
  return targets;
}

/** A block type: negative for the empty and one-value forms (s33), else a type index. A reference type takes a heap type too. */
function readBlockType(reader: Reader): number {
  const at = reader.offset;
  const type = reader.s33('block type');
  if (type > 0x7fff_ffff) throw malformed(`${reader.what}: block type index ${type} is out of range`, at);
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
      throw malformed(`${reader.what}: ${what} does not fit in 64 bits`, start);
    }
    return;
  }
  throw malformed(`${reader.what}: ${what} is longer than 10 bytes`, start);
}
