/**
 * A music catalogue over HTTP on the loopback: something real for plugins to talk to. `node examples/catalogue/server.ts`
 * runs it on its own.
 *
 *     GET /search?q=&type=song|artist|playlist&limit=&offset=      { total, items }
 *     GET /playlists/<id>                                          a playlist
 *     GET /playlists/<id>/songs?limit=&offset=                     { total, items }
 *     GET /songs/<id>                                              a song
 *     GET /songs/<id>/url?quality=low|standard|high|lossless       { url, … }
 *     GET /songs/<id>/lyrics                                       { id, lrc }
 *     GET /audio/<id>.wav                                          one second of a tone, so that a url can be played
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ARTISTS, lyricsOf, PLAYLIST_LIST, type Playlist, SONGS, type Song } from './data.ts';
import { toneWav } from './tone.ts';

export interface CatalogueOptions {
  /** @default 0, any that is free */
  readonly port?: number;
  /** Answers in place of the catalogue, so that callers can meet a server in trouble; undefined lets it answer itself. */
  readonly intercept?: (path: string, response: ServerResponse) => true | undefined;
}

export interface Catalogue extends AsyncDisposable {
  /** "http://127.0.0.1:41234". */
  readonly origin: string;
  /** Paths that were asked for, oldest first. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** An answer: a status and what goes out as JSON, or audio. */
type Answer = { readonly status: number; readonly json: unknown } | { readonly wav: Uint8Array };

const QUALITIES: Readonly<Record<string, { readonly format: string; readonly kbps: number }>> = {
  low: { format: 'opus', kbps: 64 },
  standard: { format: 'opus', kbps: 128 },
  high: { format: 'opus', kbps: 256 },
  lossless: { format: 'flac', kbps: 900 },
};
const URL_LIFETIME_MS = 3_600_000;
const MAX_PAGE = 100;

const songsById = new Map(SONGS.map((song) => [song.id, song]));
const playlistsById = new Map(PLAYLIST_LIST.map((playlist) => [playlist.id, playlist]));

/** Starts a catalogue on 127.0.0.1. */
export async function startCatalogue({ port = 0, intercept }: CatalogueOptions = {}): Promise<Catalogue> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(path);
    if (intercept?.(path, response) !== true) send(response, answer(request, origin(server)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin: origin(server), requests, close, [Symbol.asyncDispose]: close };
}

function origin(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer({ method, url = '/' }: IncomingMessage, base: string): Answer {
  if (method !== 'GET') return problem(405, `method ${method} is not allowed`);
  if (!URL.canParse(url, base)) return problem(400, 'malformed path');
  const { pathname, searchParams: query } = new URL(url, base);
  const [collection, id = '', part, ...rest] = pathname.slice(1).split('/');
  if (rest.length > 0) return problem(404, `nothing at ${pathname}`);
  if (collection === 'search' && id === '') return search(query);
  if (collection === 'songs') return withSong(id, part, query, base);
  if (collection === 'playlists') return withPlaylist(id, part, query);
  if (collection === 'audio') return audio(id);
  return problem(404, `nothing at ${pathname}`);
}

function search(query: URLSearchParams): Answer {
  const words = fold(query.get('q') ?? '')
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return problem(400, 'q is empty');
  const matches = (...texts: readonly string[]): boolean => {
    const text = fold(texts.join(' '));
    return words.every((word) => text.includes(word));
  };
  switch (query.get('type') ?? 'song') {
    case 'song':
      return page(
        SONGS.filter((song) => matches(song.title, song.artist.name, song.album.title)),
        query,
      );
    case 'artist':
      return page(
        ARTISTS.filter(({ name }) => matches(name)),
        query,
      );
    case 'playlist':
      return page(PLAYLIST_LIST.filter(({ name, description }) => matches(name, description)).map(summary), query);
    default:
      return problem(400, 'type is song, artist or playlist');
  }
}

/** Without case and accents. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

function withSong(id: string, part: string | undefined, query: URLSearchParams, base: string): Answer {
  const song = songsById.get(id);
  if (song === undefined) return problem(404, `no song ${id}`);
  if (part === undefined) return ok({ ...song, hasLyrics: lyricsOf(song) !== undefined });
  if (part === 'url') return streamUrl(song, query.get('quality') ?? 'standard', base);
  if (part !== 'lyrics') return problem(404, `a song has no ${part}`);
  const lrc = lyricsOf(song);
  return lrc === undefined ? problem(404, `no lyrics for ${id}`) : ok({ id, lrc });
}

function streamUrl({ id, durationMs }: Song, quality: string, base: string): Answer {
  if (!Object.hasOwn(QUALITIES, quality)) return problem(400, `quality is one of ${Object.keys(QUALITIES).join(', ')}`);
  const { format, kbps } = QUALITIES[quality]!;
  return ok({
    id,
    url: `${base}/audio/${id}.wav?quality=${quality}`,
    quality,
    format,
    kbps,
    sizeBytes: Math.round((durationMs * kbps) / 8),
    expiresAt: new Date(Date.now() + URL_LIFETIME_MS).toISOString(),
  });
}

function withPlaylist(id: string, part: string | undefined, query: URLSearchParams): Answer {
  const playlist = playlistsById.get(id);
  if (playlist === undefined) return problem(404, `no playlist ${id}`);
  if (part === undefined) return ok(summary(playlist));
  return part === 'songs' ? page(playlist.songs, query) : problem(404, `a playlist has no ${part}`);
}

function summary({ songs, ...about }: Playlist): unknown {
  return { ...about, songCount: songs.length, durationMs: songs.reduce((sum, { durationMs }) => sum + durationMs, 0) };
}

function audio(file: string): Answer {
  const index = SONGS.findIndex(({ id }) => file === `${id}.wav`);
  // A semitone higher for each song, over three octaves.
  return index < 0 ? problem(404, `no file ${file}`) : { wav: toneWav(220 * 2 ** ((index % 36) / 12)) };
}

function page(all: readonly unknown[], query: URLSearchParams): Answer {
  const limit = Number(query.get('limit') ?? 20);
  const offset = Number(query.get('offset') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) return problem(400, `limit is from 1 to ${MAX_PAGE}`);
  if (!Number.isInteger(offset) || offset < 0) return problem(400, 'offset is a whole number from 0');
  return ok({ total: all.length, items: all.slice(offset, offset + limit) });
}

function ok(json: unknown): Answer {
  return { status: 200, json };
}

function problem(status: number, error: string): Answer {
  return { status, json: { error } };
}

function send(response: ServerResponse, answer: Answer): void {
  if ('wav' in answer) {
    response.writeHead(200, { 'content-type': 'audio/wav' }).end(answer.wav);
  } else {
    response
      .writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(answer.json));
  }
}

if (import.meta.main) {
  const catalogue = await startCatalogue({ port: Number(process.env.PORT ?? 8080) });
  console.log(`catalogue at ${catalogue.origin} (${SONGS.length} songs, ${PLAYLIST_LIST.length} playlists)`);
}
