/** The SDK's JSON against JavaScript's: the same texts are JSON, and they mean the same. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { MiniHost } from '../support/mini-host.ts';
import { fixture } from './support/drivers.ts';

interface Parsed {
  readonly ok: boolean;
  readonly offset: number;
  readonly error: string;
  readonly value: unknown;
}

let plugin: MiniHost;
beforeAll(async () => {
  plugin = new MiniHost(await fixture('values'));
});

const parse = (text: string): Parsed => plugin.call('parse', text) as Parsed;
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test('what it reads and builds again is the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(plugin.call('rebuild', value)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 500 },
  );
});

/** Texts near JSON: a valid one with a character removed, doubled or replaced. */
const nearJson = fc
  .tuple(
    fc.jsonValue(),
    fc.nat(),
    fc.constantFrom(
      '',
      '"',
      '\\',
      ',',
      ':',
      '{',
      '}',
      '[',
      ']',
      '0',
      '-',
      '.',
      'e',
      'u',
      ' ',
      '\n',
      '\u0001',
      'é',
      '🎵',
    ),
  )
  .map(([value, at, insert]) => {
    const text = JSON.stringify(value, undefined, at % 3);
    const place = at % (text.length + 1);
    return text.slice(0, place) + insert + text.slice(place + (at % 2));
  });

test('it takes exactly the texts that JavaScript takes', () => {
  fc.assert(
    fc.property(nearJson, (text) => {
      const { ok, offset, value } = parse(text);
      expect(ok, JSON.stringify(text)).toBe(isJson(text));
      if (ok) expect(value).toEqual(JSON.parse(text));
      else expect(isJson(text.slice(0, offset)) || offset <= text.length).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['', 0, 'expected a value, got the end of the text'],
  ['  \n', 3, 'expected a value, got the end of the text'],
  ['{"a" 1}', 5, "expected ':', got '1'"],
  ['{"a":1,}', 7, "expected a key in double quotes, got '}'"],
  ['{"a":1]', 6, "expected ',' or '}', got ']'"],
  ['[1 2]', 3, "expected ',' or ']', got '2'"],
  ['[1,2', 4, "expected ',' or ']', got the end of the text"],
  ['01', 1, "expected no digit behind a leading zero, got '1'"],
  ['-', 1, 'expected a digit, got the end of the text'],
  ['1.', 2, 'expected a digit, got the end of the text'],
  ['1e+', 3, 'expected a digit, got the end of the text'],
  ['"\\x"', 1, "expected a valid escape sequence, got '\\'"],
  ['"\\u12g4"', 1, "expected a valid escape sequence, got '\\'"],
  ['"abc', 4, 'expected a closing double quote, got the end of the text'],
  ['"é🎵\n"', 4, 'expected no bare control character in a string, got byte 0x0a'],
  ['[] []', 3, "expected the end of the text, got '['"],
  ['truE', 0, "expected a value, got 't'"],
  ['NaN', 0, "expected a value, got 'N'"],
])('%j: where and why it is not JSON', (text, offset, error) => {
  expect(parse(text)).toEqual({ ok: false, offset, error, value: null });
});

test('offsets count UTF-16 units of a string, and bytes of bytes', () => {
  expect(parse('["é🎵" x]').offset).toBe(7);
  expect(
    JSON.parse(new TextDecoder().decode(plugin.callBytes('parseFile', new TextEncoder().encode('["é🎵" x]')))),
  ).toMatchObject({ ok: false, offset: 10 });
});

test('nesting costs no stack', () => {
  const depth = 200_000;
  expect(parse('['.repeat(depth)).ok).toBe(false);
  expect(
    JSON.parse(
      new TextDecoder().decode(
        plugin.callBytes('parseFile', new TextEncoder().encode('['.repeat(depth) + ']'.repeat(depth))),
      ),
    ),
  ).toMatchObject({ ok: true });
});

test('of several members with the same key the last counts, as in JavaScript', () => {
  const text = '{"a":1,"b":2,"a":3}';
  expect((parse(text).value as { a: number }).a).toBe(3);
  expect(plugin.call('path', { value: JSON.parse(text), pointer: '/a' })).toMatchObject({ value: 3 });
  const many = `{${Array.from({ length: 40 }, (_, i) => `"k${i % 20}":${i}`).join(',')}}`;
  expect(new TextDecoder().decode(plugin.callBytes('rebuild', new TextEncoder().encode(many)))).toBe(
    JSON.stringify(JSON.parse(many)),
  );
});

describe('numbers', () => {
  const exact = (text: string): void => {
    const out = new TextDecoder().decode(plugin.callBytes('number', new TextEncoder().encode(text)));
    expect(Object.is(Number(out), Number(text) + 0) || Number(out) === Number(text), `${text} -> ${out}`).toBe(true);
  };

  test.each([
    '0',
    '-0',
    '1',
    '-1',
    '0.1',
    '0.30000000000000004',
    '9007199254740993',
    '9007199254740992.5',
    '123456789012345678901234567890',
    '1e22',
    '1e23',
    '8.5e22',
    '1.7976931348623157e308',
    '1.7976931348623158e308',
    '5e-324',
    '2.4703282292062327e-324',
    '2.4703282292062328e-324',
    '2.2250738585072014e-308',
    '2.2250738585072011e-308',
    '4.35',
    '1e-400',
    '0e999999',
    '0.000001',
    `1${'0'.repeat(300)}`,
    `0.${'0'.repeat(300)}1`,
    `1.${'0'.repeat(900)}1`,
    `9007199254740993.${'0'.repeat(900)}1`,
    '4503599627370496.5',
    '4503599627370497.5',
    '6.631236846766476e-316',
    '3.2378839133029012895883e-319',
    '72057594037927945',
    '100000000000000016777215',
    '100000000000000016777216',
  ])('%s is rounded as JavaScript rounds it', exact);

  test('so is any double, and any decimal', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => exact(String(value))),
      { numRuns: 5_000 },
    );
    const decimal = fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 25n }), fc.integer({ min: -340, max: 310 }))
      .map(([digits, exponent]) => `${digits}e${exponent}`)
      .filter((text) => Number.isFinite(Number(text)));
    fc.assert(fc.property(decimal, exact), { numRuns: 5_000 });
  });

  test('halfway between two doubles the even one wins', () => {
    const halfway = fc.bigInt({ min: 2n ** 53n, max: 2n ** 60n }).map((n) => String((n << 1n) | 1n));
    fc.assert(fc.property(halfway, exact), { numRuns: 1_000 });
  });

  test('too large ones are infinite, which JSON writes as null', () => {
    expect(plugin.callBytes('number', new TextEncoder().encode('1e999'))).toEqual(new TextEncoder().encode('null'));
    expect(plugin.call('nonFinite')).toEqual([null, null, null, 3.4028234663852886e38, 0]);
  });

  test.each([
    [3, '3'],
    [-0, '0'],
    [0.1, '0.1'],
    [1e21, '1e+21'],
    [2 ** 53, '9007199254740992'],
    [-123.456, '-123.456'],
  ])('%d is shown as %s', (value, text) => {
    expect(plugin.call('show', value)).toBe(text);
  });
});

