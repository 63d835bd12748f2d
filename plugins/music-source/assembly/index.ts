// A source of music: what a player needs from a catalogue, one function each.

import { Json, fail, failed, http, json } from "ringfence-guest";
import { catalogueGet, connect } from "./catalogue";
import { parseLyrics } from "./lyrics";

const MAX_PAGE = 100;
const MAX_QUERY = 200;
const QUALITIES: string[] = ["low", "standard", "high", "lossless"];

export function onInit(config: Json): void {
  connect(config.get("catalogue").asString(), <i32>config.get("attempts").asInteger(2));
}

/** Finds songs, artists or playlists whose name contains all words of the query. */
export function search(query: string, type: string = "song", limit: i32 = 20, offset: i32 = 0): Json {
  const words = query.trim();
  if (words.length == 0 || words.length > MAX_QUERY) {
    return invalid("query", `expected 1 to ${MAX_QUERY} characters to search for, got ${words.length}`);
  }
  if (type != "song" && type != "artist" && type != "playlist") {
    return invalid("type", `expected "song", "artist" or "playlist", got "${type}"`);
  }
  if (!isPage(limit, offset)) return Json.missing;
  const found = catalogueGet(`/search?q=${http.encode(words)}&type=${type}&limit=${limit}&offset=${offset}`, "search", words);
  return failed() ? found : page("results", found, offset);
}

/** Name, description, owner and number of songs of a playlist. */
export function get_playlist(id: string): Json {
  return isId(id) ? catalogueGet(`/playlists/${id}`, "playlist", id) : Json.missing;
}

/** The songs of a playlist in order. */
export function get_playlist_songs(id: string, limit: i32 = 50, offset: i32 = 0): Json {
  if (!isId(id) || !isPage(limit, offset)) return Json.missing;
  const found = catalogueGet(`/playlists/${id}/songs?limit=${limit}&offset=${offset}`, "playlist", id);
  return failed() ? found : page("songs", found, offset);
}

/** Where a song can be streamed from, at "low", "standard", "high" or "lossless" quality. */
export function get_song_url(id: string, quality: string = "standard"): Json {
  if (!isId(id)) return Json.missing;
  if (!QUALITIES.includes(quality)) return invalid("quality", `expected one of ${QUALITIES.join(", ")}, got "${quality}"`);
  return catalogueGet(`/songs/${id}/url?quality=${quality}`, "song", id);
}

/** The words of a song, line by line, with the time of each line where the catalogue knows it. */
export function get_song_lyrics(id: string): Json {
  if (!isId(id)) return Json.missing;
  const found = catalogueGet(`/songs/${id}/lyrics`, "lyrics", id);
  return failed() ? found : parseLyrics(id, found.get("lrc").asString());
}

/** Everything the catalogue says about a song. */
export function get_song_detail(id: string): Json {
  return isId(id) ? catalogueGet(`/songs/${id}`, "song", id) : Json.missing;
}

/** One page of a list, and where the next one starts: null behind the last. */
function page(name: string, found: Json, offset: i32): Json {
  const items = found.get("items");
  const total = <i32>found.get("total").asInteger();
  const next = offset + items.length;
  const result = json.object().set("total", total).set("offset", offset).set(name, items);
  return next < total && items.length > 0 ? result.set("nextOffset", next) : result.set("nextOffset", json.nil());
}

/** Ids are part of a path: nothing that could lead elsewhere. */
function isId(id: string): bool {
  let valid = id.length > 0 && id.length <= 64;
  for (let i = 0; valid && i < id.length; i++) {
    const unit = id.charCodeAt(i);
    valid = <u32>(unit | 0x20) - 0x61 < 26 || <u32>unit - 0x30 < 10 || unit == 0x2d || unit == 0x5f;
  }
  if (!valid) invalid("id", `expected an id of 1 to 64 letters, digits, "-" or "_", got "${id.substring(0, 80)}"`);
  return valid;
}

function isPage(limit: i32, offset: i32): bool {
  if (limit < 1 || limit > MAX_PAGE) invalid("limit", `expected \`limit\` to be from 1 to ${MAX_PAGE}, got ${limit}`);
  else if (offset < 0) invalid("offset", `expected \`offset\` to be 0 or more, got ${offset}`);
  return !failed();
}

function invalid(argument: string, message: string): Json {
  return fail<Json>("INVALID_ARGUMENT", message, json.object().set("argument", argument));
}
