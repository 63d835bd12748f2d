/**
 * What parts of a function cost V8's compilers, from measurements on Node 26 with Liftoff and TurboFan, the dearer of the
 * two each time. One unit is about 6 bytes of compiler memory or 10 ns. See "Why these structural limits?" in
 * docs/RATIONALE.md.
 */
import { OPCODES } from '../wasm/opcodes.ts';

/**
 * At places where control splits or meets: `each` for the place itself, `slot` for each slot of state (locals, and values
 * on the operand stack) that the compiler keeps or joins there.
 */
export const PLACES = {
  block: { each: 90, slot: 8 },
  /** Two copies of the state: for both arms of an if, or for a try and its handlers. */
  fork: { each: 300, slot: 16 },
  /** A branch, a clause of a catch, a call that a handler may catch: TurboFan joins each slot into a phi. */
  edge: { each: 200, slot: 8 },
  call: { each: 400, slot: 1 },
  /** Over 100 microseconds in TurboFan. */
  indirectCall: { each: 10_000, slot: 1 },
} as const;

/** A parameter or result of a block, besides being a slot of state. */
export const BLOCK_VALUE = 64;

/** By opcode name, `*` standing for any run of characters. The first line that matches counts. */
const OPERATIONS: readonly (readonly [weight: number, names: string])[] = [
  [3_000, 'table.grow'],
  [1_700, 'table.set'],
  [1_500, '*.trunc_sat_*'],
  [1_000, 'memory.grow'],
  [600, 'memory.fill memory.copy memory.init table.fill table.copy table.init'],
  [400, 'i32.rem_* i64.rem_*'],
  [350, 'data.drop elem.drop table.get'],
  [300, '*.trunc_f* memory.size table.size f32.copysign f64.copysign'],
  [200, 'i32.div_* i64.div_*'],
  [130, '*.load* *.store*'],
  [100, 'global.get global.set'],
  [1, 'nop drop local.get local.set local.tee end'],
  [40, '*'],
];

/** Weight by opcode row id. */
export const OPERATION_WEIGHTS = Uint16Array.from(OPCODES, ({ name }) => {
  for (const [weight, names] of OPERATIONS) {
    if (names.split(' ').some((pattern) => matches(pattern, name))) return weight;
  }
  return 0;
});

function matches(pattern: string, name: string): boolean {
  const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
  return new RegExp(`^${expression}$`).test(name);
}
