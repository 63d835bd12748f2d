/** Custom sections in module bytes: put in, found, replaced and taken out, with every other byte where it was. */
import { describe, expect, it } from 'vitest';
import {
  appendCustomSection,
  decodeNameSection,
  decodeProducersSection,
  findCustomSection,
  listCustomSections,
  moduleNames,
  removeCustomSection,
  replaceCustomSection,
} from '../../engine/wasm/custom-sections.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { assembleWithWabt } from '../support/toolchains.ts';
import { CODE, custom, FUNCTIONS, leb, name, parseHex, TYPES, vector, wasm } from '../support/wasm-bytes.ts';

const PLAIN = wasm(TYPES, FUNCTIONS, CODE);
const MIXED = wasm(custom('a', [1]), TYPES, custom('b', [2]), FUNCTIONS, custom('a', [3]), CODE, custom('c', [4]));
const data = Uint8Array.of(9, 8, 7);

describe('appending and finding', () => {
  it('adds one section behind what was there', () => {
    const bytes = appendCustomSection(PLAIN, 'ringfence.manifest', data);
    expect(bytes).toEqual(Uint8Array.from([...PLAIN, ...custom('ringfence.manifest', data)]));
    expect(findCustomSection(bytes, 'ringfence.manifest')).toEqual(data);
    expect(WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'ringfence.manifest')).toHaveLength(1);
  });

  it('finds the first of several of one name, and nothing where there is none', () => {
    expect(findCustomSection(MIXED, 'a')).toEqual(Uint8Array.of(1));
    expect(findCustomSection(MIXED, 'd')).toBeUndefined();
    expect(listCustomSections(MIXED).map(({ name: title, data: { start } }) => [title, MIXED[start]])).toEqual([
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
    ]);
  });

  it('takes empty data, large data and names that are not ASCII', () => {
    const large = new Uint8Array(200_000).fill(5);
    for (const [title, content] of [
      ['', new Uint8Array()],
      ['größe', large],
    ] as const) {
      const bytes = appendCustomSection(PLAIN, title, content);
      expect(findCustomSection(bytes, title)).toEqual(content);
      expect(WebAssembly.validate(bytes)).toBe(true);
    }
  });

  it('does not change what it was given', () => {
    const before = MIXED.slice();
    appendCustomSection(MIXED, 'x', data);
    replaceCustomSection(MIXED, 'a', data);
    removeCustomSection(MIXED, 'a');
    expect(MIXED).toEqual(before);
  });
});

describe('replacing and removing', () => {
  it('puts the new one where the first stood and takes the others out', () => {
    expect(replaceCustomSection(MIXED, 'a', data)).toEqual(
      wasm(custom('a', data), TYPES, custom('b', [2]), FUNCTIONS, CODE, custom('c', [4])),
    );
    expect(replaceCustomSection(MIXED, 'b', data)).toEqual(
      wasm(custom('a', [1]), TYPES, custom('b', data), FUNCTIONS, custom('a', [3]), CODE, custom('c', [4])),
    );
  });

  it('appends where there was none', () => {
    expect(replaceCustomSection(PLAIN, 'a', data)).toEqual(appendCustomSection(PLAIN, 'a', data));
  });

  it('takes all of a name out', () => {
    expect(removeCustomSection(MIXED, 'a')).toEqual(wasm(TYPES, custom('b', [2]), FUNCTIONS, CODE, custom('c', [4])));
    expect(removeCustomSection(PLAIN, 'a')).toEqual(PLAIN);
  });
});

describe('what is not a module', () => {
  it.each([
    ['nothing', ''],
    ['a header cut off', '00 61 73 6d'],
    ['a section cut off', '00 61 73 6d 01 00 00 00 00 05 01'],
    ['a custom section without a name', '00 61 73 6d 01 00 00 00 00 00'],
    ['an unknown section', '00 61 73 6d 01 00 00 00 0e 00'],
  ])('%s', (_, hex) => {
    expect(() => listCustomSections(parseHex(hex))).toThrow(expect.objectContaining({ code: 'INVALID_MODULE' }));
    expect(() => replaceCustomSection(parseHex(hex), 'a', data)).toThrow(
      expect.objectContaining({ code: 'INVALID_MODULE' }),
    );
  });
});

describe('the name section', () => {
  it('gives the names of the module and its functions', () => {
    const text = '(module $m (import "e" "f" (func $imported)) (func $one) (func) (func $three (param $p i32)))';
    const names = moduleNames(decodeModule(assembleWithWabt(text, { names: true })));
    expect(names.module).toBe('m');
    expect([...names.functions]).toEqual([
      [0, 'imported'],
      [1, 'one'],
      [3, 'three'],
    ]);
  });

  it('is empty where there is none', () => {
    expect(moduleNames(decodeModule(PLAIN))).toEqual({ module: undefined, functions: new Map() });
  });

  const functionNames = (names: readonly number[]): Uint8Array => Uint8Array.from([1, ...leb(names.length), ...names]);

  it.each([
    ['a kind of names that is not known', [9, 2, 0, 0, ...functionNames(vector([0, ...name('f')]))], [[0, 'f']]],
    ['a second name cut off', [...functionNames([2, 0, ...name('f'), 1, 50, 0x61])], [[0, 'f']]],
    ['a count that is a lie', [...functionNames([0xff, 0xff, 0xff, 0xff, 0x0f, 0, ...name('f')])], [[0, 'f']]],
    ['a part that is longer than the section', [1, 100, 1, 0, 1, 0x66], []],
    ['a name that is not UTF-8', [...functionNames(vector([0, 2, 0x66, 0xff]))], [[0, 'f\ufffd']]],
  ])('tolerates %s', (_, bytes, expected) => {
    expect([...decodeNameSection(Uint8Array.from(bytes)).functions]).toEqual(expected);
  });

  it('cuts long names', () => {
    const long = functionNames(vector([0, ...name('é'.repeat(5_000))]));
    expect(decodeNameSection(long).functions.get(0)).toBe('é'.repeat(256));
  });
});

describe('the producers section', () => {
  it('gives tools and versions by field', () => {
    const bytes = vector(
      [...name('language'), ...vector([...name('Rust'), ...name('1.90')])],
      [...name('processed-by'), ...vector([...name('rustc'), ...name('')], [...name('__proto__'), ...name('x')])],
    );
    const producers = decodeProducersSection(Uint8Array.from(bytes));
    expect([...producers].map(([field, tools]) => [field, [...tools]])).toEqual([
      ['language', [['Rust', '1.90']]],
      [
        'processed-by',
        [
          ['rustc', ''],
          ['__proto__', 'x'],
        ],
      ],
    ]);
    expect([...decodeProducersSection(Uint8Array.from(bytes.slice(0, 20))).keys()]).toEqual(['language']);
  });
});
