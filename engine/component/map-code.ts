/** Writes code of a core module with the indices that its items have in the linked module. */
import { bug } from '../errors.ts';
import type { CodeBuffer } from '../wasm/code.ts';
import type { Immediate } from '../wasm/immediates.ts';
import { decodeInstructions, encodeInstruction, readInstruction } from '../wasm/instructions.ts';
import type { Body, Expression } from '../wasm/module.ts';
import { type ImmediateKind, OPCODES, opcode } from '../wasm/opcodes.ts';
import { malformed, Reader } from '../wasm/reader.ts';
import { writeValueType } from '../wasm/type-codec.ts';
import type { HeapType, RefType, ValueType } from '../wasm/types.ts';
import type { Writer } from '../wasm/writer.ts';

/** Where the items of one instance of a core module are in the linked module, by their index in the core module. */
export interface IndexMaps {
  readonly func: Uint32Array;
  readonly table: Uint32Array;
  readonly global: Uint32Array;
  readonly tag: Uint32Array;
  readonly type: Uint32Array;
  /** Index of its first segment of each kind. */
  readonly elem: number;
  readonly data: number;
  /** Functions that code refers to: what a core module exports need not be declared in it, but here its exports are gone. */
  readonly referenced: Set<number>;
}

/** Immediates that are indices of a module; the others are copied. Memories are not among them: there is one. */
const INDEXING: ReadonlySet<ImmediateKind> = new Set<ImmediateKind>([
  'func',
  'type',
  'table',
  'global',
  'tag',
  'elem',
  'data',
  'block',
  'heap',
  'types',
  'catches',
  'cast',
]);
const REF_FUNC = opcode('ref.func');
/** By row id. */
const MAPPED = Uint8Array.from(OPCODES, ({ immediates }) => (immediates.some((kind) => INDEXING.has(kind)) ? 1 : 0));
const BLOCK = Uint8Array.from(OPCODES, ({ immediates }) => (immediates.join() === 'block' ? 1 : 0));

/** The function's locals and instructions, without the length in front. */
export function writeBody(out: Writer, bytes: Uint8Array, body: Body, code: CodeBuffer, maps: IndexMaps): void {
  out.u32(body.locals.length);
  for (const { count, type } of body.locals) {
    out.u32(count);
    writeValueType(out, mapValueType(type, maps));
  }
  let copied = body.code.start;
  for (let i = 0; i < code.count; i++) {
    const id = code.ids[i] as number;
    if (MAPPED[id] === 0) continue;
    // Most blocks have no type of their own.
    if (
      BLOCK[id] === 1 &&
      (code.a[i] as number) < 0 &&
      (code.a[i] as number) !== -0x1d &&
      (code.a[i] as number) !== -0x1c
    )
      continue;
    const start = code.starts[i] as number;
    const end = code.starts[i + 1] as number;
    out.bytes(bytes, copied, start);
    writeMapped(out, bytes, start, end, maps);
    copied = end;
  }
  out.bytes(bytes, copied, body.code.end);
}

function writeMapped(out: Writer, bytes: Uint8Array, start: number, end: number, maps: IndexMaps): void {
  const { row, immediates } = readInstruction(new Reader(bytes, start, end, 'code'));
  const mapped = immediates.map((immediate) => mapImmediate(immediate, maps));
  if (row === REF_FUNC && mapped[0]?.kind === 'func') maps.referenced.add(mapped[0].value);
  encodeInstruction(out, { row, immediates: mapped });
}

/** A constant expression; with its `end`, or without it, as the beginning of other code. */
export function writeConstant(
  out: Writer,
  bytes: Uint8Array,
  expression: Expression,
  maps: IndexMaps,
  withEnd = true,
): void {
  for (const { row, immediates } of decodeInstructions(bytes, expression, 'constant expression')) {
    if (row.control === 'end' && !withEnd) return;
    encodeInstruction(out, { row, immediates: immediates.map((immediate) => mapImmediate(immediate, maps)) });
  }
}

function mapImmediate(immediate: Immediate, maps: IndexMaps): Immediate {
  switch (immediate.kind) {
    case 'func':
    case 'type':
    case 'table':
    case 'global':
    case 'tag':
      return { kind: immediate.kind, value: lookUp(maps[immediate.kind], immediate.value, immediate.kind) };
    case 'elem':
    case 'data':
      return { kind: immediate.kind, value: immediate.value + maps[immediate.kind] };
    case 'block': {
      const { value } = immediate;
      if (value === 'empty') return immediate;
      return {
        kind: 'block',
        value: typeof value === 'number' ? lookUp(maps.type, value, 'type') : mapValueType(value, maps),
      };
    }
    case 'heap':
      return { kind: 'heap', value: mapHeap(immediate.value, maps) };
    case 'types':
      return { kind: 'types', value: immediate.value.map((type) => mapValueType(type, maps)) };
    case 'catches':
      return {
        kind: 'catches',
        value: immediate.value.map((clause) =>
          clause.tag === undefined ? clause : { ...clause, tag: lookUp(maps.tag, clause.tag, 'tag') },
        ),
      };
    case 'cast':
      throw bug('a cast in a core module that passed the feature policy');
    default:
      return immediate;
  }
}

const lookUp = (map: Uint32Array, index: number, what: string): number => {
  const mapped = map[index];
  if (mapped === undefined) throw malformed(`there is no ${what} ${index} in the core module`, 0);
  return mapped;
};

const mapHeap = (heap: HeapType, maps: IndexMaps): HeapType =>
  typeof heap === 'number' ? lookUp(maps.type, heap, 'type') : heap;

function mapValueType(type: ValueType, maps: IndexMaps): ValueType {
  return typeof type === 'string' ? type : mapRefType(type, maps);
}

export function mapRefType(type: RefType, maps: IndexMaps): RefType {
  return typeof type.heap === 'number' ? { ...type, heap: mapHeap(type.heap, maps) } : type;
}
