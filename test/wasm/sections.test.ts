/** Each section: what it decodes to, and every way it can be malformed, with the place that the error names. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { encodeModule } from '../../engine/wasm/encode.ts';
import type { Module } from '../../engine/wasm/module.ts';
import { EXTERNREF, FUNCREF } from '../../engine/wasm/types.ts';
import { body, CODE, custom, FUNCTIONS, name, section, TYPES, vector, wasm } from '../support/wasm-bytes.ts';

const I32_CONST_0 = [0x41, 0x00, 0x0b];

interface GoodCase {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly expected: Partial<Record<keyof Module, unknown>>;
}

const good = (title: string, bytes: Uint8Array, expected: GoodCase['expected']): GoodCase => ({
  title,
  bytes,
  expected,
});
const ref = (heap: unknown, nullable = true): unknown => ({ kind: 'ref', nullable, heap });
const limits = (min: number, max?: number, more: object = {}): unknown => ({
  min,
  max,
  shared: false,
  is64: false,
  ...more,
});

const GOOD: readonly GoodCase[] = [
  good('a function type', wasm(section(1, vector([0x60, 2, 0x7f, 0x7b, 2, 0x7e, 0x70]))), {
    types: [
      {
        final: true,
        explicit: false,
        supertypes: [],
        composite: { kind: 'func', params: ['i32', 'v128'], results: ['i64', FUNCREF] },
        offset: 11,
      },
    ],
  }),
  good(
    'every reference type',
    wasm(
      section(
        1,
        vector([
          0x60,
          16,
          ...[0x74, 0x73, 0x72, 0x71, 0x70, 0x6f, 0x6e, 0x6d, 0x6c, 0x6b, 0x6a, 0x69],
          ...[0x63, 0x00, 0x64, 0x00, 0x64, 0x70, 0x64, 0xc0, 0x00],
          0,
        ]),
      ),
    ),
    {
      types: [
        expect.objectContaining({
          composite: {
            kind: 'func',
            params: [
              ...'noexn nofunc noextern none func extern any eq i31 struct array exn'
                .split(' ')
                .map((heap) => ref(heap)),
              ref(0),
              ref(0, false),
              ref('func', false),
              ref(64, false),
            ],
            results: [],
          },
        }),
      ],
    },
  ),
  good(
    'structs, arrays, packed fields and subtypes in a recursion group',
    wasm(
      section(
        1,
        vector(
          [0x4e, 2, 0x50, 0, 0x5f, 2, 0x78, 1, 0x7f, 0, 0x4f, 1, 0, 0x5f, 3, 0x78, 1, 0x7f, 0, 0x63, 1, 1],
          [0x5e, 0x77, 1],
          [0x4e, 0],
        ),
      ),
    ),
    {
      recGroups: [
        {
          explicit: true,
          types: [
            expect.objectContaining({
              explicit: true,
              final: false,
              supertypes: [],
              composite: {
                kind: 'struct',
                fields: [
                  { type: 'i8', mutable: true },
                  { type: 'i32', mutable: false },
                ],
              },
            }),
            expect.objectContaining({ explicit: true, final: true, supertypes: [0] }),
          ],
        },
        {
          explicit: false,
          types: [expect.objectContaining({ composite: { kind: 'array', field: { type: 'i16', mutable: true } } })],
        },
        { explicit: true, types: [] },
      ],
      types: { length: 3 },
    },
  ),
  good(
    'imports of every kind',
    wasm(
      TYPES,
      section(
        2,
        vector(
          [...name('env'), ...name('f'), 0, 0],
          [...name('env'), ...name('t'), 1, 0x70, 1, 1, 10],
          [...name('env'), ...name('m'), 2, 0, 1],
          [...name('env'), ...name('g'), 3, 0x7e, 1],
          [...name('env'), ...name(''), 4, 0, 0],
        ),
      ),
    ),
    {
      imports: [
        { module: 'env', name: 'f', type: { kind: 'func', typeIndex: 0 }, offset: 17 },
        {
          module: 'env',
          name: 't',
          type: { kind: 'table', table: { element: FUNCREF, limits: limits(1, 10) } },
          offset: 25,
        },
        { module: 'env', name: 'm', type: { kind: 'memory', limits: limits(1) }, offset: 36 },
        { module: 'env', name: 'g', type: { kind: 'global', global: { type: 'i64', mutable: true } }, offset: 45 },
        { module: 'env', name: '', type: { kind: 'tag', typeIndex: 0 }, offset: 54 },
      ],
      imported: { func: 1, table: 1, memory: 1, global: 1, tag: 1 },
    },
  ),
  good(
    'tables, one with an initial value',
    wasm(section(4, vector([0x6f, 0, 5], [0x40, 0, 0x64, 0x70, 1, 1, 2, 0xd2, 0, 0x0b]))),
    {
      tables: [
        { element: EXTERNREF, limits: limits(5), init: undefined, offset: 11 },
        { element: ref('func', false), limits: limits(1, 2), init: { start: 21, end: 24 }, offset: 14 },
      ],
    },
  ),
  good('a table with 64-bit addresses', wasm(section(4, vector([0x70, 5, 0, 1]))), {
    tables: [expect.objectContaining({ limits: limits(0, 1, { is64: true }) })],
  }),
  ...(
    [
      ['a memory', [0, 1], limits(1)],
      ['a memory with a maximum', [1, 1, 0x80, 2], limits(1, 256)],
      ['a shared memory', [3, 1, 1], limits(1, 1, { shared: true })],
      ['a 64-bit memory', [5, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02], limits(0, 2 ** 36, { is64: true })],
      ['a memory with pages of a byte', [8, 9, 0], limits(9, undefined, { pageSizeLog2: 0 })],
    ] as const
  ).map(([title, bytes, expected]) =>
    good(title, wasm(section(5, vector(bytes))), { memories: [{ limits: expected, offset: 11 }] }),
  ),
  good('a tag', wasm(TYPES, section(13, vector([0, 0]))), { tags: [{ typeIndex: 0, offset: 17 }] }),
  good('globals', wasm(section(6, vector([0x7f, 0, ...I32_CONST_0], [0x70, 1, 0xd0, 0x70, 0x0b]))), {
    globals: [
      { type: 'i32', mutable: false, init: { start: 13, end: 16 }, offset: 11 },
      { type: FUNCREF, mutable: true, init: { start: 18, end: 21 }, offset: 16 },
    ],
  }),
  good(
    'exports of every kind',
    wasm(section(7, vector(...[0, 1, 2, 3, 4].map((kind) => [...name(`e${kind}`), kind, kind + 1])))),
    {
      exports: [
        { name: 'e0', kind: 'func', index: 1, offset: 11 },
        { name: 'e1', kind: 'table', index: 2, offset: 16 },
        { name: 'e2', kind: 'memory', index: 3, offset: 21 },
        { name: 'e3', kind: 'global', index: 4, offset: 26 },
        { name: 'e4', kind: 'tag', index: 5, offset: 31 },
      ],
    },
  ),
  good('a start function', wasm(section(8, [3])), { start: { funcIndex: 3, offset: 10 } }),
  good(
    'element segments of all eight forms',
    wasm(
      section(
        9,
        vector(
          [0, ...I32_CONST_0, 2, 1, 0x80, 1],
          [1, 0, 1, 5],
          [2, 1, ...I32_CONST_0, 0, 0],
          [3, 0, 0],
          [4, ...I32_CONST_0, 1, 0xd2, 0, 0x0b],
          [5, 0x6f, 0],
          [6, 2, ...I32_CONST_0, 0x70, 1, 0xd0, 0x70, 0x0b],
          [7, 0x64, 0x70, 0],
        ),
      ),
    ),
    {
      elements: [
        {
          flags: 0,
          mode: 'active',
          tableIndex: 0,
          type: FUNCREF,
          items: { kind: 'functions', indices: Uint32Array.of(1, 128) },
        },
        { flags: 1, mode: 'passive', at: undefined, items: { kind: 'functions', indices: Uint32Array.of(5) } },
        { flags: 2, mode: 'active', tableIndex: 1 },
        { flags: 3, mode: 'declarative' },
        {
          flags: 4,
          mode: 'active',
          type: FUNCREF,
          items: { kind: 'expressions', expressions: [{ start: 38, end: 41 }] },
        },
        { flags: 5, mode: 'passive', type: EXTERNREF },
        {
          flags: 6,
          mode: 'active',
          tableIndex: 2,
          type: FUNCREF,
          items: { kind: 'expressions', expressions: [{ start: 51, end: 54 }] },
        },
        { flags: 7, mode: 'declarative', type: ref('func', false) },
      ],
    },
  ),
  good(
    'code with local groups',
    wasm(TYPES, FUNCTIONS, section(10, vector(body([0x0b], [2, 3, 0x7f, 0x80, 2, 0x7d])))),
    {
      bodies: [
        {
          locals: [
            { count: 3, type: 'i32' },
            { count: 256, type: 'f32' },
          ],
          localCount: 259,
          code: { start: 28, end: 29 },
          span: { start: 22, end: 29 },
        },
      ],
    },
  ),
  good(
    'data segments of all three forms, with their count',
    wasm(section(12, [3]), section(11, vector([0, ...I32_CONST_0, 2, 7, 8], [1, 1, 9], [2, 1, ...I32_CONST_0, 0]))),
    {
      dataCount: 3,
      data: [
        {
          flags: 0,
          mode: 'active',
          memoryIndex: 0,
          at: { start: 15, end: 18 },
          data: { start: 19, end: 21 },
          offset: 14,
        },
        { flags: 1, mode: 'passive', memoryIndex: 0, at: undefined, data: { start: 23, end: 24 }, offset: 21 },
        {
          flags: 2,
          mode: 'active',
          memoryIndex: 1,
          at: { start: 26, end: 29 },
          data: { start: 30, end: 30 },
          offset: 24,
        },
      ],
    },
  ),
  good(
    'custom sections, each with its place',
    wasm(custom('a', [1]), TYPES, custom('b'), custom('b'), FUNCTIONS, CODE, custom('c')),
    {
      customs: [
        { name: 'a', data: { start: 12, end: 13 }, before: 1, offset: 8 },
        { name: 'b', data: { start: 23, end: 23 }, before: 3, offset: 19 },
        { name: 'b', data: { start: 27, end: 27 }, before: 3, offset: 23 },
        { name: 'c', data: { start: 41, end: 41 }, before: 0x7f, offset: 37 },
      ],
    },
  ),
  good(
    'sections that are there but empty',
    wasm(section(1, [0]), section(2, [0]), section(10, [0]), section(11, [0])),
    {
      types: [],
      sections: expect.objectContaining({ 1: { start: 10, end: 11 }, 10: { start: 16, end: 17 }, 3: undefined }),
    },
  ),
];

describe('good sections', () => {
  it.each(GOOD)('$title', ({ bytes, expected }) => {
    expect(decodeModule(bytes)).toMatchObject(expected);
  });

  it.each(GOOD)('$title: encodes to the same bytes', ({ bytes }) => {
    // A long form of a heap type index among them is not canonical; it decodes to the same module again.
    const encoded = encodeModule(decodeModule(bytes));
    expect(encodeModule(decodeModule(encoded))).toEqual(encoded);
    if (encoded.length === bytes.length) expect(encoded).toEqual(bytes);
  });
});

interface BadCase {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly message: RegExp;
  readonly details?: Readonly<Record<string, unknown>>;
  /** V8's verdict. @default false */
  readonly v8?: boolean;
}

