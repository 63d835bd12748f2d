/** Decoding and encoding again gives back what compilers emit, byte for byte, instructions included. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { encodeModule } from '../../engine/wasm/encode.ts';
import { featuresUsed } from '../../engine/wasm/features.ts';
import type { Feature } from '../../engine/wasm/opcodes.ts';
import { assemblyScriptModules } from '../support/assemblyscript-modules.ts';
import { realModules } from '../support/real-modules.ts';
import { body, custom, name, section, TYPES, vector, wasm } from '../support/wasm-bytes.ts';

describe('real modules', () => {
  it.each([...realModules, ...assemblyScriptModules])('$name', ({ bytes }) => {
    const module = decodeModule(bytes);
    expect(encodeModule(module)).toEqual(bytes);
    expect(encodeModule(module, { reencodeCode: true })).toEqual(bytes);
  });

  it('use every feature of the opcode table, so that none goes untested', () => {
    const used = new Set<Feature>(realModules.flatMap(({ bytes }) => [...featuresUsed(decodeModule(bytes)).keys()]));
    expect([...used].sort()).toEqual(
      [
        'bulk-memory',
        'exceptions',
        'extended-const',
        'gc',
        'legacy-exceptions',
        'memory64',
        'multi-memory',
        'multi-value',
        'reference-types',
        'relaxed-simd',
        'saturating-conversions',
        'sign-extension',
        'simd',
        'tail-calls',
        'threads',
        'typed-function-references',
      ].sort(),
    );
  });
});

describe('what is not canonical', () => {
  const padded = wasm(
    [1, 0x84, 0x80, 0x00, ...vector([0x60, 0, 0])],
    section(3, [0x81, 0x00, 0x80, 0x00]),
    section(10, vector(body([0x41, 0x80, 0x80, 0x00, 0x1a, 0xfc, 0x8a, 0x00, 0, 0, 0x0b]))),
  );

  it('comes out canonical, with the same meaning', () => {
    const encoded = encodeModule(decodeModule(padded), { reencodeCode: true });
    expect(encoded).toEqual(
      wasm(TYPES, section(3, vector([0])), section(10, vector(body([0x41, 0, 0x1a, 0xfc, 0x0a, 0, 0, 0x0b])))),
    );
  });

  it('keeps the bytes of bodies unless told otherwise', () => {
    const encoded = encodeModule(decodeModule(padded));
    expect(encoded).toEqual(
      wasm(
        TYPES,
        section(3, vector([0])),
        section(10, vector(body([0x41, 0x80, 0x80, 0x00, 0x1a, 0xfc, 0x8a, 0x00, 0, 0, 0x0b]))),
      ),
    );
  });

  it('writes the long form of a nullable abstract reference in its short one', () => {
    const long = wasm(section(1, vector([0x60, 1, 0x63, 0x70, 0])));
    expect(encodeModule(decodeModule(long))).toEqual(wasm(section(1, vector([0x60, 1, 0x70, 0]))));
  });
});

describe('custom sections', () => {
  it('go back to where they stood, before, between and behind the others', () => {
    const bytes = wasm(
      custom('a'),
      custom('b', [1]),
      TYPES,
      custom('c'),
      section(3, [0]),
      custom('d'),
      section(5, [0]),
      custom('e'),
      custom('f'),
    );
    expect(encodeModule(decodeModule(bytes))).toEqual(bytes);
  });

  it('stay in a module that has nothing else', () => {
    const bytes = wasm(custom('only', [1, 2, 3]));
    expect(encodeModule(decodeModule(bytes))).toEqual(bytes);
  });
});

describe('a module put together by hand', () => {
  it('is encoded from its parts, without sections that were never there', () => {
    const module = decodeModule(wasm(TYPES));
    const built = { ...module, sections: [], exports: [{ name: 'm', kind: 'memory' as const, index: 0, offset: 0 }] };
    expect(encodeModule(built)).toEqual(wasm(TYPES, section(7, vector([...name('m'), 2, 0]))));
    expect(encodeModule({ ...module, recGroups: [], types: [], sections: [] })).toEqual(wasm());
  });

  it('writes 64-bit sizes up to the largest', () => {
    const largest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    const bytes = wasm(section(4, vector([0x70, 5, 0, ...largest])));
    expect(encodeModule(decodeModule(bytes))).toEqual(bytes);
  });
});
