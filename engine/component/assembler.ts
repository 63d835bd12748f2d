/** A Writer that knows the instructions that linking writes. Opcode bytes come from the opcode table. */
import { opcode } from '../wasm/opcodes.ts';
import { Writer } from '../wasm/writer.ts';

const code = (name: string): number => opcode(name).code;

const OP = {
  unreachable: code('unreachable'),
  block: code('block'),
  loop: code('loop'),
  if: code('if'),
  end: code('end'),
  br: code('br'),
  brIf: code('br_if'),
  return: code('return'),
  call: code('call'),
  localGet: code('local.get'),
  localSet: code('local.set'),
  localTee: code('local.tee'),
  globalGet: code('global.get'),
  globalSet: code('global.set'),
  i32Const: code('i32.const'),
  i64Const: code('i64.const'),
} as const;

/** Plain instructions without immediates, by their names. */
const PLAIN = {
  'i32.eqz': code('i32.eqz'),
  'i32.eq': code('i32.eq'),
  'i32.lt_u': code('i32.lt_u'),
  'i32.ge_u': code('i32.ge_u'),
  'i32.add': code('i32.add'),
  'i32.mul': code('i32.mul'),
  'i32.or': code('i32.or'),
  'i32.wrap_i64': code('i32.wrap_i64'),
  'i64.eq': code('i64.eq'),
  'i64.gt_u': code('i64.gt_u'),
  'i64.or': code('i64.or'),
  'i64.shl': code('i64.shl'),
  'i64.shr_u': code('i64.shr_u'),
  'i64.div_u': code('i64.div_u'),
  'i64.rem_u': code('i64.rem_u'),
  'i64.extend_i32_u': code('i64.extend_i32_u'),
} as const;

const ACCESS = {
  'i32.load': code('i32.load'),
  'i32.load8_u': code('i32.load8_u'),
  'i64.load': code('i64.load'),
  'i32.store': code('i32.store'),
  'i32.store8': code('i32.store8'),
  'i64.store': code('i64.store'),
} as const;

const EMPTY_BLOCK = 0x40;

/** Alignments are never stated: they are hints, and nothing here depends on them. */
export class Assembler extends Writer {
  get(local: number): this {
    return this.u8(OP.localGet).u32(local);
  }

  set(local: number): this {
    return this.u8(OP.localSet).u32(local);
  }

  tee(local: number): this {
    return this.u8(OP.localTee).u32(local);
  }

  getGlobal(index: number): this {
    return this.u8(OP.globalGet).u32(index);
  }

  setGlobal(index: number): this {
    return this.u8(OP.globalSet).u32(index);
  }

  call(funcIndex: number): this {
    return this.u8(OP.call).u32(funcIndex);
  }

  i32(value: number): this {
    return this.u8(OP.i32Const).s32(value);
  }

  i64(value: number): this {
    return this.u8(OP.i64Const).s53(value);
  }

  plain(name: keyof typeof PLAIN): this {
    return this.u8(PLAIN[name]);
  }

  /** A load or store at the address on the stack plus `offset`. */
  access(name: keyof typeof ACCESS, offset = 0): this {
    return this.u8(ACCESS[name]).u32(0).u32(offset);
  }

  if(): this {
    return this.u8(OP.if).u8(EMPTY_BLOCK);
  }

  block(): this {
    return this.u8(OP.block).u8(EMPTY_BLOCK);
  }

  loop(): this {
    return this.u8(OP.loop).u8(EMPTY_BLOCK);
  }

  br(label: number): this {
    return this.u8(OP.br).u32(label);
  }

  brIf(label: number): this {
    return this.u8(OP.brIf).u32(label);
  }

  return(): this {
    return this.u8(OP.return);
  }

  end(): this {
    return this.u8(OP.end);
  }

  trap(): this {
    return this.u8(OP.unreachable);
  }
}
