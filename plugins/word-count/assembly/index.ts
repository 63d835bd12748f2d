// Statistics of a text. One pass over its UTF-16 units; words are counted in a table that holds places in the text, so that
// a text of a megabyte makes no more garbage than its most frequent words.

import { Json, fail, json, utf8 } from "ringfence-guest";
import { Scanner } from "./scanner";
import { ENGLISH_STOP_WORDS } from "./stop-words";
import { WordTable } from "./word-table";

/** Adults read English prose silently at this speed (Brysbaert, 2019, a meta-analysis of 190 studies). */
const DEFAULT_WORDS_PER_MINUTE: f64 = 238;
const MAX_LISTED = 1000;

let stopWords = new Set<string>();
let wordsPerMinute: f64 = DEFAULT_WORDS_PER_MINUTE;

export function onInit(settings: Json): void {
  const listed = settings.get("stopWords");
  const count = listed.exists ? listed.length : ENGLISH_STOP_WORDS.length;
  for (let i = 0; i < count; i++) {
    stopWords.add(listed.exists ? listed.at(i).asString().toLowerCase() : ENGLISH_STOP_WORDS[i]);
  }
  wordsPerMinute = settings.get("wordsPerMinute").asNumber(DEFAULT_WORDS_PER_MINUTE);
  if (!(wordsPerMinute > 0)) fail("INVALID_CONFIG", "expected `wordsPerMinute` to be a number above 0");
}

/** Counts words, unique words, characters, sentences, lines and paragraphs of a text, and lists its most frequent words. */
export function count(text: string, top: i32 = 10): Json {
  return statistics(text, top);
}

/** The same for the bytes of a text file in UTF-8: no JSON around them. */
export function count_bytes(file: Uint8Array): Json {
  return statistics(utf8.decode(file), 10);
}

/** The most frequent words with how often they occur, without stop words and those shorter than `minLength`. */
export function top_words(text: string, limit: i32 = 10, minLength: i32 = 1): Json {
  if (!isListable(limit)) return Json.missing;
  const lower = text.toLowerCase();
  const words = new WordTable(lower);
  const scanner = new Scanner(lower);
  while (scanner.next()) words.add(scanner.start, scanner.end);
  return topOf(words, limit, minLength);
}

/** Seconds that reading a text takes. */
export function reading_time(text: string): f64 {
  const scanner = new Scanner(text);
  while (scanner.next()) {}
  return readingSeconds(scanner.words);
}

function statistics(text: string, top: i32): Json {
  if (!isListable(top)) return Json.missing;
  const lower = text.toLowerCase();
  const table = new WordTable(lower);
  const scanner = new Scanner(lower);
  let longest = "";
  let letters = 0;
  while (scanner.next()) {
    table.add(scanner.start, scanner.end);
    letters += scanner.wordCharacters;
    if (scanner.end - scanner.start > longest.length) longest = lower.substring(scanner.start, scanner.end);
  }
  const words = scanner.words;
  return json
    .object()
    .set("words", words)
    .set("unique", table.size)
    .set("characters", scanner.characters)
    .set("charactersWithoutSpaces", scanner.characters - scanner.spaces)
    .set("sentences", scanner.sentences)
    .set("lines", scanner.lines)
    .set("paragraphs", scanner.paragraphs)
    .set("averageWordLength", words == 0 ? 0 : Math.round((<f64>letters / <f64>words) * 100) / 100)
    .set("longestWord", longest)
    .set("readingSeconds", readingSeconds(words))
    .set("top", topOf(table, top, 1));
}

function isListable(limit: i32): bool {
  if (limit >= 0 && limit <= MAX_LISTED) return true;
  fail("INVALID_LIMIT", `expected the number of words to list to be from 0 to ${MAX_LISTED}, got ${limit}`);
  return false;
}

function readingSeconds(words: i32): f64 {
  return Math.ceil((<f64>words / wordsPerMinute) * 60);
}

function topOf(table: WordTable, limit: i32, minLength: i32): Json {
  const listed = json.array();
  const order = table.byFrequency();
  for (let i = 0; i < order.length && listed.length < limit; i++) {
    const word = table.word(order[i]);
    if (word.length < minLength || stopWords.has(word)) continue;
    listed.push(json.object().set("word", word).set("count", table.count(order[i])));
  }
  return listed;
}
