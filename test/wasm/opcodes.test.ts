/** The opcode table against V8: every row is true, and nothing is missing. */
import { describe, expect, it } from 'vitest';
import { CodeBuffer, scanCode } from '../../engine/wasm/code.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { encodeModule } from '../../engine/wasm/encode.ts';
import { decodeInstructions } from '../../engine/wasm/instructions.ts';
import type { Body } from '../../engine/wasm/module.ts';
import { isPrefix, NO_OPCODE, OPCODES, opcode, opcodeId } from '../../engine/wasm/opcodes.ts';
import { moduleFor, recipeMistakes } from '../support/opcode-modules.ts';
import { body, leb, section, TYPES, vector, wasm } from '../support/wasm-bytes.ts';

/** The table says what V8 14 accepts; older ones know less. */
const isV8OfTheTable = Number(process.versions.v8.split('.')[0]) >= 14;
if (!isV8OfTheTable)
  console.warn(`skipped: comparing the opcode table with V8 ${process.versions.v8}, it is that of Node 26`);

/**
 * struct.new_desc and struct.new_default_desc: V8 looks at the type before it looks at the flag of the proposal, and
 * without the flag no type has the descriptor that they need, so that no module with them is valid.
 */
const NEVER_VALID = ['fb 20', 'fb 21'];

const compileError = (bytes: Uint8Array): string | undefined => {
  try {
    new WebAssembly.Module(bytes as BufferSource);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('each row', () => {
  it('has a recipe in this test exactly where its signature is open', () => {
    expect(recipeMistakes()).toEqual([]);
  });

  it.runIf(isV8OfTheTable)('makes a module that V8 accepts, with the operands and results that it claims', () => {
    const refused = OPCODES.map((row) => `${row.name}: ${compileError(moduleFor(row)) ?? 'accepted'}`);
    expect(refused.filter((line) => !line.endsWith(': accepted'))).toEqual([]);
    expect(OPCODES.length).toBeGreaterThan(550);
  });

  it('is decoded, scanned and encoded alike', () => {
    const buffer = new CodeBuffer();
    for (const row of OPCODES) {
      const bytes = moduleFor(row);
      const module = decodeModule(bytes);
      const { code } = module.bodies[1] as Body;
      const instructions = [...decodeInstructions(bytes, code)];
      expect(instructions.map((instruction) => instruction.row)).toContain(row);
      scanCode(bytes, code.start, code.end, buffer, row.name);
      expect([...buffer.ids.subarray(0, buffer.count)]).toEqual(instructions.map((instruction) => instruction.row.id));
      expect([...buffer.starts.subarray(0, buffer.count)]).toEqual(instructions.map(({ offset }) => offset));
      expect(buffer.starts[buffer.count]).toBe(code.end);
      expect(encodeModule(module, { reencodeCode: true })).toEqual(bytes);
    }
  });
});

const moduleWith = (code: readonly number[], types: readonly number[] = TYPES): Uint8Array =>
  wasm(types, section(3, vector([0])), section(10, vector(body(code))));

describe('the table as a whole', () => {
  it('has each name and each code once', () => {
    expect(new Set(OPCODES.map(({ name }) => name)).size).toBe(OPCODES.length);
    expect(new Set(OPCODES.map(({ prefix, code }) => prefix * 0x1_0000 + code)).size).toBe(OPCODES.length);
    for (const row of OPCODES) {
      expect(opcodeId(row.prefix, row.code)).toBe(row.id);
      expect(OPCODES[row.id]).toBe(row);
      expect(opcode(row.name)).toBe(row);
    }
  });

  it('answers NO_OPCODE for what is outside it', () => {
    expect(opcodeId(0, 0xff)).toBe(NO_OPCODE);
    expect(opcodeId(0, 0xfc)).toBe(NO_OPCODE);
    expect(opcodeId(0xfd, 0x200)).toBe(NO_OPCODE);
    expect(opcodeId(0xfe, 0xffff_ffff)).toBe(NO_OPCODE);
    expect(() => opcode('i32.frobnicate')).toThrow(/no opcode named i32.frobnicate/);
  });

  it.runIf(isV8OfTheTable)('knows exactly the opcodes that V8 knows: all bytes, all four prefixes up to 0x20f', () => {
    const codes: (readonly [number, number])[] = Array.from({ length: 0x100 }, (_, byte) => [0, byte] as const).filter(
      ([, byte]) => !isPrefix(byte),
    );
    for (const prefix of [0xfb, 0xfc, 0xfd, 0xfe]) {
      for (let code = 0; code < 0x210; code++) codes.push([prefix, code]);
    }
    const different = new Map<string, string | undefined>();
    let known = 0;
    for (const [prefix, code] of codes) {
      const opcodeBytes = prefix === 0 ? [code] : [prefix, ...leb(code)];
      // Behind `unreachable` no operand is missing; the zeros are immediates or more `unreachable`.
      const bytes = moduleWith([0, ...opcodeBytes, ...new Uint8Array(24), 0x0b]);
      const knownByV8 = !/invalid( \w+)? opcode/i.test(compileError(bytes) ?? '');
      const knownByUs = opcodeId(prefix, code) !== NO_OPCODE;
      if (knownByUs) known++;
      if (knownByUs !== knownByV8) different.set(`${prefix.toString(16)} ${code.toString(16)}`, compileError(bytes));
    }
    expect([...different.keys()], JSON.stringify([...different])).toEqual(NEVER_VALID);
    expect(known).toBe(OPCODES.length);
  });

  it.runIf(isV8OfTheTable)('leaves out two that V8 knows by name only', () => {
    const structType = section(1, vector([0x60, 0, 0], [0x5f, 0]));
    for (const code of [0x20, 0x21]) {
      expect(compileError(moduleWith([0, 0xfb, code, 1, 0x1a, 0x0b], structType))).toMatch(/without descriptor/);
    }
  });
});
