/** music-source in the engine, against the example catalogue: what it finds, and a catalogue in trouble. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type Plugin } from '../../engine/index.ts';
import { type Catalogue, startCatalogue } from '../../examples/catalogue/server.ts';
import { examplePlugin, failureOf } from '../guest-sdk/support/drivers.ts';

let catalogue: Catalogue;
let engine: Engine;
let plugin: Plugin;
/** Answers in place of the catalogue. */
let trouble: ((response: ServerResponse) => void) | undefined;

beforeAll(async () => {
  catalogue = await startCatalogue({
    intercept: (_, response) => {
      const inTrouble = trouble;
      inTrouble?.(response);
      return inTrouble === undefined ? undefined : true;
    },
  });
  engine = await createEngine();
  plugin = await engine.load(await examplePlugin('music-source'), {
    grants: { http: [catalogue.origin] },
    config: { catalogue: `${catalogue.origin}/` },
    limits: { httpConcurrent: 50 },
  });
});
beforeEach(() => {
  trouble = undefined;
});
afterAll(async () => {
  await engine?.close();
  await catalogue?.close();
});

const asked = (): string | undefined => catalogue.requests.at(-1);

describe('search', () => {
  test.each([
    [{ query: 'boat' }, ['The Last Boat Home', 'The Boat Made of Paper']],
    ['LAST boat', ['The Last Boat Home']],
    ['grunfink ende', []],
    [{ query: 'Straße' }, ['Straßenbahn', 'Über den Dächern', 'Haltestelle', 'Nachtfahrt', 'Größenwahn', 'Endstation']],
    [{ query: '舟' }, ['紙の舟']],
    [{ query: 'a&b=c#d?e%20f/..' }, []],
  ])('%j', async (input, titles) => {
    const { total, results } = await plugin.call<{ total: number; results: { title: string }[] }>('search', input);
    expect(results.map(({ title }) => title)).toEqual(titles);
    expect(total).toBe(titles.length);
  });

  test('artists and playlists', async () => {
    expect(await plugin.call('search', { query: 'tova', type: 'artist' })).toMatchObject({
      results: [{ name: 'Tova Lindqvist', country: 'SE' }],
    });
    expect(await plugin.call('search', { query: 'radio', type: 'playlist' })).toMatchObject({
      results: [{ id: 'world-radio', name: 'World Radio 🌍' }],
    });
  });

  test('pages lead to each other', async () => {
    const titles: string[] = [];
    for (let offset: number | null = 0; offset !== null; ) {
      const page: { results: { id: string }[]; nextOffset: number | null } = await plugin.call('search', {
        query: 'the',
        limit: 7,
        offset,
      });
      titles.push(...page.results.map(({ id }) => id));
      offset = page.nextOffset;
    }
    const { total } = await plugin.call<{ total: number }>('search', { query: 'the', limit: 1 });
    expect(titles).toHaveLength(total);
    expect(new Set(titles).size).toBe(total);
  });
});

test('a playlist and its songs', async () => {
  expect(await plugin.call('get_playlist', 'late-jazz')).toMatchObject({
    name: 'Late Jazz',
    owner: 'tobias',
    songCount: 11,
  });
  const { songs, nextOffset } = await plugin.call<{ songs: unknown[]; nextOffset: null }>('get_playlist_songs', {
    id: 'late-jazz',
  });
  expect(songs).toHaveLength(11);
  expect(nextOffset).toBeNull();
  expect(await plugin.call('get_playlist_songs', { id: 'everything', limit: 100, offset: 100 })).toMatchObject({
    total: 113,
    offset: 100,
    nextOffset: null,
  });
  expect(await plugin.call('get_playlist_songs', 'empty')).toEqual({
    total: 0,
    offset: 0,
    songs: [],
    nextOffset: null,
  });
});

