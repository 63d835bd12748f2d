/** Operations whose price depends on an operand: which they are, and where that operand is known before the run. */
import type { CodeBuffer } from '../wasm/code.ts';
import { OPCODES, opcode } from '../wasm/opcodes.ts';
import { OPERAND_PRICES, type OperandPriced, operandCost } from './costs.ts';

/** 1 for instructions whose price depends on an operand: as a rule they look at the fuel before they run. By opcode row id. */
export const SIZED = Uint8Array.from(OPCODES, ({ name }) => (Object.hasOwn(OPERAND_PRICES, name) ? 1 : 0));

/** Constant operands that add more than this are charged and looked at like others. */
const MAX_CONSTANT_OPERAND_COST = 2_000;

const I32_CONST = opcode('i32.const').id;

/**
 * What the operand of a sized instruction adds, if the instruction before it pushes a small constant: compilers copy and clear
 * structures so. Then it is an instruction like any other. Growing is not: what it costs depends on whether it succeeds.
 * @returns fuel; -1 if only the run knows
 */
export function constantOperandCost({ ids, a }: CodeBuffer, i: number): number {
  if (i === 0 || ids[i - 1] !== I32_CONST) return -1;
  const name = OPCODES[ids[i] as number]?.name as OperandPriced;
  if (name === 'memory.grow' || name === 'table.grow') return -1;
  const cost = operandCost(name, (a[i - 1] as number) >>> 0);
  return cost <= MAX_CONSTANT_OPERAND_COST ? cost : -1;
}
