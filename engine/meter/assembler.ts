/** A Writer that knows the few instructions the meter itself writes. Opcode bytes come from the opcode table. */
import { opcode } from '../wasm/opcodes.ts';
import { Writer } from '../wasm/writer.ts';

const code = (name: string): number => opcode(name).code;

/** Opcode bytes of the instructions that the meter emits. */
export const OP = {
  unreachable: code('unreachable'),
  nop: code('nop'),
  block: code('block'),
  loop: code('loop'),
  if: code('if'),
  else: code('else'),
  end: code('end'),
  try: code('try'),
  tryTable: code('try_table'),
  throwRef: code('throw_ref'),
  catchAll: code('catch_all'),
  rethrow: code('rethrow'),
  br: code('br'),
  brIf: code('br_if'),
  brTable: code('br_table'),
  return: code('return'),
  call: code('call'),
  returnCall: code('return_call'),
  callIndirect: code('call_indirect'),
  returnCallIndirect: code('return_call_indirect'),
  callRef: code('call_ref'),
  returnCallRef: code('return_call_ref'),
  refFunc: code('ref.func'),
  localGet: code('local.get'),
  localSet: code('local.set'),
  localTee: code('local.tee'),
  globalGet: code('global.get'),
  globalSet: code('global.set'),
  memorySize: code('memory.size'),
  i32Const: code('i32.const'),
  i64Const: code('i64.const'),
  f64Const: code('f64.const'),
  i32Eqz: code('i32.eqz'),
  i32Eq: code('i32.eq'),
  i32Ne: code('i32.ne'),
  i32LtS: code('i32.lt_s'),
  i32LtU: code('i32.lt_u'),
  i32GtS: code('i32.gt_s'),
  i32GtU: code('i32.gt_u'),
  i32LeS: code('i32.le_s'),
  i32LeU: code('i32.le_u'),
  i32GeS: code('i32.ge_s'),
  i32GeU: code('i32.ge_u'),
  select: code('select'),
  i32Add: code('i32.add'),
  i32Sub: code('i32.sub'),
  i32DivU: code('i32.div_u'),
  i32And: code('i32.and'),
  i32Or: code('i32.or'),
  i64LtS: code('i64.lt_s'),
  i64Eq: code('i64.eq'),
  i64Ne: code('i64.ne'),
  i64GtU: code('i64.gt_u'),
  f64Ge: code('f64.ge'),
  f64Min: code('f64.min'),
  i64Add: code('i64.add'),
  i64Sub: code('i64.sub'),
  i64Mul: code('i64.mul'),
  i64And: code('i64.and'),
  i64Or: code('i64.or'),
  i64Shl: code('i64.shl'),
  i64ShrS: code('i64.shr_s'),
  i64ShrU: code('i64.shr_u'),
  i32Wrap: code('i32.wrap_i64'),
  i64ExtendS: code('i64.extend_i32_s'),
  i64ExtendU: code('i64.extend_i32_u'),
  i64TruncF64: code('i64.trunc_f64_s'),
  f64ConvertI64: code('f64.convert_i64_s'),
  i32ReinterpretF32: code('i32.reinterpret_f32'),
  i64ReinterpretF64: code('i64.reinterpret_f64'),
  f32ReinterpretI32: code('f32.reinterpret_i32'),
  f64ReinterpretI64: code('f64.reinterpret_i64'),
} as const;

/** The block type without operands. */
export const EMPTY_BLOCK = 0x40;

const f64Bytes = new Uint8Array(8);
const f64View = new DataView(f64Bytes.buffer);

export class Assembler extends Writer {
  op(byte: number): this {
    this.u8(byte);
    return this;
  }

  get(local: number): this {
    return this.op(OP.localGet).u32(local);
  }

  set(local: number): this {
    return this.op(OP.localSet).u32(local);
  }

  tee(local: number): this {
    return this.op(OP.localTee).u32(local);
  }

  getGlobal(index: number): this {
    return this.op(OP.globalGet).u32(index);
  }

  setGlobal(index: number): this {
    return this.op(OP.globalSet).u32(index);
  }

  call(funcIndex: number): this {
    return this.op(OP.call).u32(funcIndex);
  }

  i32(value: number): this {
    return this.op(OP.i32Const).s32(value);
  }

  /** A constant of at most 53 bits. */
  i64(value: number): this {
    return this.op(OP.i64Const).s53(value);
  }

  f64(value: number): this {
    f64View.setFloat64(0, value, true);
    return this.op(OP.f64Const).bytes(f64Bytes);
  }

  /** `if` without operands. */
  if(): this {
    return this.op(OP.if).u8(EMPTY_BLOCK);
  }

  else(): this {
    return this.op(OP.else);
  }

  end(): this {
    return this.op(OP.end);
  }

  trap(): this {
    return this.op(OP.unreachable);
  }
}
