/** Every plugin of the repository offers what its manifest says, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createEngine, type Plugin } from '../../engine/index.ts';
import { manifestSections, readManifest } from '../../engine/validate/index.ts';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { examplePlugin } from '../guest-sdk/support/drivers.ts';

const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  calculator: ['add', 'subtract', 'multiply', 'divide', 'sqrt', 'power', 'factorial'],
  'music-source': [
    'search',
    'get_playlist',
    'get_playlist_songs',
    'get_song_url',
    'get_song_lyrics',
    'get_song_detail',
  ],
  'word-count': ['count', 'count_bytes', 'top_words', 'reading_time'],
};

/** Those that come compiled: their compilers need not be here. */
const COMPILED: Readonly<Record<string, readonly string[]>> = {
  'csv-query': ['columns', 'query'],
  markdown: ['render', 'outline'],
  template: ['render', 'check', 'repeat', 'statistics'],
};

test('all plugins are looked at', () => {
  const entries = readdirSync(new URL('../../plugins', import.meta.url), { withFileTypes: true });
  const plugins = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(plugins.sort()).toEqual([...Object.keys(FUNCTIONS), ...Object.keys(COMPILED)].sort());
});

test.each(Object.entries(FUNCTIONS))('%s', async (name, functions) => {
  const wasm = await examplePlugin(name);
  const manifest = readManifest(manifestSections(decodeModule(wasm)));
  expect(manifest.name).toBe(name);
  expect(Object.keys(manifest.functions).sort()).toEqual([...functions].sort());
  for (const { description } of Object.values(manifest.functions)) expect(description).toMatch(/^[A-Z].*\.$/);
  expect(manifest.description).toMatch(/\.$/);
  await using engine = await createEngine();
  const config = name === 'music-source' ? { catalogue: 'http://127.0.0.1:9' } : {};
  const plugin = await engine.load(wasm, { config, grants: { http: true } });
  expect([...plugin.info.functions].sort()).toEqual([...functions].sort());
  await answersOrFails(plugin);
});

test.each(Object.entries(COMPILED))('%s, compiled', async (name, functions) => {
  const folder = new URL(`../../plugins/${name}/`, import.meta.url);
  const manifest = JSON.parse(readFileSync(new URL('plugin.json', folder), 'utf8'));
  expect(Object.keys(manifest.functions).sort()).toEqual([...functions].sort());
  await using engine = await createEngine();
  const plugin = await engine.load(new URL(`${name}.wasm`, folder));
  expect([...plugin.info.functions].sort()).toEqual([...functions].sort());
  await answersOrFails(plugin);
});

/** Whatever it is asked, it answers or fails in good order. */
async function answersOrFails(plugin: Plugin): Promise<void> {
  for (const fn of plugin.info.functions) {
    for (const input of [undefined, null, {}, [], 'x', 1]) {
      await plugin.call(fn, input).catch(({ code }: { code: string }) => expect(code).toBe('GUEST_ERROR'));
    }
  }
}