test('a song: detail, address, and something to hear at the address', async () => {
  expect(await plugin.call('get_song_detail', { id: 'song-1' })).toMatchObject({
    title: 'The Last Boat Home',
    artist: { name: 'The Paper Lanterns' },
    durationMs: 222_000,
    hasLyrics: true,
  });
  const { url, format } = await plugin.call<{ url: string; format: string }>('get_song_url', {
    id: 'song-1',
    quality: 'lossless',
  });
  expect(format).toBe('flac');
  const audio = await fetch(url);
  expect(audio.headers.get('content-type')).toBe('audio/wav');
  expect(new TextDecoder().decode((await audio.bytes()).subarray(0, 4))).toBe('RIFF');
});

describe('lyrics', () => {
  test('lines come in the order in which they are sung, refrains each time', async () => {
    const { synced, lines } = await plugin.call<{ synced: boolean; lines: { timeMs: number; text: string }[] }>(
      'get_song_lyrics',
      'song-1',
    );
    expect(synced).toBe(true);
    expect(lines[0]).toEqual({ timeMs: 12_500, text: "There's a bell on the water that rings for the late" });
    expect(lines.map(({ timeMs }) => timeMs)).toEqual([
      12_500, 19_200, 26_000, 33_100, 48_750, 55_300, 82_400, 89_500, 105_000,
    ]);
    expect(lines[6]!.text).toBe(lines[2]!.text);
  });

  test.each([
    ['plain lines', 'One\nTwo\n', { synced: false, lines: [{ text: 'One' }, { text: 'Two' }, { text: '' }] }],
    ['nothing', '', { synced: false, lines: [{ text: '' }] }],
    [
      'odd tags',
      '[ti:x]\r\n[99:99]no\r\n[00:01.5][x]yes\r\n[bad',
      { synced: true, lines: [{ timeMs: 1_500, text: 'yes' }] },
    ],
  ])('%s', async (_, lrc, expected) => {
    trouble = (response) => response.end(JSON.stringify({ lrc }));
    expect(await plugin.call('get_song_lyrics', 'song-1')).toEqual({ id: 'song-1', ...expected });
  });
});

test.each([
  ['get_song_detail', 'song-999', { what: 'song', id: 'song-999' }],
  ['get_song_url', 'song-999', { what: 'song', id: 'song-999' }],
  ['get_song_lyrics', 'song-2', { what: 'lyrics', id: 'song-2' }],
  ['get_playlist', 'none', { what: 'playlist', id: 'none' }],
  ['get_playlist_songs', 'none', { what: 'playlist', id: 'none' }],
])('%s of %j is not found', async (name, id, details) => {
  expect(await failureOf(plugin.call(name, id))).toMatchObject({ code: 'NOT_FOUND', details });
});

test.each([
  ['search', '', 'query'],
  ['search', '   ', 'query'],
  ['search', 'x'.repeat(201), 'query'],
  ['search', { query: 'x', type: 'album' }, 'type'],
  ['search', { query: 'x', limit: 0 }, 'limit'],
  ['search', { query: 'x', limit: 101 }, 'limit'],
  ['search', { query: 'x', offset: -1 }, 'offset'],
  ['search', { query: 5 }, 'query'],
  ['search', undefined, 'query'],
  ['get_song_url', { id: 'song-1', quality: 'best' }, 'quality'],
  ['get_song_detail', '', 'id'],
  ['get_song_detail', '../playlists/empty', 'id'],
  ['get_song_detail', 'song-1?x=1', 'id'],
  ['get_song_detail', 'sóng', 'id'],
  ['get_playlist', 'a'.repeat(65), 'id'],
])('%s(%j) is refused because of %s, without a request', async (name, input, argument) => {
  const before = catalogue.requests.length;
  expect(await failureOf(plugin.call(name, input))).toMatchObject({ code: 'INVALID_ARGUMENT', details: { argument } });
  expect(catalogue.requests.length).toBe(before);
});

