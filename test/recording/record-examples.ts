/**
 * Writes the recordings of the example plugins, with the plugins as they were: `npm run bless:recordings`. They are made anew
 * when prices change, or what the plugins do; that an engine replays those that are there is what the tests look at.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPlugin } from '../../engine/build/index.ts';
import { createEngine, type LoadOptions, type Plugin } from '../../engine/index.ts';
import { startCatalogue } from '../../examples/catalogue/server.ts';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = join(import.meta.dirname, 'fixtures');

async function record(name: string, options: LoadOptions, use: (plugin: Plugin) => Promise<void>): Promise<void> {
  const file = join(FIXTURES, `${name}.wasm`);
  writeFileSync(file, (await buildPlugin({ source: join(ROOT, 'plugins', name), outDir: false })).wasm);
  await using engine = await createEngine({ executor: 'inline' });
  await use(await engine.load(file, { ...options, record: join(FIXTURES, `${name}.jsonl`) }));
}

/** A call that may fail: that is recorded, too. */
const attempt = (plugin: Plugin, ...args: Parameters<Plugin['call']>): Promise<unknown> =>
  plugin.call(...args).catch(() => {});

await record('calculator', {}, async (plugin) => {
  for (const fn of plugin.info.functions) {
    for (const input of [{ a: 7, b: 2 }, { a: 1, b: 0 }, 9, -1]) await attempt(plugin, fn, input);
    await attempt(plugin, fn, { base: 2, exponent: 0.5 });
  }
});

await record('word-count', { config: { stopWords: ['the', 'to'] } }, async (plugin) => {
  await attempt(plugin, 'count', { text: 'to be or not to be, that is the question; Straße, naïve, 漢字' });
  await attempt(plugin, 'count', { text: 'of the sea and the harbour '.repeat(200) });
  await attempt(plugin, 'count', { text: 'too little fuel for this '.repeat(50) }, { limits: { fuel: 20_000 } });
  await attempt(plugin, 'count', { txt: '' });
});

const catalogue = await startCatalogue();
try {
  const { origin } = catalogue;
  await record('music-source', { grants: { http: [origin] }, config: { catalogue: `${origin}/` } }, async (plugin) => {
    await attempt(plugin, 'search', { query: 'boat' });
    await attempt(plugin, 'search', { query: 'tova', type: 'artist' });
    await attempt(plugin, 'search', { query: 'nothing like this' });
    await attempt(plugin, 'search', { query: 'boat', type: 'no such type' });
  });
} finally {
  await catalogue.close();
}
