/** `hostJson`: documents on the host, as a plugin author uses them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { failure } from '../support/errors.ts';
import { fixture } from './support/drivers.ts';

let engine: Engine;
let plugin: Plugin;

beforeAll(async () => {
  engine = await createEngine({ limits: { jsonHandles: 50 } });
  plugin = await engine.load(await fixture('documents'));
});
afterAll(() => engine.close());

test.each([
  'null',
  'true',
  '[false,0,-1.5e-7,"žluť 🎵",""]',
  '{"a":{"b":[1,{"c":null}]},"":{},"a/b":[]}',
  '{"__proto__":1,"constructor":{"x":2}}',
  '"\\u0000\\n\\"\\\\"',
])('reads %s', async (text) => {
  expect(await plugin.call('copy', text)).toEqual(JSON.parse(text));
  expect(new TextDecoder().decode(await plugin.callBytes('copyBytes', new TextEncoder().encode(text)))).toBe(
    JSON.stringify(JSON.parse(text)),
  );
});

test('of members with the same name the last counts', async () => {
  expect(await plugin.call('copy', '{"a":1,"b":2,"a":3}')).toEqual({ a: 3, b: 2 });
});

test.each([
  ['{"a":x}', 'Expected a value, but "x" came', 5],
  ['', 'Expected a value, but the text ends', 0],
  ['['.repeat(70), 'Nested deeper than 64 levels (limit `jsonDepth`)', 64],
  ['[1e999]', 'Expected a number that a double can hold', 1],
])('says what is wrong with %s, and where', async (text, error, offset) => {
  expect(await plugin.call('copy', text)).toEqual({ error, offset });
});

test('follows JSON pointers', async () => {
  const text = '{"a/b":{"~":[10,{"c":true}]}}';
  expect(await plugin.call('read', { text, pointer: '/a~1b/~0/1' })).toBe('{"c":true}');
  expect(await plugin.call('read', { text, pointer: '/a~1b/~0/7/c' })).toBe('nothing');
});

test('what is not there has fallbacks all the way down', async () => {
  expect(await plugin.call('fallbacks')).toEqual([false, 'text', 7, true, 0]);
});

test('builds and writes', async () => {
  const song = { title: 'Žluť "live"', seconds: 61.5, live: true, album: null };
  expect(await plugin.call('build', song.title)).toBe(JSON.stringify({ songs: [song, []] }));
});

test('handles that are freed may be any number', async () => {
  expect(await plugin.call('many', 200)).toBe(1);
});

test('a document that contains itself ends the call that writes it', async () => {
  expect((await failure(() => plugin.call('itself'), 'LIMIT_EXCEEDED')).details).toMatchObject({ limit: 'jsonDepth' });
});