describe('a catalogue in trouble', () => {
  test.each<readonly [what: string, answer: (response: ServerResponse) => void, code: string, details: unknown]>([
    [
      'an error',
      (response) => response.writeHead(500).end('oops'),
      'UPSTREAM_FAILED',
      { path: '/songs/song-1', status: 500 },
    ],
    [
      'no access',
      (response) => response.writeHead(403).end(),
      'UPSTREAM_FAILED',
      { path: '/songs/song-1', status: 403 },
    ],
    [
      'too many requests',
      (response) => response.writeHead(429, { 'retry-after': '7' }).end(),
      'RATE_LIMITED',
      { path: '/songs/song-1', status: 429, retryAfterSeconds: 7 },
    ],
    [
      'a page instead of JSON',
      (response) => response.setHeader('content-type', 'text/html').end('<html>'),
      'UPSTREAM_INVALID',
      { path: '/songs/song-1', contentType: 'text/html', offset: 0 },
    ],
    [
      'half of the JSON',
      (response) => response.end('{"id": "song-1", '),
      'UPSTREAM_INVALID',
      { path: '/songs/song-1', contentType: '', offset: 17 },
    ],
    ['other JSON', (response) => response.end('[1]'), 'UPSTREAM_INVALID', { path: '/songs/song-1', contentType: '' }],
    [
      'no answer at all',
      (response) => response.destroy(),
      'UPSTREAM_UNAVAILABLE',
      { path: '/songs/song-1', reason: 'NETWORK' },
    ],
    [
      'a body that breaks off',
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"id":');
        setTimeout(() => response.destroy(), 20);
      },
      'UPSTREAM_UNAVAILABLE',
      { path: '/songs/song-1', reason: 'NETWORK' },
    ],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'UPSTREAM_UNAVAILABLE',
      { path: '/songs/song-1', reason: 'PERMISSION_DENIED' },
    ],
  ])('%s', async (_, answer, code, details) => {
    trouble = answer;
    expect(await failureOf(plugin.call('get_song_detail', 'song-1'))).toMatchObject({ code, details });
  });

  test('a busy one is asked again', async () => {
    let times = 0;
    trouble = (response) => {
      times++;
      response.writeHead(503).end();
      trouble = undefined;
    };
    expect(await plugin.call('get_song_detail', 'song-1')).toMatchObject({ id: 'song-1' });
    expect(times).toBe(1);
    trouble = (response) => {
      times++;
      response.writeHead(503).end();
    };
    expect(await failureOf(plugin.call('get_song_detail', 'song-1'))).toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { status: 503 },
    });
    expect(times).toBe(3);
  });

  test('it is as it was afterwards', async () => {
    expect(await plugin.call('search', 'boat')).toMatchObject({ total: 2 });
    expect(asked()).toBe('/search?q=boat&type=song&limit=20&offset=0');
  });
});

test('without a grant it is not even started', async () => {
  const options = { id: 'fenced', config: { catalogue: catalogue.origin } };
  await expect(
    engine.load(await examplePlugin('music-source'), { ...options, requireGrants: true }),
  ).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
});

test('with a grant for another address nothing leaves, and the error says why', async () => {
  const fenced = await engine.load(await examplePlugin('music-source'), {
    id: 'fenced',
    grants: { http: ['http://127.0.0.1:9'] },
    config: { catalogue: catalogue.origin },
  });
  const before = catalogue.requests.length;
  const failure = await failureOf(fenced.call('search', 'boat'));
  expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', details: { reason: 'PERMISSION_DENIED' } });
  expect(failure.message).toContain('is not granted');
  expect(catalogue.requests.length).toBe(before);
});

test.each([{}, { catalogue: 'ftp://127.0.0.1' }])('with the configuration %j it does not start', async (config) => {
  const options = { id: 'unconfigured', grants: { http: true }, config };
  await expect(engine.load(await examplePlugin('music-source'), options)).rejects.toMatchObject({
    code: expect.stringMatching(/^(GUEST_ERROR|INVALID_CONFIG)$/),
  });
});

test('overlapping calls do not disturb each other', async () => {
  const ids = Array.from({ length: 40 }, (_, i) => `song-${i + 1}`);
  const songs = await Promise.all(ids.map((id) => plugin.call<{ id: string }>('get_song_detail', id)));
  expect(songs.map(({ id }) => id)).toEqual(ids);
});
