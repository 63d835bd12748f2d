/**
 * The judge of the meter: an instrumenter so simple that it is right at sight.
 *
 * Before each instruction it adds that instruction's price to a global, at the start of each function the price of entering
 * it, and behind each operation with a price by operand what the operand adds. No merging, no flow graph, no checks, no limits: a
 * run that ends normally leaves in the global what the meter must have charged, to the unit.
 *
 * It shares the cost table and the decoder with the meter, and nothing else.
 */
import {
  type CostTable,
  costOf,
  DEFAULT_COSTS,
  entryCost,
  OPERAND_PRICES,
  type OperandPriced,
} from '../../../engine/meter/costs.ts';
import { decodeModule } from '../../../engine/wasm/decode.ts';
import { decodeInstructions } from '../../../engine/wasm/instructions.ts';
import type { Body, Module } from '../../../engine/wasm/module.ts';
import { functionTypeOf } from '../../../engine/wasm/module.ts';
import { SECTION, SECTION_ORDER } from '../../../engine/wasm/sections/layout.ts';
import { Writer } from '../../../engine/wasm/writer.ts';

/** Name of the exported i64 global with the count. */
export const COUNT = 'reference count';
/** Name of the exported start function: it is taken out, so that its count can be told from that of a failed instantiation. */
const START = 'reference start';

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const I32 = 0x7f;
const I64 = 0x7e;
const MUTABLE = 1;
const FUNCTION_EXPORT = 0;
const GLOBAL_EXPORT = 3;
const EMPTY_BLOCK = 0x40;
const OP = {
  if: 0x04,
  end: 0x0b,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Ne: 0x47,
  i64Add: 0x7c,
  i64Mul: 0x7e,
  i64DivU: 0x80,
  i64ExtendI32U: 0xad,
} as const;

/** The module with the count, and without its start function (see {@link startCounting}). It must be valid. */
export function countingModule(bytes: Uint8Array, costs: CostTable = DEFAULT_COSTS): Uint8Array<ArrayBuffer> {
  const module = decodeModule(bytes);
  const count = module.imported.global + module.globals.length;
  const out = new Writer(bytes.length * 8).bytes(HEADER);
  for (const id of SECTION_ORDER) {
    const content = rewriteSection(module, id, count, costs);
    if (content !== undefined) out.section(id, content);
  }
  return out.finish();
}

/** The fuel that an instance of a counting module has used since the count was last set to zero. */
export function takeCount({ exports }: WebAssembly.Instance): number {
  const global = exports[COUNT] as WebAssembly.Global<'i64'>;
  const count = Number(global.value);
  global.value = 0n;
  return count;
}

/** What a host function does that costs fuel. */
export function addCount({ exports }: WebAssembly.Instance, fuel: number): void {
  const global = exports[COUNT] as WebAssembly.Global<'i64'>;
  global.value += BigInt(fuel);
}

/** Runs the module's start function, if it had one. */
export function startCounting({ exports }: WebAssembly.Instance): void {
  (exports[START] as (() => void) | undefined)?.();
}

function rewriteSection(module: Module, id: number, count: number, costs: CostTable): Uint8Array | undefined {
  switch (id) {
    case SECTION.global: {
      const own = new Writer().u8(I64).u8(MUTABLE).u8(OP.i64Const).s32(0).u8(OP.end);
      return withMore(module, id, module.globals.length, [own]);
    }
    case SECTION.export: {
      const own = [new Writer().name(COUNT).u8(GLOBAL_EXPORT).u32(count)];
      if (module.start !== undefined)
        own.push(new Writer().name(START).u8(FUNCTION_EXPORT).u32(module.start.funcIndex));
      return withMore(module, id, module.exports.length, own);
    }
    case SECTION.start:
      return undefined;
    case SECTION.code: {
      if (module.bodies.length === 0) break;
      const code = new Writer().u32(module.bodies.length);
      for (const [i, body] of module.bodies.entries()) {
        const counting = countingBody(module, body, module.imported.func + i, count, costs);
        code.u32(counting.length).bytes(counting);
      }
      return code.finish();
    }
  }
  const span = module.sections[id];
  return span && module.bytes.subarray(span.start, span.end);
}

/** The section with items behind its own. */
function withMore(module: Module, id: number, items: number, more: readonly Writer[]): Uint8Array {
  const span = module.sections[id];
  const section = new Writer().u32(items + more.length);
  // Behind the old count, whose length depends on how it was written.
  if (span !== undefined) section.bytes(module.bytes, span.start + lebLength(module.bytes, span.start), span.end);
  for (const item of more) section.bytes(item.view());
  return section.finish();
}

function lebLength(bytes: Uint8Array, at: number): number {
  let length = 1;
  while ((bytes[at + length - 1] as number) >= 0x80) length++;
  return length;
}

function countingBody(module: Module, body: Body, funcIndex: number, count: number, costs: CostTable): Uint8Array {
  const { bytes } = module;
  const operand = (functionTypeOf(module, funcIndex)?.params.length ?? 0) + body.localCount;
  const result = operand + 1;
  const out = new Writer();
  out.u32(body.locals.length + 1);
  const groups = body.span.start + lebLength(bytes, body.span.start);
  out.bytes(bytes, groups, body.code.start).u32(2).u8(I32);

  const charge = (price: number): void => {
    if (price !== 0)
      out.u8(OP.globalGet).u32(count).u8(OP.i64Const).s53(price).u8(OP.i64Add).u8(OP.globalSet).u32(count);
  };
  const chargeOperand = ({ fuel, units }: { fuel: number; units: number }): void => {
    out.u8(OP.globalGet).u32(count);
    out.u8(OP.localGet).u32(operand).u8(OP.i64ExtendI32U).u8(OP.i64Const).s53(units).u8(OP.i64DivU);
    out.u8(OP.i64Const).s53(fuel).u8(OP.i64Mul).u8(OP.i64Add).u8(OP.globalSet).u32(count);
  };

  charge(entryCost(body.localCount));
  const instructions = [...decodeInstructions(bytes, body.code)];
  for (const [i, { row, offset }] of instructions.entries()) {
    charge(costOf(row, costs));
    const priced = Object.hasOwn(OPERAND_PRICES, row.name) ? OPERAND_PRICES[row.name as OperandPriced] : undefined;
    // The operand that sizes the work is the last one of each of these.
    if (priced !== undefined) out.u8(OP.localTee).u32(operand);
    out.bytes(bytes, offset, instructions[i + 1]?.offset ?? body.code.end);
    if (priced === undefined) continue;
    if (row.results?.length === 0) {
      chargeOperand(priced);
      continue;
    }
    // memory.grow and table.grow answer -1 when they did nothing.
    out.u8(OP.localTee).u32(result);
    out.u8(OP.localGet).u32(result).u8(OP.i32Const).s32(-1).u8(OP.i32Ne).u8(OP.if).u8(EMPTY_BLOCK);
    chargeOperand(priced);
    out.u8(OP.end);
  }
  return out.finish();
}
