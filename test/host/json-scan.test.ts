import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonScan, scanJson } from '../../engine/host/json-scan.ts';

const scan = (text: string, maxDepth = 64): JsonScan => scanJson(new TextEncoder().encode(text), maxDepth);
/** Whether it is JSON whose numbers a double can hold. */
const parses = (text: string): boolean => {
  try {
    let holds = true;
    JSON.parse(text, (_, value) => {
      if (typeof value === 'number' && !Number.isFinite(value)) holds = false;
      return value;
    });
    return holds;
  } catch {
    return false;
  }
};

describe('scanJson counts the values and names of', () => {
  test.each([
    ['null', 1, 0],
    [' [ 1 , 2 ] ', 3, 0],
    ['{"a":{"b":[true,false]},"c":""}', 6, 3],
    ['[[],{}]', 3, 0],
    ['-0.5e+10', 1, 0],
    ['[1e308,1e-999,0e999]', 4, 0],
    [`1${'0'.repeat(308)}`, 1, 0],
    [`0.${'9'.repeat(400)}`, 1, 0],
  ])('%s', (text, values, names) => {
    expect(scan(text)).toEqual({ values, names });
  });

  test('text that is wrong at its end, as far as it was read', () => {
    expect(scan('[1,2,{"a":3}} ')).toMatchObject({ values: 5, names: 1, offset: 12 });
  });
});

describe('scanJson says where and what is wrong in', () => {
  test.each([
    ['', 0, 'a value'],
    ['  ', 2, 'a value'],
    ['nul', 3, '`null`'],
    ['[1,]', 3, 'a value'],
    ['[1 2]', 3, '"," or "]"'],
    ['{"a":1', 6, '"," or "}"'],
    ['{a:1}', 1, 'a name in quotes'],
    ['{"a" 1}', 5, '":"'],
    ['{"a":1,}', 7, 'a name in quotes'],
    ['01', 1, 'the end of the text'],
    ['1.', 2, 'a digit'],
    ['1e', 2, 'a digit'],
    ['-', 1, 'a digit'],
    ['+1', 0, 'a value'],
    ['"abc', 0, 'not closed'],
    ['"a\nb"', 2, 'Control character'],
    ['"\\x"', 1, 'Unknown escape'],
    ['"\\u12g4"', 5, 'hexadecimal'],
    ['[1] x', 4, 'the end of the text'],
    [']', 0, 'a value'],
    ['[}', 1, 'a value'],
    ['{]', 1, 'a name in quotes'],
    ['\ufeff1', 0, 'a value'],
    ["'a'", 0, 'a value'],
    ['[1e309]', 1, 'double'],
    ['-1E+400', 0, 'double'],
    [`[0,${'9'.repeat(310)}]`, 3, 'double'],
  ])('%j', (text, offset, expected) => {
    const result = scan(text);
    expect(result).toMatchObject({ offset });
    expect((result as { message: string }).message).toContain(expected);
  });
});

test('depth counts arrays and objects inside each other', () => {
  expect(scan('[[[1]]]', 3)).toEqual({ values: 4, names: 0 });
  expect(scan('[[[[1]]]]', 3)).toMatchObject({ offset: 3, message: expect.stringContaining('jsonDepth') });
  expect(scan('{"a":{"b":1}}', 1)).toMatchObject({ offset: 5 });
  expect(scan('[[],[],[]]', 2)).toEqual({ values: 4, names: 0 });
});

test('depth bombs of any size are told at the first level too deep', () => {
  expect(scan('['.repeat(1_000_000), 64)).toMatchObject({ offset: 64 });
});

test('offsets are in bytes', () => {
  expect(scan('["é漢",x]')).toMatchObject({ offset: 9 });
});

describe('the verdict is that of JSON.parse', () => {
  test('on documents', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(scan(text)).not.toHaveProperty('message');
      }),
      { numRuns: 500 },
    );
  });

  test('on documents with one character changed', () => {
    const characters = fc.constantFrom(...'{}[]",:\\0123456789.eE+-truefalsn \t\n\u0001éx'.split(''));
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), characters, (text, position, character) => {
        const at = position % (text.length + 1);
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        expect(!('message' in scan(changed))).toBe(parses(changed));
      }),
      { numRuns: 3_000 },
    );
  });
});