const bad = (title: string, bytes: Uint8Array, message: RegExp, details: BadCase['details'] = {}): BadCase => ({
  title,
  bytes,
  message,
  details,
});

const BAD: readonly BadCase[] = [
  bad('an unknown section', wasm(section(14, [])), /unknown section id 0xe: expected 0 \(custom\) to 13 \(tag\)/, {
    offset: 8,
  }),
  bad('a section id without a length', wasm([1]), /ends where length of the type section was expected/, { offset: 9 }),
  bad('a section longer than the file', wasm([1, 100, 0]), /type section: claims 100 bytes but only 1 are left/, {
    section: 'type',
    offset: 8,
  }),
  bad('an over-long length', wasm([1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), /longer than 5 bytes/),
  bad('a repeated section', wasm(TYPES, TYPES), /type section: stands twice/, { section: 'type', offset: 14 }),
  bad('code before functions', wasm(TYPES, CODE, FUNCTIONS), /function section: must stand before the code section/, {
    section: 'function',
  }),
  bad(
    'a tag section behind the globals',
    wasm(section(6, [0]), section(13, [0])),
    /tag section: must stand before the global section/,
  ),
  bad(
    'a tag section before the memories',
    wasm(section(13, [0]), section(5, [0])),
    /memory section: must stand before the tag section/,
  ),
  bad(
    'a data count behind the code',
    wasm(section(10, [0]), section(12, [0])),
    /dataCount section: must stand before the code section/,
  ),
  bad(
    'a data count before the elements',
    wasm(section(12, [0]), section(9, [0])),
    /element section: must stand before the dataCount section/,
  ),
  bad('bytes left over', wasm(section(1, [0, 0])), /type section: 1 bytes left over at its end/, {
    section: 'type',
    offset: 11,
  }),
  bad('a section without its count', wasm(section(1, [])), /type section: ends where number of types was expected/),

  bad(
    'four billion types in ten bytes',
    wasm(section(1, [0xff, 0xff, 0xff, 0xff, 0x0f])),
    /claims 4294967295 types but only 0 bytes/,
  ),
  bad('an unknown type form', wasm(section(1, vector([0x61, 0]))), /type section, type 0: 0x61 is not a type form/, {
    section: 'type',
    item: 'type',
    index: 0,
    offset: 11,
  }),
  bad(
    'an unknown value type',
    wasm(section(1, vector([0x60, 0, 0], [0x60, 1, 0x7a, 0]))),
    /type 1: 0x7a is not a value type/,
    { index: 1, offset: 16 },
  ),
  bad('an empty block as value type', wasm(section(1, vector([0x60, 1, 0x40, 0]))), /0x40 is not a value type/),
  bad('a packed type as parameter', wasm(section(1, vector([0x60, 1, 0x78, 0]))), /0x78 is not a value type/),
  bad('parameters past the end', wasm(section(1, vector([0x60, 5, 0x7f]))), /claims 5 parameters but only 1 bytes/),
  bad('an unknown heap type', wasm(section(1, vector([0x60, 1, 0x64, 0x7f, 0]))), /-1 is not a heap type/),
  bad(
    'a heap type below one byte',
    wasm(section(1, vector([0x60, 1, 0x64, 0x80, 0x7e, 0]))),
    /-256 is not a heap type/,
  ),
  bad(
    'a field of odd mutability',
    wasm(section(1, vector([0x5f, 1, 0x7f, 2]))),
    /mutability must be 0 \(constant\) or 1 \(mutable\), got 0x2/,
  ),
  bad('two supertypes', wasm(section(1, vector([0x50, 2, 0, 0, 0x60, 0, 0]))), /2 supertypes: at most 1/),
  bad('a recursion group cut off', wasm(section(1, vector([0x4e, 3, 0x60, 0]))), /claims 3 types of a recursion group/),
  bad(
    'a recursion group in a recursion group',
    wasm(section(1, vector([0x4e, 1, 0x4e, 1, 0x60, 0, 0]))),
    /0x4e is not a type form/,
  ),

  bad(
    'an import name that is not UTF-8',
    wasm(section(2, vector([1, 0xff, 0, 0, 0]))),
    /import section, import 0: module name is not UTF-8/,
    { offset: 12 },
  ),
  bad('an import name past the end', wasm(section(2, vector([0, 100, 0, 0]))), /name claims 100 bytes but 2 are left/),
  bad(
    'an unknown kind of import',
    wasm(section(2, vector([0, 0, 5, 0]))),
    /import 0: 0x5 is not a kind of import: expected 0 \(func\) to 4 \(tag\)/,
  ),
  bad('the second import', wasm(section(2, vector([0, 0, 0, 0], [0, 0, 9, 0]))), /import 1: 0x9/, {
    index: 1,
    section: 'import',
  }),
  bad(
    'an imported tag with an attribute',
    wasm(section(2, vector([0, 0, 4, 1, 0]))),
    /tag attribute must be 0 \(exception\), got 0x1/,
  ),

  bad('functions without code', wasm(TYPES, FUNCTIONS), /declares 1 functions but the code section has 0 bodies/, {
    declared: 1,
    bodies: 0,
  }),
  bad('code without functions', wasm(TYPES, CODE), /declares 0 functions but the code section has 1 bodies/),
  bad(
    'fewer bodies than functions',
    wasm(TYPES, section(3, vector([0], [0])), CODE),
    /declares 2 functions but the code section has 1/,
  ),

  bad(
    'a table of numbers',
    wasm(section(4, vector([0x7f, 0, 1]))),
    /table section, table 0: expected a reference type as type of table entries, got i32/,
  ),
  bad('an unknown flag of a table', wasm(section(4, vector([0x70, 8, 1]))), /0x8 are not limits flags of a table/),
  bad('a table of reserved form', wasm(section(4, vector([0x40, 1, 0x70, 0, 0, 0x0b]))), /expected 0 behind 0x40/),
  bad(
    'a table size of 33 bits',
    wasm(section(4, vector([0x70, 0, 0xff, 0xff, 0xff, 0xff, 0x1f]))),
    /minimum does not fit in 32 bits/,
  ),
  bad('an unknown flag of a memory', wasm(section(5, vector([0x10, 1]))), /0x10 are not limits flags of a memory/),
  bad('a memory without its maximum', wasm(section(5, vector([1, 1]))), /ends where maximum was expected/),
  bad('a tag attribute', wasm(section(13, vector([1, 0]))), /tag section, tag 0: tag attribute must be 0/),
  bad(
    'the number of an item counts imports',
    wasm(section(2, vector([0, 0, 2, 0, 1])), section(5, vector([0x10, 1]))),
    /memory section, memory 1: /,
    { index: 1 },
  ),

  bad(
    'a global without its value',
    wasm(section(6, vector([0x7f, 0, 0x41]))),
    /global section, global 0: ends where i32.const was expected/,
  ),
  bad(
    'a global without an end',
    wasm(section(6, vector([0x7f, 0, 0x41, 0]))),
    /ends where an instruction was expected/,
  ),
  bad(
    'a call in a constant expression',
    wasm(section(6, vector([0x7f, 0, 0x10, 0, 0x0b]))),
    /call cannot stand in a constant expression/,
    { offset: 13 },
  ),
  bad(
    'a block in a constant expression',
    wasm(section(6, vector([0x7f, 0, 0x02, 0x40, 0x0b, 0x0b]))),
    /block cannot stand/,
  ),
  bad(
    'an unknown opcode in a constant expression',
    wasm(section(6, vector([0x7f, 0, 0xff, 0x0b]))),
    /unknown opcode 0xff/,
  ),
  bad(
    'an unknown prefixed opcode',
    wasm(section(6, vector([0x7f, 0, 0xfd, 0x9a, 0x01, 0x0b]))),
    /unknown opcode 0xfd 0x9a/,
  ),

  bad(
    'an unknown kind of export',
    wasm(section(7, vector([0, 5, 0]))),
    /export section, export 0: 0x5 is not a kind of export/,
  ),
  bad('an export name that is not UTF-8', wasm(section(7, vector([2, 0xc0, 0x80, 0, 0]))), /name is not UTF-8/),
  bad('a start section with more', wasm(section(8, [0, 0])), /start section: 1 bytes left over/),

  bad(
    'element flags of 8',
    wasm(section(9, vector([8, 0]))),
    /element section, segment 0: 0x8 are not element segment flags: expected 0 to 7/,
  ),
  bad('an element kind of 1', wasm(section(9, vector([1, 1, 0]))), /element kind must be 0 \(function\), got 0x1/),
  bad('element items past the end', wasm(section(9, vector([1, 0, 9, 0]))), /claims 9 element items/),
  // V8 takes this one as long as nothing uses the segment; the spec does not.
  {
    ...bad(
      'elements of numbers',
      wasm(section(9, vector([5, 0x7f, 0]))),
      /expected a reference type as element type, got i32/,
    ),
    v8: true,
  },

  bad(
    'a body past the end',
    wasm(TYPES, FUNCTIONS, section(10, [1, 100, 0, 0x0b])),
    /function 0: body needs 100 bytes but 2 are left/,
    { section: 'code', item: 'function', index: 0 },
  ),
  bad(
    'a body without end',
    wasm(TYPES, FUNCTIONS, section(10, vector(body([0x01])))),
    /function 0: must end with 0x0b \(end\), got 0x1/,
  ),
  bad(
    'a body without instructions',
    wasm(TYPES, FUNCTIONS, section(10, [1, 1, 0, 0])),
    /has no instructions|left over/,
  ),
  bad(
    'a body without locals',
    wasm(TYPES, FUNCTIONS, section(10, [1, 0, 0, 0])),
    /function 0: ends where number of groups of locals/,
  ),
  bad(
    'local groups past the end',
    wasm(TYPES, FUNCTIONS, section(10, vector(body([0x0b], [5])))),
    /claims 5 groups of locals/,
  ),
  bad(
    'a local of no type',
    wasm(TYPES, FUNCTIONS, section(10, vector(body([0x0b], [1, 1, 0x40])))),
    /0x40 is not a type of a local/,
  ),
  bad(
    'a local group of 33 bits',
    wasm(TYPES, FUNCTIONS, section(10, vector(body([0x0b], [1, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x7f])))),
    /number of locals does not fit in 32 bits/,
  ),
  bad(
    'a body that reads into the next',
    wasm(TYPES, section(3, vector([0], [0])), section(10, [2, 2, 1, 1, 3, 0x7f, 0, 0x0b])),
    /function 0: /,
  ),

  bad(
    'data flags of 3',
    wasm(section(11, vector([3, 0]))),
    /data section, segment 0: 0x3 are not data segment flags: expected 0 .* 1 .* or 2/,
  ),
  bad('data past the end', wasm(section(11, vector([1, 5, 0]))), /segment 0: data needs 5 bytes but 1 are left/),
  bad(
    'more data than counted',
    wasm(section(12, [0]), section(11, vector([1, 0]))),
    /declares 0 data segments but the data section has 1/,
  ),
  bad('less data than counted', wasm(section(12, [1])), /declares 1 data segments but the data section has 0/),

  bad('a custom section without a name', wasm([0, 0]), /custom section: ends where length of name was expected/),
  bad('a custom name past the end', wasm(section(0, [5, 0x61])), /name claims 5 bytes but 1 are left/),
  bad('a custom name that is not UTF-8', wasm(section(0, [1, 0x80])), /name is not UTF-8/),
];

describe('bad sections', () => {
  it.each(BAD)('$title', ({ bytes, message, details }) => {
    expect(() => decodeModule(bytes)).toThrow(
      expect.objectContaining({
        name: 'RingfenceError',
        code: expect.stringMatching(/^(INVALID_MODULE|LIMIT_EXCEEDED)$/),
        stage: 'decode',
        message: expect.stringMatching(message),
        details: expect.objectContaining({ offset: expect.any(Number), ...details }),
      }),
    );
  });

  it.each(BAD)('$title: V8 refuses it as well', ({ bytes, v8 = false }) => {
    expect(WebAssembly.validate(bytes as BufferSource)).toBe(v8);
  });
});
