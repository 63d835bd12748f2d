/** The official test suite: our verdicts against its own and V8's, and the round trip of everything that is canonical. */
import { describe, expect, it } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import { STRUCTURE } from '../../engine/limits.ts';
import { CodeBuffer, scanCode } from '../../engine/wasm/code.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { encodeModule } from '../../engine/wasm/encode.ts';
import { decodeInstructions } from '../../engine/wasm/instructions.ts';
import type { Module } from '../../engine/wasm/module.ts';
import { hasSpecArchive, readSpecModules, type SpecModule } from '../support/spec-archive.ts';

/** One module of the suite has a larger br_table than we take. */
const LIMITS = { ...STRUCTURE, brTableTargets: 65_520 };

const modules = hasSpecArchive ? readSpecModules() : [];
const only = (verdict: SpecModule['verdict']): SpecModule[] => modules.filter((module) => module.verdict === verdict);

function decode(bytes: Uint8Array): Module | undefined {
  try {
    return decodeModule(bytes, LIMITS);
  } catch (error) {
    if (isRingfenceError(error) && error.code !== 'BUG') return undefined;
    throw error;
  }
}

function countByReason(list: readonly SpecModule[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason = '' } of list) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

describe.runIf(hasSpecArchive)('the official test suite', () => {
  it('has the modules that these tests count on', () => {
    expect({
      valid: only('valid').length,
      invalid: only('invalid').length,
      malformed: only('malformed').length,
    }).toEqual({
      valid: 1_670,
      invalid: 2_132,
      malformed: 736,
    });
  });

  it('every valid module decodes', () => {
    expect(
      only('valid')
        .filter(({ bytes }) => decode(bytes) === undefined)
        .map(({ file }) => file),
    ).toEqual([]);
  });

  it('whatever V8 accepts decodes', () => {
    const refused = modules.filter(({ bytes }) => WebAssembly.validate(bytes) && decode(bytes) === undefined);
    expect(refused.map(({ file, verdict, reason }) => `${verdict}: ${reason} (${file})`)).toEqual([]);
  });

  it('every malformed or invalid module is refused, here or by V8, but for what later versions allow', () => {
    const passed = [...only('malformed'), ...only('invalid')].filter(
      ({ bytes }) => decode(bytes) !== undefined && WebAssembly.validate(bytes),
    );
    // What was a zero byte is the index of a memory since there may be several.
    expect(countByReason(passed)).toEqual({
      'integer representation too long': 4,
      'zero byte expected': 8,
      'multiple memories': 5,
    });
  });

  it('malformed modules are refused before V8 sees them, but for what is inside bodies', () => {
    const passed = only('malformed').filter(({ bytes }) => decode(bytes) !== undefined);
    expect(countByReason(passed)).toEqual({
      'data count section required': 2,
      'integer representation too long': 9,
      'integer too large': 18,
      'unexpected end': 1,
      'zero byte expected': 10,
    });
  });

  it('canonical modules come back byte for byte, the others with the same meaning', () => {
    const different: string[] = [];
    let same = 0;
    for (const { file, bytes } of only('valid')) {
      const module = decodeModule(bytes, LIMITS);
      const encoded = encodeModule(module, { reencodeCode: true });
      expect(WebAssembly.validate(encoded), file).toBe(true);
      expect(encodeModule(decodeModule(encoded, LIMITS), { reencodeCode: true }), file).toEqual(encoded);
      if (Buffer.compare(encoded, bytes) === 0) same++;
      else different.push(file.replace(/\.\d+\.wasm$/, ''));
    }
    // These files write numbers in more bytes than they need, on purpose.
    expect([...new Set(different)]).toEqual(['binary-leb128', 'binary', 'float_literals']);
    expect({ same, different: different.length }).toEqual({ same: 1_631, different: 39 });
  });

  it('the scanner and the decoder see the same instructions', () => {
    const buffer = new CodeBuffer();
    let instructions = 0;
    for (const { bytes } of only('valid')) {
      for (const { code } of decodeModule(bytes, LIMITS).bodies) {
        scanCode(bytes, code.start, code.end, buffer, 'function', LIMITS);
        let i = 0;
        for (const { row, offset } of decodeInstructions(bytes, code, 'function', LIMITS)) {
          if (buffer.ids[i] !== row.id || buffer.starts[i] !== offset) expect([row.name, offset]).toEqual(i);
          i++;
        }
        expect(buffer.count).toBe(i);
        instructions += i;
      }
    }
    expect(instructions).toBe(37_479);
  });
});