describe('reading', () => {
  const songs = { songs: [{ title: 'Salt', 'a/b': 1, 'c~d': 2, '': 3 }, null], length: 5 };

  test.each([
    ['', true, songs],
    ['/songs/0/title', true, 'Salt'],
    ['/songs/0/a~1b', true, 1],
    ['/songs/0/c~0d', true, 2],
    ['/songs/0/', true, 3],
    ['/songs/1', true, null],
    ['/songs/2', false, null],
    ['/songs/-1', false, null],
    ['/songs/00', false, null],
    ['/songs/1e0', false, null],
    ['/songs/4294967296', false, null],
    ['/length', true, 5],
    ['/length/0', false, null],
    ['songs', false, null],
  ])('pointer %j', (pointer, exists, value) => {
    expect(plugin.call('path', { value: songs, pointer })).toMatchObject({ exists, value });
  });

  test('what is missing has a fallback at every step', () => {
    const value = { text: 'x', number: 1.5 };
    expect(plugin.call('access', value)).toEqual({
      missing: 'nobody',
      number: -1,
      integer: -1,
      string: 'not a string',
      boolean: true,
      has: true,
      hasNot: false,
      length: 2,
      first: 'text',
      behind: '',
      text: JSON.stringify(value),
    });
  });

  test('large arrays and objects are gone through in linear time, in either direction', () => {
    const list = Array.from({ length: 40_000 }, (_, i) => i);
    expect(plugin.call('sumAll', list)).toBe(799_980_000);
    const members = Object.fromEntries(list.slice(0, 20_000).map((i) => [`key ${i}`, i]));
    expect(plugin.call('lookUpAll', members)).toBe(199_990_000);
    expect(plugin.call('backwards', list.slice(0, 300))).toEqual(list.slice(0, 300).reverse());
  });
});

describe('building', () => {
  test('members are set, replaced and removed in place; the order stays', () => {
    expect(plugin.call('edit', { text: 'x', gone: 1, kept: [1] })).toEqual({
      text: 'changed',
      kept: [1],
      added: [1, 2],
      list: ['x', null, true],
      removed: true,
      again: false,
      keys: ['text', 'kept', 'added', 'list', 'removed', 'again'],
    });
  });

  test('a large object is built in linear time', () => {
    expect(plugin.call('setMany', 20_000)).toBe(5_000);
  });
});
