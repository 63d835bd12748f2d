/** The manifest is what plugin.json says, and for the rest what the sources say. */
import { expect, test } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { MiniHost } from '../support/mini-host.ts';
import { pluginDir, pluginWith } from './support/plugin-dir.ts';

const FUNCTIONS = `
import { Json as Value } from "ringfence-guest";
export type Id = string;

/**
 * Adds two numbers,
 * whatever they are.
 *
 * The rest is not for the manifest.
 * @param a one
 */
export function add(a: f64, b: f64): f64 { return a + b; }
/** Finds. */
export function find(id: Id, limit: u8 = 5, after: string | null = null): string[] { return [id]; }
// Not a doc comment.
export function round(x: f32): i32 { return <i32>x; }
/** A comment of something else. */
const SOMETHING = 1;

export function whole(input: Value): Value { return input; }
export function bytes(input: Uint8Array): Uint8Array { return input; }
export function nothing(): void {}
export function lists(grid: bool[][]): Value | null { return null; }
`;

test('functions are described by their signatures and comments', async () => {
  using dir = pluginWith(FUNCTIONS, { name: 'described', version: '1.0.0', author: 'Zoë' });
  const { manifest, wasm } = await buildPlugin({ source: dir.path, outDir: false });
  expect(JSON.parse(JSON.stringify(manifest))).toEqual({
    name: 'described',
    version: '1.0.0',
    author: 'Zoë',
    abi: 1,
    permissions: {},
    functions: {
      add: {
        description: 'Adds two numbers, whatever they are.',
        input: {
          type: 'object',
          properties: { a: { type: 'number' }, b: { type: 'number' } },
          required: ['a', 'b'],
          additionalProperties: false,
        },
        output: { type: 'number' },
      },
      find: {
        description: 'Finds.',
        input: {
          anyOf: [
            { type: 'string' },
            {
              type: 'object',
              properties: {
                id: { type: 'string' },
                limit: { type: 'integer', minimum: 0, maximum: 255 },
                after: { type: ['string', 'null'] },
              },
              required: ['id'],
              additionalProperties: false,
            },
          ],
        },
        output: { type: 'array', items: { type: 'string' } },
      },
      round: {
        input: {
          anyOf: [
            { type: 'number' },
            { type: 'object', properties: { x: { type: 'number' } }, required: ['x'], additionalProperties: false },
          ],
        },
        output: { type: 'integer', minimum: -2147483648, maximum: 2147483647 },
      },
      whole: {},
      bytes: {},
      nothing: {},
      lists: {
        input: {
          anyOf: [
            { type: 'array', items: { type: 'array', items: { type: 'boolean' } } },
            {
              type: 'object',
              properties: { grid: { type: 'array', items: { type: 'array', items: { type: 'boolean' } } } },
              required: ['grid'],
              additionalProperties: false,
            },
          ],
        },
      },
    },
  });
  expect(new MiniHost(wasm).info).toEqual({
    name: 'described',
    version: '1.0.0',
    author: 'Zoë',
    apiVersion: '1.0.0',
    capabilities: [],
    functions: ['add', 'find', 'round', 'whole', 'bytes', 'nothing', 'lists'],
  });
});

test('what plugin.json says about a function wins', async () => {
  using dir = pluginWith(FUNCTIONS, {
    name: 'described',
    version: '1.0.0',
    functions: { add: { description: 'Sum.', idempotent: true }, whole: { input: { type: 'array' } } },
  });
  const { manifest } = await buildPlugin({ source: dir.path, outDir: false });
  expect(manifest.functions).toMatchObject({
    add: { description: 'Sum.', idempotent: true, output: { type: 'number' } },
    whole: { input: { type: 'array' } },
  });
});

test('functions come from wherever the main file exports them from', async () => {
  using dir = pluginDir({
    'assembly/index.ts':
      'import { c } from "./c";\nexport { a as first } from "./a";\nexport * from "./b";\nexport { c };\nfunction local(): i32 { return 4; }\nexport { local };\nexport class Hidden {}',
    'assembly/a.ts': 'export function a(): i32 { return 1; }',
    'assembly/b.ts': 'export function b(): i32 { return 2; }\nfunction notExported(): void {}',
    'assembly/c.ts': 'export function c(): i32 { return 3; }',
  });
  const { wasm, manifest } = await buildPlugin({ source: dir.path, outDir: false });
  expect(Object.keys(manifest.functions).sort()).toEqual(['b', 'c', 'first', 'local']);
  const host = new MiniHost(wasm);
  expect(['first', 'b', 'c', 'local'].map((name) => host.call(name))).toEqual([1, 2, 3, 4]);
});

test.each([
  ['not JSON', '{ "name": ', 'INVALID_MANIFEST', /^plugin\.json: expected JSON: /],
  ['another kind of JSON', '[]', 'INVALID_MANIFEST', /^plugin\.json: expected a JSON object, got an array$/],
  ['a field that is not valid', { name: 'Not Valid', version: '1.0.0' }, 'INVALID_MANIFEST', /\/name/],
  ['an unknown field', { name: 'a', version: '1.0.0', premissions: {} }, 'INVALID_MANIFEST', /premissions/],
  [
    'functions that are no object',
    { name: 'a', version: '1.0.0', functions: ['f'] },
    'INVALID_MANIFEST',
    /\/functions/,
  ],
  [
    'a function that is no object',
    { name: 'a', version: '1.0.0', functions: { f: 1 } },
    'INVALID_MANIFEST',
    /\/functions\/f/,
  ],
  ['another version of the ABI', { name: 'a', version: '1.0.0', abi: 2 }, 'ABI_MISMATCH', /abi/i],
  [
    'a function that is not exported',
    { name: 'a', version: '1.0.0', functions: { g: {} } },
    'BUILD_FAILED',
    /plugin\.json: error: function "g" is not exported by the plugin's main file \(exported: f\)/,
  ],
])('a manifest with %s is refused', async (_, manifest, code, message) => {
  using dir = pluginWith('export function f(): void {}', manifest);
  await expect(buildPlugin({ source: dir.path, outDir: false })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});
