/**
 * Instructions as objects: one for each, with its row of the opcode table and its immediates. For people, printers and
 * tests; the stages that look at every instruction of large modules use code.ts, which allocates nothing.
 */
import { STRUCTURE } from '../limits.ts';
import { type Immediate, type InstructionLimits, readImmediate, writeImmediate } from './immediates.ts';
import type { Span } from './module.ts';
import { isPrefix, NO_OPCODE, OPCODES, type Opcode, opcodeId } from './opcodes.ts';
import { hex, Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export interface Instruction {
  readonly row: Opcode;
  /** Absolute offset of the opcode. */
  readonly offset: number;
  /** One for each of `row.immediates`, in that order. */
  readonly immediates: readonly Immediate[];
}

const NONE: readonly Immediate[] = Object.freeze([]);

/** @throws INVALID_MODULE for what is not an instruction, LIMIT_EXCEEDED for a br_table with too many labels */
export function readInstruction(reader: Reader, limits: InstructionLimits = STRUCTURE): Instruction {
  const offset = reader.offset;
  const row = readOpcode(reader);
  if (row.immediates.length === 0) return { row, offset, immediates: NONE };
  return { row, offset, immediates: row.immediates.map((kind) => readImmediate(reader, kind, limits)) };
}

function readOpcode(reader: Reader): Opcode {
  const offset = reader.offset;
  const byte = reader.u8('an instruction');
  const prefix = isPrefix(byte) ? byte : 0;
  const code = prefix === 0 ? byte : reader.u32('opcode');
  const id = opcodeId(prefix, code);
  const row = id === NO_OPCODE ? undefined : OPCODES[id];
  if (row === undefined)
    throw reader.malformed(`unknown opcode ${prefix === 0 ? '' : `${hex(prefix)} `}${hex(code)}`, offset);
  return row;
}

/**
 * The instructions of a span, one after the other, the final `end` included. Whether blocks are closed is not checked.
 * @param span a function's `code` or an expression
 * @param what names the sequence in messages
 */
export function* decodeInstructions(
  bytes: Uint8Array,
  span: Span,
  what = 'code',
  limits: InstructionLimits = STRUCTURE,
): Generator<Instruction, void, undefined> {
  const reader = new Reader(bytes, span.start, span.end, what);
  while (!reader.done) yield readInstruction(reader, limits);
}

/** Writes an instruction in the shortest form. */
export function encodeInstruction(writer: Writer, { row, immediates }: Omit<Instruction, 'offset'>): void {
  if (row.prefix === 0) writer.u8(row.code);
  else writer.u8(row.prefix).u32(row.code);
  for (const immediate of immediates) writeImmediate(writer, immediate);
}

/** For code that was accepted already: what its bytes can hold is bound enough. */
const UNLIMITED: InstructionLimits = { brTableTargets: Number.POSITIVE_INFINITY };

/** Decodes a span and writes it again, each instruction in its shortest form. */
export function reencodeInstructions(writer: Writer, bytes: Uint8Array, span: Span): void {
  for (const instruction of decodeInstructions(bytes, span, 'code', UNLIMITED)) encodeInstruction(writer, instruction);
}
