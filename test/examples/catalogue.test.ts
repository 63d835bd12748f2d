/** The example catalogue by itself: what it answers, and what it refuses. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PLAYLIST_LIST, SONGS } from '../../examples/catalogue/data.ts';
import { type Catalogue, startCatalogue } from '../../examples/catalogue/server.ts';

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await startCatalogue();
});
afterAll(() => catalogue.close());

test.each<readonly [path: string, status: number, answer: unknown]>([
  ['/search?q=the', 200, { total: expect.any(Number), items: expect.any(Array) }],
  ['/search?q=aurora&type=artist', 200, { total: 0, items: [] }],
  ['/search', 400, { error: 'q is empty' }],
  ['/search?q=a&type=album', 400, { error: 'type is song, artist or playlist' }],
  ['/search?q=a&limit=0', 400, { error: 'limit is from 1 to 100' }],
  ['/search?q=a&offset=-1', 400, { error: 'offset is a whole number from 0' }],
  ['/songs/song-1', 200, { title: 'The Last Boat Home' }],
  ['/songs/song-1/url?quality=low', 200, { kbps: 64 }],
  ['/songs/song-1/url?quality=constructor', 400, { error: 'quality is one of low, standard, high, lossless' }],
  ['/songs/song-1/lyrics', 200, { lrc: expect.stringContaining('[00:12.50]') }],
  ['/songs/song-2/lyrics', 404, { error: 'no lyrics for song-2' }],
  ['/songs/song-1/video', 404, { error: 'a song has no video' }],
  ['/songs/constructor', 404, { error: 'no song constructor' }],
  ['/playlists/empty', 200, { songCount: 0 }],
  ['/playlists/empty/songs', 200, { total: 0, items: [] }],
  ['/audio/song-0.wav', 404, { error: 'no file song-0.wav' }],
  ['/', 404, { error: 'nothing at /' }],
  ['/songs/song-1/url/more', 404, { error: 'nothing at /songs/song-1/url/more' }],
])('%s is %i', async (path, status, answer) => {
  const response = await fetch(catalogue.origin + path);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject(answer as object);
  expect(catalogue.requests.at(-1)).toBe(path);
});

test('it only reads', async () => {
  expect((await fetch(`${catalogue.origin}/songs/song-1`, { method: 'DELETE' })).status).toBe(405);
});

test('the data set is a decent one', () => {
  expect(SONGS.length).toBeGreaterThan(100);
  expect(new Set(SONGS.map(({ id }) => id)).size).toBe(SONGS.length);
  for (const { durationMs } of SONGS) expect(durationMs).toBeGreaterThan(60_000);
  expect(PLAYLIST_LIST.length).toBeGreaterThan(5);
});
