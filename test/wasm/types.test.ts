/** Types and limits against V8: for each byte that may stand there, our verdict is V8's. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { EXTERNREF, FUNCREF, sameSignature, sameType, signatureName, typeName } from '../../engine/wasm/types.ts';
import { section, vector, wasm } from '../support/wasm-bytes.ts';

const isV8OfTheTypes = Number(process.versions.v8.split('.')[0]) >= 14;
if (!isV8OfTheTypes) console.warn(`skipped: comparing types with V8 ${process.versions.v8}, they are those of Node 26`);

function differences(moduleOf: (byte: number) => Uint8Array): string[] {
  const lines: string[] = [];
  for (let byte = 0; byte < 0x100; byte++) {
    const bytes = moduleOf(byte);
    const v8 = WebAssembly.validate(bytes as BufferSource);
    let ours = true;
    try {
      decodeModule(bytes);
    } catch {
      ours = false;
    }
    if (ours !== v8) lines.push(`0x${byte.toString(16)}: ${ours ? 'we take it' : 'V8 takes it'}`);
  }
  return lines;
}

describe.runIf(isV8OfTheTypes)('our verdict is that of V8', () => {
  it.each([
    ['value types', (byte: number) => wasm(section(1, vector([0x60, 1, byte, 0])))],
    ['result types', (byte: number) => wasm(section(1, vector([0x60, 0, 1, byte])))],
    [
      'abstract heap types',
      (byte: number) => wasm(section(1, vector([0x60, 1, 0x64, byte === 0 ? 0 : byte | 0x40, 0]))),
    ],
    ['field types', (byte: number) => wasm(section(1, vector([0x5f, 1, byte, 0])))],
    ['element types', (byte: number) => wasm(section(1, vector([0x5e, byte, 1])))],
    ['forms of types', (byte: number) => wasm(section(1, vector([byte, 0, 0])))],
    [
      'kinds of imports',
      (byte: number) => wasm(section(1, vector([0x60, 0, 0])), section(2, vector([0, 0, byte, 0, 0]))),
    ],
  ] as const)('%s', (_, moduleOf) => {
    expect(differences(moduleOf)).toEqual([]);
  });

  it('limits flags of memories, but for page sizes of their own, which V8 has not', () => {
    const differing = differences((flags) => wasm(section(5, vector([flags, 1, 1, ...(flags & 8 ? [0] : [])]))));
    expect(differing.filter((line) => !/^0x[89a-f]:/.test(line))).toEqual([]);
  });
});

describe.runIf(isV8OfTheTypes)('limits flags of tables', () => {
  it('are those of V8, but for shared tables, which the feature check refuses by name', () => {
    const differing = differences((flags) => wasm(section(4, vector([0x70, flags, 1, ...(flags & 1 ? [1] : [])]))));
    expect(differing.map((line) => line.slice(0, 4))).toEqual(['0x2:', '0x3:', '0x6:', '0x7:']);
  });
});

describe('names of types', () => {
  it.each([
    ['i32', 'i32'],
    ['i8', 'i8'],
    [FUNCREF, 'funcref'],
    [EXTERNREF, 'externref'],
    [{ kind: 'ref', nullable: true, heap: 'none' }, 'nullref'],
    [{ kind: 'ref', nullable: true, heap: 'noextern' }, 'nullexternref'],
    [{ kind: 'ref', nullable: true, heap: 'noexn' }, 'nullexnref'],
    [{ kind: 'ref', nullable: true, heap: 3 }, '(ref null 3)'],
    [{ kind: 'ref', nullable: false, heap: 'func' }, '(ref func)'],
  ] as const)('%j', (type, name) => {
    expect(typeName(type)).toBe(name);
  });

  it('writes signatures', () => {
    expect(signatureName({ params: [], results: [] })).toBe('() -> ()');
    expect(signatureName({ params: ['i32', FUNCREF], results: ['i64'] })).toBe('(i32, funcref) -> i64');
    expect(signatureName({ params: ['i32'], results: ['i64', 'f32'] })).toBe('(i32) -> (i64, f32)');
  });

  it('compares types and signatures', () => {
    expect(sameType(FUNCREF, { kind: 'ref', nullable: true, heap: 'func' })).toBe(true);
    expect(sameType(FUNCREF, EXTERNREF)).toBe(false);
    expect(sameType(FUNCREF, 'i32')).toBe(false);
    expect(sameSignature({ params: ['i32'], results: [] }, { params: ['i32'], results: [] })).toBe(true);
    expect(sameSignature({ params: ['i32'], results: [] }, { params: [], results: ['i32'] })).toBe(false);
  });
});
