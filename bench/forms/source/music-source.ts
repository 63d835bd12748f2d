/**
 * plugins/music-source as an ES module: the same functions, inputs, answers and failures. What the forms that are no WebAssembly
 * load.
 */
import { catalogueOf, type JsonObject } from './catalogue.ts';
import { SourceFailure } from './failure.ts';
import { parseLyrics } from './lyrics.ts';

export interface MusicSourceConfig {
  /** "http://127.0.0.1:8080". */
  readonly catalogue: string;
  /** How often a request is tried while the catalogue is busy. @default 2 */
  readonly attempts?: number;
}

interface SearchInput {
  readonly query: string;
  readonly type?: string;
  readonly limit?: number;
  readonly offset?: number;
}
interface IdInput {
  readonly id: string;
}
type PageInput = IdInput & { readonly limit?: number; readonly offset?: number };
type UrlInput = IdInput & { readonly quality?: string };

/** Functions by their names. They reject with a SourceFailure. */
export type MusicSource = Readonly<Record<string, (input: never) => Promise<JsonObject>>>;

const MAX_PAGE = 100;
const MAX_QUERY = 200;
const QUALITIES = ['low', 'standard', 'high', 'lossless'];
const ID = /^[A-Za-z0-9_-]{1,64}$/;

export function createMusicSource({ catalogue, attempts = 2 }: MusicSourceConfig): MusicSource {
  const get = catalogueOf(catalogue, attempts);
  return {
    async search({ query, type = 'song', limit = 20, offset = 0 }: SearchInput) {
      const words = query.trim();
      if (words.length === 0 || words.length > MAX_QUERY) {
        throw invalid('query', `expected 1 to ${MAX_QUERY} characters to search for, got ${words.length}`);
      }
      if (type !== 'song' && type !== 'artist' && type !== 'playlist') {
        throw invalid('type', `expected "song", "artist" or "playlist", got "${type}"`);
      }
      checkPage(limit, offset);
      const path = `/search?q=${encodeURIComponent(words)}&type=${type}&limit=${limit}&offset=${offset}`;
      return page('results', await get(path, 'search', words), offset);
    },
    async get_playlist({ id }: IdInput) {
      return get(`/playlists/${checked(id)}`, 'playlist', id);
    },
    async get_playlist_songs({ id, limit = 50, offset = 0 }: PageInput) {
      const path = `/playlists/${checked(id)}/songs`;
      checkPage(limit, offset);
      return page('songs', await get(`${path}?limit=${limit}&offset=${offset}`, 'playlist', id), offset);
    },
    async get_song_url({ id, quality = 'standard' }: UrlInput) {
      const path = `/songs/${checked(id)}/url`;
      if (!QUALITIES.includes(quality)) {
        throw invalid('quality', `expected one of ${QUALITIES.join(', ')}, got "${quality}"`);
      }
      return get(`${path}?quality=${quality}`, 'song', id);
    },
    async get_song_lyrics({ id }: IdInput) {
      const found = await get(`/songs/${checked(id)}/lyrics`, 'lyrics', id);
      return parseLyrics(id, typeof found.lrc === 'string' ? found.lrc : '');
    },
    async get_song_detail({ id }: IdInput) {
      return get(`/songs/${checked(id)}`, 'song', id);
    },
  };
}

/** One page of a list, and where the next one starts: null behind the last. */
function page(name: string, { items, total }: JsonObject, offset: number): JsonObject {
  const list = items as readonly unknown[];
  const next = offset + list.length;
  return { total, offset, [name]: list, nextOffset: next < (total as number) && list.length > 0 ? next : null };
}

/** Ids are part of a path: nothing that could lead elsewhere. */
function checked(id: string): string {
  if (ID.test(id)) return id;
  throw invalid('id', `expected an id of 1 to 64 letters, digits, "-" or "_", got "${id.slice(0, 80)}"`);
}

function checkPage(limit: number, offset: number): void {
  if (limit < 1 || limit > MAX_PAGE) {
    throw invalid('limit', `expected \`limit\` to be from 1 to ${MAX_PAGE}, got ${limit}`);
  }
  if (offset < 0) throw invalid('offset', `expected \`offset\` to be 0 or more, got ${offset}`);
}

const invalid = (argument: string, message: string): SourceFailure =>
  new SourceFailure('INVALID_ARGUMENT', message, { argument });
