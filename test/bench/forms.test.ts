/** The plugin in its forms: they answer alike, and the benchmark measures all of them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSources } from '../../bench/forms/built-sources.ts';
import { type CatalogueProcess, startCatalogueProcess } from '../../bench/forms/catalogue.ts';
import type { FormHost, LoadedSource } from '../../bench/forms/form.ts';
import { openHost } from '../../bench/forms/hosts.ts';
import type { FormsResults } from '../../bench/forms/results.ts';
import { toMessage } from '../../bench/forms/source/failure.ts';
import { COMPARISONS, FORMS, WORK_NAMES } from '../../bench/forms/subjects.ts';

const folder = mkdtempSync(join(tmpdir(), 'ringfence-forms-'));
let catalogue: CatalogueProcess;
const opened: { readonly host: FormHost; readonly source: LoadedSource }[] = [];

beforeAll(async () => {
  catalogue = await startCatalogueProcess();
  const sources = await buildSources();
  for (const form of FORMS) {
    const host = await openHost(form, sources);
    opened.push({ host, source: await host.load(catalogue.origin) });
  }
});
afterAll(async () => {
  for (const { host, source } of opened) {
    await source.close();
    await host.close();
  }
  await catalogue?.close();
  rmSync(folder, { recursive: true, force: true });
});

const outcome = (source: LoadedSource, name: string, input: unknown): Promise<unknown> =>
  source.call(name, input).then((value) => ({ value }), toMessage);

test.each<readonly [name: string, input: unknown]>([
  ['search', { query: 'boat' }],
  ['search', { query: 'Straße', limit: 2, offset: 1 }],
  ['search', { query: 'tova', type: 'artist' }],
  ['search', { query: 'a&b=c#d?e%20f/..' }],
  ['get_playlist', { id: 'late-jazz' }],
  ['get_playlist_songs', { id: 'everything', limit: 3 }],
  ['get_playlist_songs', { id: 'empty' }],
  ['get_song_url', { id: 'song-1', quality: 'lossless' }],
  ['get_song_detail', { id: 'song-1' }],
  ['get_song_lyrics', { id: 'song-1' }],
  ['get_song_lyrics', { id: 'long' }],
  ['search', { query: '   ' }],
  ['search', { query: 'x', type: 'album' }],
  ['search', { query: 'x', limit: 101 }],
  ['search', { query: 'x', offset: -1 }],
  ['get_song_url', { id: 'song-1', quality: 'best' }],
  ['get_song_detail', { id: '../playlists/empty' }],
  ['get_song_detail', { id: 'song-999' }],
  ['get_song_lyrics', { id: 'song-2' }],
])('%s of %j is the same in every form', async (name, input) => {
  // An address to stream from is valid until a time that the catalogue sets anew.
  const withoutTime = (text: unknown): unknown =>
    JSON.parse(JSON.stringify(text).replaceAll(/"expiresAt":"[^"]*"/g, '"expiresAt":""'));
  const [first, ...others] = await Promise.all(opened.map(({ source }) => outcome(source, name, input)));
  for (const other of others) expect(withoutTime(other)).toEqual(withoutTime(first));
});

describe('the benchmark', { timeout: 240_000 }, () => {
  test('prints one document with every form, and tries no case again that is known', () => {
    const main = join(import.meta.dirname, '../../bench/forms/main.ts');
    const known = { peer: 'es module', case: 'endless loop', outcome: 'hangs', detail: 'known' };
    const isolation = join(folder, 'isolation.json');
    writeFileSync(isolation, JSON.stringify({ rows: [known] }));
    const printed = execFileSync(process.execPath, [main, '--json', '--quick', '--isolation', isolation], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { suite, rows, forms, safety } = JSON.parse(printed) as FormsResults;
    expect(suite).toBe('forms');
    expect(rows.map(({ subject, size }) => [subject, size])).toEqual(
      COMPARISONS.flatMap(({ subject }) => WORK_NAMES.map((size) => [subject, size])),
    );
    for (const { ratio, ratios } of rows) expect(ratios).toEqual([ratio]);
    expect(forms.map(({ form }) => form)).toEqual(FORMS);
    for (const { p50Us, p99Us } of forms) expect(p99Us).toBeGreaterThanOrEqual(p50Us);
    expect(safety.filter(({ detail }) => detail === 'known')).toEqual([
      { form: 'es-module', case: 'endless loop', outcome: 'hangs', detail: 'known' },
    ]);
    for (const { form, case: name, outcome: came } of safety) {
      if (form.startsWith('wasm-')) expect([form, name, came]).toEqual([form, name, 'clean']);
      if (form === 'es-module') expect([form, name, came]).not.toEqual([form, name, 'clean']);
    }
  });
});
