/** Quantities, tables and bars: what people read. */
import { describe, expect, test } from 'vitest';
import { functionSignature } from '../../engine/cli/function-signature.ts';
import { tableLines } from '../../engine/cli/table.ts';
import { formatBytes, formatCount, formatMs } from '../../engine/cli/units.ts';
import { bar, formatShare } from '../../engine/cli/usage-table.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [48_725, '47.6 KiB'],
  [32 * 1024 ** 2, '32 MiB'],
  [3 * 1024 ** 4, '3072 GiB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, '0 ms'],
  [0.04, '<0.1 ms'],
  [0.64, '0.6 ms'],
  [250, '250 ms'],
  [10_000, '10 s'],
  [1_540, '1.5 s'],
])('%d milliseconds are %s', (ms, text) => expect(formatMs(ms)).toBe(text));

test('counts are grouped', () => expect(formatCount(1_234_567)).toBe('1,234,567'));

test.each([
  [0, '··········', '0 %'],
  [0.000_001, '▏·········', '<1 %'],
  [0.5, '█████·····', '50 %'],
  [1, '██████████', '100 %'],
  // A run may end a little over its budget.
  [1.5, '██████████', '150 %'],
])('a share of %d', (share, drawn, text) => {
  expect(bar(share)).toBe(drawn);
  expect(formatShare(share)).toBe(text);
});

describe('tables', () => {
  test('align, and leave no white space at the ends of lines', () => {
    const lines = tableLines(
      [{ title: 'name' }, { title: 'used', align: 'right' }],
      [
        ['a', '1'],
        ['long name', '22'],
      ],
    );
    expect(lines).toEqual(['name       used', 'a             1', 'long name    22']);
    expect(
      tableLines(
        [{}, {}],
        [
          ['a', ''],
          ['b', 'c'],
        ],
      ),
    ).toEqual(['a', 'b  c']);
  });

  test('count what characters measure, not how they are written', () => {
    const rows = [
      ['日本', '|'],
      ['e\u0301t', '|'],
      ['\u001b[31mred\u001b[39m', '|'],
      ['👩‍👧', '|'],
    ];
    const widths = tableLines([{}, {}], rows).map((line) => line.indexOf('|'));
    // Wide ones take two columns for one character, combined ones one for two.
    expect(widths).toEqual([4, 7, 16, 9]);
  });
});

test.each([
  [{}, 'f()'],
  [{ input: { type: 'string' }, output: { type: 'number' } }, 'f(input: string): number'],
  [
    {
      input: {
        type: 'object',
        properties: { a: { type: 'array', items: { type: 'string' } }, b: {} },
        required: ['a'],
      },
    },
    'f(a: string[], b?: any)',
  ],
  [
    { input: { anyOf: [{ type: 'string' }, { type: 'object', properties: { a: { type: ['string', 'null'] } } }] } },
    'f(a?: string | null)',
  ],
  [{ input: true, output: { anyOf: [{ type: 'string' }, { type: 'null' }] } }, 'f(input: any): string | null'],
])('the signature of %j is %s', (about, text) => expect(functionSignature('f', about)).toBe(text));
