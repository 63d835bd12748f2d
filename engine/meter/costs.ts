/**
 * What each instruction costs: policy only, no mechanism. One fuel is about the time of one simple instruction.
 *
 * Prices follow what classes of instructions take on V8 relative to each other, roughly; they err on the dear side for
 * work that a guest can ask for in bulk. Changing any number here is a new COST_TABLE_VERSION: it is part of
 * every cache key, so that no module runs at old prices (CosmWasm's CWA-2024-004 is what happens otherwise).
 */
import { OPCODES } from '../wasm/opcodes.ts';

export const COST_TABLE_VERSION = 1;

/** Prices by opcode name, `*` standing for any run of characters. The first line that matches counts; the last matches all. */
const PRICES: readonly (readonly [price: number, names: string])[] = [
  // They only shape the flow of control: V8 emits no code for them.
  [0, 'nop block loop else end drop try try_table delegate catch catch_all'],
  [4, 'call return_call'],
  [8, 'call_indirect call_ref return_call_indirect return_call_ref'],
  // V8 allocates an exception and unwinds frame by frame.
  [5_000, 'throw throw_ref rethrow'],
  [3, 'br_table'],
  [8, 'i32.div_* i32.rem_* i64.div_* i64.rem_*'],
  [4, 'f32.div f64.div f32.sqrt f64.sqrt'],
  [3, 'i32.trunc_* i64.trunc_*'],
  [2, 'f32.nearest f64.nearest f32.min f32.max f64.min f64.max f32.convert_i64_u f64.convert_i64_u'],
  [4, 'table.get ref.func'],
  [100, 'table.set'],
  [2, 'memory.size table.size'],
  // The fixed part; what their operand asks for is in OPERAND_PRICES.
  [50, 'memory.fill memory.copy memory.init table.fill table.copy table.init data.drop elem.drop'],
  [200, 'memory.grow table.grow'],
  [8, 'f32x4.div f64x2.div f32x4.sqrt f64x2.sqrt'],
  [4, 'i64x2.mul i8x16.popcnt i32x4.trunc_sat_* f64x2.convert_* f32x4.convert_i32x4_u i8x16.sh* *.nearest'],
  [2, '*x*.* v128.*'],
  [1, '*'],
];

/** Work that is sized by an operand: `units` of it cost `fuel`, rounded down. Paid only if it succeeds. */
export const OPERAND_PRICES = {
  'memory.fill': { fuel: 1, units: 16 },
  'memory.copy': { fuel: 1, units: 16 },
  'memory.init': { fuel: 1, units: 16 },
  'table.fill': { fuel: 100, units: 1 },
  'table.copy': { fuel: 100, units: 1 },
  'table.init': { fuel: 100, units: 1 },
  'memory.grow': { fuel: 5_000, units: 1 },
  'table.grow': { fuel: 100, units: 1 },
} as const satisfies Record<string, { fuel: number; units: number }>;

export type OperandPriced = keyof typeof OPERAND_PRICES;

/** On entering a function: the call frame, and V8 sets each declared local to zero. */
export function entryCost(declaredLocals: number): number {
  return 1 + Math.floor(declaredLocals / 4);
}

/** Prices as the meter uses them: by row id. */
export interface CostTable {
  readonly version: number;
  /** Fuel by opcode row id. */
  readonly prices: Float64Array;
}

/** What `meter({ costs })` takes: a price for each named opcode; the others keep theirs. Whole numbers from 0 to 10,000. */
export type CostOverrides = { readonly [opcode: string]: number };

const DEFAULT_PRICES = Float64Array.from(OPCODES, ({ name }) => {
  const line = PRICES.find(([, names]) => names.split(' ').some((pattern) => matches(pattern, name)));
  return line?.[0] ?? 1;
});

export const DEFAULT_COSTS: CostTable = { version: COST_TABLE_VERSION, prices: DEFAULT_PRICES };

/** Fuel of one execution of an instruction, without what its operand adds. */
export function costOf(row: { readonly id: number }, costs: CostTable = DEFAULT_COSTS): number {
  return costs.prices[row.id] as number;
}

/** Fuel that an operand-sized instruction costs on top when it succeeds; `operand` is the unsigned length or delta. */
export function operandCost(name: OperandPriced, operand: number): number {
  const { fuel, units } = OPERAND_PRICES[name];
  return Math.floor(operand / units) * fuel;
}

function matches(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const parts = pattern.split('*');
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const found = i === 0 ? (name.startsWith(part) ? 0 : -1) : name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return pattern.endsWith('*') || name.endsWith(parts.at(-1) ?? '');
}
