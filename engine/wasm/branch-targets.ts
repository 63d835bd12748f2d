/** The branch targets that stand in vectors behind an instruction: labels of a br_table, catch clauses of a try_table. */
import { type CodeBuffer, readBlockType } from './code.ts';
import { Reader } from './reader.ts';

/** br_table and try_table have no prefix. */
const OPCODE_BYTES = 1;

/** One clause of a try_table. */
export interface CatchClause {
  /** 0 catch, 1 catch_ref, 2 catch_all, 3 catch_all_ref. */
  readonly form: number;
  /** Tag index; undefined for the catch_all forms. */
  readonly tag: number | undefined;
  readonly label: number;
}

/** The labels of the br_table at instruction `op`, the default last. */
export function branchTableLabels(bytes: Uint8Array, code: CodeBuffer, op: number): Uint32Array {
  const reader = new Reader(bytes, (code.starts[op] as number) + OPCODE_BYTES);
  const labels = new Uint32Array(reader.u32('labels') + 1);
  for (let i = 0; i < labels.length; i++) labels[i] = reader.u32('label');
  return labels;
}

/** How many clauses the try_table at instruction `op` has. */
export function catchClauseCount(bytes: Uint8Array, code: CodeBuffer, op: number): number {
  return clauseReader(bytes, code, op).u32('catch clauses');
}

/** The clauses of the try_table at instruction `op`, in order. */
export function catchClauses(bytes: Uint8Array, code: CodeBuffer, op: number): CatchClause[] {
  const reader = clauseReader(bytes, code, op);
  return Array.from({ length: reader.u32('catch clauses') }, () => {
    const form = reader.u8('catch form');
    const tag = form < 2 ? reader.u32('tag') : undefined;
    return { form, tag, label: reader.u32('label') };
  });
}

/** A reader behind the block type, where the clauses begin. */
function clauseReader(bytes: Uint8Array, code: CodeBuffer, op: number): Reader {
  const reader = new Reader(bytes, (code.starts[op] as number) + OPCODE_BYTES);
  readBlockType(reader);
  return reader;
}
