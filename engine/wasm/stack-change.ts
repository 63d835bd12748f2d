/** How each opcode changes the height of the operand stack. */
import { OPCODES } from './opcodes.ts';

/** Where the signature is not fixed. */
const UNFIXED: Readonly<Record<string, number>> = {
  drop: -1,
  select: -2,
  select_t: -2,
  'local.get': 1,
  'local.set': -1,
  'global.get': 1,
  'global.set': -1,
  br_if: -1,
  br_on_non_null: -1,
};

/** Values that an opcode adds or takes off, by row id; 0 for blocks and calls, where types decide. */
export const STACK_CHANGE = Int8Array.from(OPCODES, ({ name, params, results }) =>
  params !== undefined && results !== undefined ? results.length - params.length : (UNFIXED[name] ?? 0),
);
