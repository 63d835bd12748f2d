/** Each feature is found where it is used first, and plain modules use none. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { featuresUsed } from '../../engine/wasm/features.ts';
import { OPCODES } from '../../engine/wasm/opcodes.ts';
import { instruction, moduleFor } from '../support/opcode-modules.ts';
import { wabtModules } from '../support/real-modules.ts';
import { body, custom, leb, section, TYPES, vector, wasm } from '../support/wasm-bytes.ts';

const used = (bytes: Uint8Array): Record<string, string> =>
  Object.fromEntries(
    [...featuresUsed(decodeModule(bytes))].map(([feature, { offset, what }]) => [feature, `${what} @${offset}`]),
  );
const withCode = (code: readonly number[], locals: readonly number[] = [0]): Uint8Array =>
  wasm(TYPES, section(3, vector([0])), section(10, vector(body(code, locals))));

/** Offsets: the header takes 8 bytes, TYPES 6, FUNCTIONS 4; instructions begin behind the section's id, size, count, body size and locals. */
const FIRST_INSTRUCTION = 8 + 6 + 4 + 2 + 1 + 1 + 1;

describe('features by what uses them', () => {
  it.each([
    ['nothing', wasm(), {}],
    ['no feature in 1.0 code', withCode([0x02, 0x40, 0x03, 0x7f, 0x41, 0, 0x0b, 0x1a, 0x0b, 0x0b]), {}],
    [
      'an opcode',
      withCode([0x01, 0x41, 0, 0xc0, 0x1a, 0x0b]),
      { 'sign-extension': `function 0: i32.extend8_s @${FIRST_INSTRUCTION + 3}` },
    ],
    [
      'the first of two uses',
      withCode([0x01, 0xfd, 0x0c, ...new Array(16).fill(0), 0x1a, 0xfd, 0x0c, ...new Array(16).fill(0), 0x1a, 0x0b]),
      { simd: `function 0: v128.const @${FIRST_INSTRUCTION + 1}` },
    ],
    ['a local', withCode([0x0b], vector([1, 0x7b])), { simd: `a local of function 0 has the type v128 @22` }],
    [
      'a block with a vector',
      withCode([0x00, 0x02, 0x7b, 0x00, 0x0b, 0x0b]),
      { simd: expect.stringContaining('block has the type v128') },
    ],
    ['a block of type 0, which is () -> ()', withCode([0x02, 0x00, 0x0b, 0x0b]), {}],
    ['two results', wasm(section(1, vector([0x60, 0, 2, 0x7f, 0x7f]))), { 'multi-value': 'type 0 has 2 results @11' }],
    [
      'an externref parameter',
      wasm(section(1, vector([0x60, 1, 0x6f, 0]))),
      { 'reference-types': 'type 0 has the type externref @11' },
    ],
    [
      'a reference that is not null',
      wasm(section(1, vector([0x60, 1, 0x64, 0x70, 0]))),
      { 'typed-function-references': 'type 0 has the type (ref func) @11' },
    ],
    [
      'a reference to a function type',
      wasm(section(1, vector([0x60, 0, 0], [0x60, 1, 0x63, 0, 0]))),
      { 'typed-function-references': 'type 1 has the type (ref null 0) @14' },
    ],
    [
      'a reference to a type that is not there',
      wasm(section(1, vector([0x60, 1, 0x63, 9, 0]))),
      { gc: 'type 0 has the type (ref null 9) @11' },
    ],
    ['anyref', wasm(section(1, vector([0x60, 1, 0x6e, 0]))), { gc: 'type 0 has the type anyref @11' }],
    ['exnref', wasm(section(1, vector([0x60, 1, 0x69, 0]))), { exceptions: 'type 0 has the type exnref @11' }],
    ['a struct', wasm(section(1, vector([0x5f, 0]))), { gc: 'type 0 is a struct @11' }],
    ['subtyping', wasm(section(1, vector([0x50, 0, 0x60, 0, 0]))), { gc: 'type 0 declares subtyping @11' }],
    ['a recursion group of one, which says nothing', wasm(section(1, vector([0x4e, 1, 0x60, 0, 0]))), {}],
    [
      'a recursion group of two',
      wasm(section(1, vector([0x4e, 2, 0x60, 0, 0, 0x60, 0, 0]))),
      { gc: 'type 0 begins a recursion group of 2 types @13' },
    ],
    ['a shared memory', wasm(section(5, vector([3, 1, 1]))), { threads: 'memory 0 is shared @11' }],
    ['a 64-bit memory', wasm(section(5, vector([4, 1]))), { memory64: 'memory 0 has 64-bit addresses @11' }],
    ['a 64-bit table', wasm(section(4, vector([0x70, 4, 1]))), { memory64: 'table 0 has 64-bit addresses @11' }],
    ['a page size', wasm(section(5, vector([8, 1, 0]))), { 'custom-page-sizes': 'memory 0 states a page size @11' }],
    ['two memories', wasm(section(5, vector([0, 1], [0, 1]))), { 'multi-memory': 'a second memory @13' }],
    [
      'an imported and an own memory',
      wasm(section(2, vector([0, 0, 2, 0, 1])), section(5, vector([0, 1]))),
      { 'multi-memory': 'a second memory @19' },
    ],
    ['an imported shared memory', wasm(section(2, vector([0, 0, 2, 3, 1, 1]))), { threads: 'import 0 is shared @11' }],
    ['an imported tag', wasm(TYPES, section(2, vector([0, 0, 4, 0, 0]))), { exceptions: 'import 0 is a tag @17' }],
    [
      'an imported externref global',
      wasm(section(2, vector([0, 0, 3, 0x6f, 0]))),
      { 'reference-types': 'import 0 has the type externref @11' },
    ],
    ['a funcref table', wasm(section(4, vector([0x70, 0, 1]))), {}],
    [
      'a table of externref',
      wasm(section(4, vector([0x6f, 0, 1]))),
      { 'reference-types': 'table 0 has the type externref @11' },
    ],
    [
      'a second table',
      wasm(section(4, vector([0x70, 0, 1], [0x70, 0, 1]))),
      { 'reference-types': 'table 1: more than one table @14' },
    ],
    [
      'a table with a value',
      wasm(section(4, vector([0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b]))),
      { 'typed-function-references': 'table 0 has an initial value @11', 'reference-types': 'table 0: ref.null @16' },
    ],
    ['a tag', wasm(TYPES, section(13, vector([0, 0]))), { exceptions: 'tag 0 @17' }],
    [
      'arithmetic in a constant expression',
      wasm(section(6, vector([0x7f, 0, 0x41, 1, 0x41, 2, 0x6a, 0x0b]))),
      { 'extended-const': 'global 0: i32.add in a constant expression @17' },
    ],
    [
      'a passive element segment',
      wasm(section(9, vector([1, 0, 0]))),
      { 'bulk-memory': 'element segment 0 is passive @11' },
    ],
    [
      'a declarative element segment',
      wasm(section(9, vector([3, 0, 0]))),
      { 'reference-types': 'element segment 0 is declarative @11' },
    ],
    ['a passive data segment', wasm(section(11, vector([1, 0]))), { 'bulk-memory': 'data segment 0 is passive @11' }],
    ['a data count', wasm(section(12, [0])), { 'bulk-memory': 'the data count section @10' }],
    [
      'data in memory 1',
      wasm(section(11, vector([2, 1, 0x41, 0, 0x0b, 0]))),
      { 'multi-memory': 'data segment 0 fills memory 1 @11' },
    ],
    [
      'a load from memory 1',
      withCode([0x00, 0x28, 0x42, 1, 0, 0x1a, 0x0b]),
      { 'multi-memory': expect.stringContaining('i32.load of memory 1') },
    ],
    ['a lane of memory 0 in lane 1', withCode([0x00, 0xfd, 0x54, 0, 0, 1, 0x1a, 0x0b]), { simd: expect.anything() }],
    [
      'a lane of memory 1',
      withCode([0x00, 0xfd, 0x54, 0x40, 1, 0, 1, 0x1a, 0x0b]),
      { simd: expect.anything(), 'multi-memory': expect.anything() },
    ],
    [
      'the size of memory 1',
      withCode([0x3f, 1, 0x1a, 0x0b]),
      { 'multi-memory': expect.stringContaining('memory.size of memory 1') },
    ],
    [
      'a copy into memory 0 from memory 1',
      withCode([0x00, 0xfc, 0x0a, 0, 1, 0x0b]),
      { 'bulk-memory': expect.anything(), 'multi-memory': expect.stringContaining('memory 1') },
    ],
    ['a call through table 0', withCode([0x00, 0x11, 5, 0, 0x0b]), {}],
    [
      'a call through table 1',
      withCode([0x00, 0x11, 0, 1, 0x0b]),
      { 'reference-types': expect.stringContaining('call_indirect of table 1') },
    ],
    [
      'a null of type any',
      withCode([0xd0, 0x6e, 0x1a, 0x0b]),
      { 'reference-types': expect.anything(), gc: expect.stringContaining('ref.null has the type anyref') },
    ],
    ['a typed select', withCode([0x00, 0x1c, 1, 0x6f, 0x1a, 0x0b]), { 'reference-types': expect.anything() }],
    [
      'a cast',
      withCode([0x00, 0xfb, 0x18, 0, 0, 0x6e, 0x6c, 0x1a, 0x0b]),
      { gc: expect.stringContaining('br_on_cast') },
    ],
    ['a custom section', wasm(custom('name')), {}],
  ] as const)('%s', (_, bytes, expected) => {
    expect(used(bytes)).toEqual(expected);
  });

  it('every opcode brings its feature', () => {
    for (const row of OPCODES) {
      const found = featuresUsed(decodeModule(moduleFor(row)));
      if (row.feature !== 'mvp') expect([...found.keys()], row.name).toContain(row.feature);
    }
  });

  it('real programs of 1.0 use nothing more', () => {
    const mvp = wabtModules.find(({ name }) => name === 'wabt: mvp');
    expect(used(mvp?.bytes ?? new Uint8Array())).toEqual({});
  });

  it('refuses code that cannot be decoded, with its place', () => {
    const bytes = withCode([0xff, 0x0b]);
    expect(() => featuresUsed(decodeModule(bytes))).toThrow(
      expect.objectContaining({
        code: 'INVALID_MODULE',
        message: expect.stringMatching(/function 0: unknown opcode 0xff/),
      }),
    );
  });

  it('takes a megabyte of instructions', () => {
    const many = new Array(100_000).fill([...instruction('i32.const', { i32: -1 }), ...instruction('drop')]).flat();
    const bytes = withCode([...many, 0xc0, 0x0b]);
    expect(used(bytes)).toEqual({ 'sign-extension': `function 0: i32.extend8_s @${bytes.length - 2}` });
    expect(leb(many.length).length).toBe(3);
  });
});
