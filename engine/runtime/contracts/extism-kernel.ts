/**
 * The part of `extism:host/env` that only moves bytes, as WebAssembly: a guest reads and writes its blocks in words, and a call from
 * WebAssembly to WebAssembly costs a tenth of one to JavaScript. Addresses are checked as unsigned 64-bit numbers against
 * the memory of the blocks as it is at that moment; what leads outside ends the call.
 */
import type { KernelFunction } from '../../abi/extism.ts';
import { KERNEL_FUNCTIONS } from '../../abi/extism.ts';
import { Assembler, OP } from '../../meter/assembler.ts';
import { opcode } from '../../wasm/opcodes.ts';
import { NUMBER_TYPES, type NumberType } from '../../wasm/types.ts';
import { Writer } from '../../wasm/writer.ts';

export interface Kernel {
  /** For the guest to import. */
  readonly functions: WebAssembly.Exports;
  /** Says where the input of the next call lies. */
  readonly setInput: (at: number, length: number) => void;
}

/** @param onFault told of an address that leads outside; it throws */
export function makeKernel(memory: WebAssembly.Memory, onFault: (address: bigint) => never): Kernel {
  module ??= new WebAssembly.Module(encodeKernel());
  const { exports } = new WebAssembly.Instance(module, {
    host: { memory, fault: onFault as CallableFunction & (() => never) },
  });
  const { [SET_INPUT]: setInput, ...functions } = exports;
  return { functions, setInput: setInput as unknown as Kernel['setInput'] };
}

/** The same for all instances. */
let module: WebAssembly.Module | undefined;

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const SECTION = { type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const;
const KIND = { function: 0, memory: 2 } as const;
const MUTABLE = 1;
const FUNCTION_TYPE = 0x60;
/** The one function that the guest does not get. */
const SET_INPUT = 'set_input';
const FAULT = 0;
const INPUT_AT = 0;
const INPUT_LENGTH = 1;
/** Shift from pages to bytes. */
const PAGE_BITS = 16;

interface Access {
  readonly instruction: string;
  readonly bytes: number;
}

const BYTE_LOAD: Access = { instruction: 'i32.load8_u', bytes: 1 };
const WORD_LOAD: Access = { instruction: 'i64.load', bytes: 8 };
const BYTE_STORE: Access = { instruction: 'i32.store8', bytes: 1 };
const WORD_STORE: Access = { instruction: 'i64.store', bytes: 8 };

const FUNCTIONS = {
  ...KERNEL_FUNCTIONS,
  [SET_INPUT]: { params: ['i32', 'i32'], results: [] },
} as const satisfies Record<
  string,
  { readonly params: readonly NumberType[]; readonly results: readonly NumberType[] }
>;

const BODIES: Readonly<Record<KernelFunction | typeof SET_INPUT, (code: Assembler) => void>> = {
  load_u8: (code) => load(code, BYTE_LOAD),
  load_u64: (code) => load(code, WORD_LOAD),
  store_u8: (code) => store(code, BYTE_STORE),
  store_u64: (code) => store(code, WORD_STORE),
  input_load_u8: (code) => loadInput(code, BYTE_LOAD),
  input_load_u64: (code) => loadInput(code, WORD_LOAD),
  input_length: (code) => code.getGlobal(INPUT_LENGTH),
  input_offset: (code) => code.getGlobal(INPUT_AT),
  [SET_INPUT]: (code) => {
    code.get(0).op(OP.i64ExtendU).setGlobal(INPUT_AT);
    code.get(1).op(OP.i64ExtendU).setGlobal(INPUT_LENGTH);
  },
};

function encodeKernel(): Uint8Array<ArrayBuffer> {
  const functions = Object.entries(FUNCTIONS);
  const types = new Writer().u32(functions.length + 1);
  writeType(types, ['i64'], []);
  for (const [, { params, results }] of functions) writeType(types, params, results);
  const imports = new Writer().u32(2);
  imports.name('host').name('fault').u8(KIND.function).u32(0);
  imports.name('host').name('memory').u8(KIND.memory).u8(0).u32(1);
  const globals = new Writer().u32(2);
  for (let i = 0; i < 2; i++) globals.u8(NUMBER_TYPES.i64).u8(MUTABLE).u8(OP.i64Const).u8(0).u8(OP.end);
  const declared = new Writer().u32(functions.length);
  const exports = new Writer().u32(functions.length);
  const bodies = new Writer().u32(functions.length);
  for (const [i, [name]] of functions.entries()) {
    declared.u32(i + 1);
    exports
      .name(name)
      .u8(KIND.function)
      .u32(i + 1);
    const code = new Assembler();
    code.u32(0);
    BODIES[name as keyof typeof BODIES](code);
    const body = code.end().finish();
    bodies.u32(body.length).bytes(body);
  }
  return new Writer()
    .bytes(HEADER)
    .section(SECTION.type, types.finish())
    .section(SECTION.import, imports.finish())
    .section(SECTION.function, declared.finish())
    .section(SECTION.global, globals.finish())
    .section(SECTION.export, exports.finish())
    .section(SECTION.code, bodies.finish())
    .finish();
}

function writeType(types: Writer, params: readonly NumberType[], results: readonly NumberType[]): void {
  types.u8(FUNCTION_TYPE);
  for (const list of [params, results]) {
    types.u32(list.length);
    for (const type of list) types.u8(NUMBER_TYPES[type]);
  }
}

/** if (address > memory.size * 64 Ki - bytes) fault(address); return memory[address] */
function load(code: Assembler, { instruction, bytes }: Access): void {
  checkAddress(code, bytes);
  code.get(0).op(OP.i32Wrap);
  access(code, instruction);
}

function store(code: Assembler, { instruction, bytes }: Access): void {
  checkAddress(code, bytes);
  code.get(0).op(OP.i32Wrap).get(1);
  access(code, instruction);
}

function checkAddress(code: Assembler, bytes: number): void {
  code.get(0);
  code.op(OP.memorySize).u8(0).op(OP.i64ExtendU).i64(PAGE_BITS).op(OP.i64Shl).i64(bytes).op(OP.i64Sub);
  code.op(OP.i64GtU).if().get(0).call(FAULT).trap().end();
}

/** Past the end of the input there is nothing: zero. offset > length || length - offset < bytes ? 0 : memory[input + offset] */
function loadInput(code: Assembler, { instruction, bytes }: Access): void {
  code.get(0).getGlobal(INPUT_LENGTH).op(OP.i64GtU);
  code.i64(bytes).getGlobal(INPUT_LENGTH).get(0).op(OP.i64Sub).op(OP.i64GtU);
  code.op(OP.i32Or).if();
  if (bytes === 1) code.i32(0);
  else code.i64(0);
  code.op(OP.return).end();
  code.getGlobal(INPUT_AT).get(0).op(OP.i64Add).op(OP.i32Wrap);
  access(code, instruction);
}

/** Unaligned, without an offset of its own. */
function access(code: Assembler, instruction: string): void {
  code.op(opcode(instruction).code).u32(0).u32(0);
}
