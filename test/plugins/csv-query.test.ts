/** The CSV query, a plugin in Rust. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { pluginFile } from '../../plugins/build-native.ts';
import { failure } from '../support/errors.ts';

let engine: Engine;
let plugin: Plugin;
beforeAll(async () => {
  engine = await createEngine({ executor: 'inline' });
  plugin = await engine.load(readFileSync(pluginFile('csv-query', 'csv-query.wasm')));
});
afterAll(() => engine.close());

const csv = 'city,people,land\n"Łódź, PL",650000,PL\r\nOslo,700000,NO\n"a ""b""\nc",5,NO\n\nRīga,600000,LV';

test.each<readonly [title: string, query: object, answer: object]>([
  ['everything', { limit: 1 }, { columns: ['city', 'people', 'land'], rows: [['Łódź, PL', '650000', 'PL']], found: 4 }],
  [
    'some columns, sorted as numbers',
    { select: ['city'], orderBy: 'people' },
    { rows: [['a "b"\nc'], ['Rīga'], ['Łódź, PL'], ['Oslo']] },
  ],
  [
    'the other way round',
    { select: ['people'], orderBy: 'people', descending: true, limit: 2 },
    { rows: [['700000'], ['650000']] },
  ],
  [
    'rows that fit',
    {
      select: ['city'],
      where: [
        { column: 'people', is: '>=', value: 600000 },
        { column: 'land', is: '!=', value: 'NO' },
      ],
    },
    { rows: [['Łódź, PL'], ['Rīga']], found: 2 },
  ],
  [
    'a part of a text',
    { select: ['land'], where: [{ column: 'city', is: 'contains', value: 'Ł' }] },
    { rows: [['PL']] },
  ],
  ['a sum', { select: ['land'], sum: 'people', limit: 0 }, { rows: [], found: 4, sum: 1950005 }],
  [
    'groups',
    { groupBy: 'land', sum: 'people' },
    {
      groupedBy: 'land',
      groups: [
        { value: 'LV', rows: 1, sum: 600000 },
        { value: 'NO', rows: 2, sum: 700005 },
        { value: 'PL', rows: 1, sum: 650000 },
      ],
    },
  ],
])('%s', async (_, query, answer) => {
  expect(await plugin.call('query', { csv, ...query })).toMatchObject(answer);
});

test.each<readonly [title: string, input: unknown, code: string, details: unknown]>([
  ['no table', {}, 'INVALID_INPUT', undefined],
  ['an empty table', { csv: '' }, 'BAD_CSV', { line: 1 }],
  ['a quote that is never closed', { csv: 'a\n"b' }, 'BAD_CSV', { line: 2 }],
  ['text behind a quote', { csv: 'a\n"b"c' }, 'BAD_CSV', { line: 2 }],
  ['a row with too many fields', { csv: 'a\nb\nc,d' }, 'BAD_CSV', { line: 3 }],
  ['a column that is not there', { csv, sum: 'price' }, 'UNKNOWN_COLUMN', { column: 'price' }],
  ['a sum of words', { csv, sum: 'city' }, 'NOT_A_NUMBER', { value: 'Łódź, PL' }],
  ['an operator that is none', { csv, where: [{ column: 'city', is: 'like', value: 'x' }] }, 'BAD_QUERY', undefined],
])('%s is an error of its own', async (_, input, code, details) => {
  const error = await failure(() => plugin.call('query', input), 'GUEST_ERROR');
  expect(error.details).toMatchObject({ code, ...(details === undefined ? {} : { details }) });
});

test('another separator', async () => {
  const other = await engine.load(readFileSync(pluginFile('csv-query', 'csv-query.wasm')), {
    id: 'semicolons',
    config: { separator: ';' },
  });
  expect(await other.call('columns', { csv: 'a,b;c\n1;2' })).toEqual({ columns: ['a,b', 'c'], rows: 1 });
});
