/** What the showcase calls, and what has to come of it. */
import { readFileSync } from 'node:fs';
import { formatBytes, formatCount } from '../../engine/cli/units.ts';
import { lyricsOf, PLAYLIST_LIST, type Playlist, SONGS, type Song } from '../catalogue/data.ts';

export interface Step {
  readonly plugin: string;
  readonly call: string;
  readonly input: unknown;
  /** The input in a few words. @default its JSON */
  readonly given?: string;
  /** What came, in a few words; undefined if it is not what had to come. */
  readonly judge: (outcome: Outcome) => string | undefined;
}

/** A value, or the code of the error with what the plugin itself said. */
export interface Outcome {
  readonly value?: unknown;
  readonly code?: string | undefined;
  readonly guestCode?: unknown;
  readonly message?: string;
}

const gives =
  (expected: unknown) =>
  ({ value }: Outcome): string | undefined =>
    JSON.stringify(value) === JSON.stringify(expected) ? JSON.stringify(value) : undefined;

/** A value that is as it should be, in words. */
const saying =
  <Value>(isRight: (value: Value) => boolean, inWords: (value: Value) => string) =>
  ({ value }: Outcome): string | undefined =>
    value !== undefined && isRight(value as Value) ? inWords(value as Value) : undefined;

/** An error of the plugin's own making. */
const reports =
  (guestCode: string) =>
  ({ code, guestCode: came, message }: Outcome): string | undefined =>
    code === 'GUEST_ERROR' && came === guestCode ? message : undefined;

/** An end that the fence made. */
const stopped =
  (why: string, ...codes: readonly string[]) =>
  ({ code }: Outcome): string | undefined =>
    code !== undefined && codes.includes(code) ? `stopped: ${code}, ${why}` : undefined;

const log = readFileSync(new URL('../../plugins/word-count/text/harbour-log.txt', import.meta.url), 'utf8');
const song = SONGS.find((candidate) => lyricsOf(candidate) !== undefined) as Song;
const SONG_TABLE = `artist,title,seconds\n${SONGS.map(({ artist, title, durationMs }) => `"${artist.name}","${title}",${Math.round(durationMs / 1_000)}`).join('\n')}`;
const playlist = PLAYLIST_LIST[0] as Playlist;

export const STEPS: readonly Step[] = [
  { plugin: 'calculator', call: 'factorial', input: { n: 20 }, judge: gives(2432902008176640000) },
  { plugin: 'calculator', call: 'divide', input: { a: 1, b: 0 }, judge: reports('DIVIDE_BY_ZERO') },
  {
    plugin: 'word-count',
    call: 'count',
    input: { text: log, top: 3 },
    given: `of ${formatBytes(log.length)} of text`,
    judge: saying<WordStatistics>(
      ({ words }) => words > 10_000,
      ({ words, unique, top }) =>
        `${formatCount(words)} words, ${formatCount(unique)} different, most often ${top.map(({ word }) => word).join(', ')}`,
    ),
  },
  {
    plugin: 'music-source',
    call: 'search',
    input: { query: song.artist.name },
    judge: saying<{ total: number; results: readonly { title: string }[] }>(
      ({ total, results }) => total > 0 && results.length > 0,
      ({ total, results }) => `${total} songs, the first is “${results[0]?.title}”`,
    ),
  },
  {
    plugin: 'music-source',
    call: 'get_playlist_songs',
    input: { id: playlist.id },
    judge: saying<{ total: number; songs: readonly unknown[] }>(
      ({ total }) => total === playlist.songs.length,
      ({ songs }) => `${songs.length} songs of “${playlist.name}”`,
    ),
  },
  {
    plugin: 'music-source',
    call: 'get_song_lyrics',
    input: { id: song.id },
    judge: saying<{ lines: readonly { text: string }[] }>(
      ({ lines }) => lines.length > 0,
      ({ lines }) => `${lines.length} lines, “${lines.find(({ text }) => text !== '')?.text}” …`,
    ),
  },
  { plugin: 'music-source', call: 'get_song_detail', input: { id: 'no-such-song' }, judge: reports('NOT_FOUND') },
  {
    plugin: 'markdown',
    call: 'render',
    input: '# Plugins in *C*, too',
    judge: gives('<h1>Plugins in <em>C</em>, too</h1>\n'),
  },
  {
    plugin: 'csv-query',
    call: 'query',
    input: { csv: SONG_TABLE, groupBy: 'artist', sum: 'seconds', limit: 1 },
    given: `a table of ${SONGS.length} songs`,
    judge: saying<{ groups: readonly { value: string; rows: number; sum: number }[] }>(
      ({ groups }) => groups.length === 1,
      ({ groups: [first] }) => `${first?.value}: ${first?.rows} songs, ${first?.sum} seconds`,
    ),
  },
  {
    plugin: 'template',
    call: 'render',
    input: { template: '{{#each songs}}{{title | upper}}; {{/each}}', data: { songs: SONGS.slice(0, 2) } },
    given: 'of the titles of two songs',
    judge: gives(
      SONGS.slice(0, 2)
        .map(({ title }) => `${title.toUpperCase()}; `)
        .join(''),
    ),
  },
  { plugin: 'csv-query', call: 'query', input: { csv: 'a\n"b' }, judge: reports('BAD_CSV') },
];

interface WordStatistics {
  readonly words: number;
  readonly unique: number;
  readonly top: readonly { readonly word: string }[];
}

/** Called while nobody watches over them but the fence. */
export const HOSTILE: readonly Step[] = [
  {
    plugin: 'spinner',
    call: 'spin',
    input: undefined,
    given: 'counts for ever',
    judge: stopped('its fuel is used up', 'OUT_OF_FUEL'),
  },
  {
    plugin: 'hoarder',
    call: 'grow',
    input: undefined,
    given: 'takes a megabyte at a time',
    judge: stopped('there is no more memory for it', 'TRAP', 'MEMORY_LIMIT'),
  },
];

/** What the others are asked while a hostile plugin runs, and afterwards. */
export const BYSTANDER: Step = { plugin: 'calculator', call: 'add', input: { a: 1, b: 2 }, judge: gives(3) };
