/** word-count on small texts with known figures, and on the text that ships with it. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '../../engine/index.ts';
import { harbourLog } from '../../plugins/word-count/text/generate.ts';
import { DRIVERS, type Driver, examplePlugin, failureOf } from '../guest-sdk/support/drivers.ts';

interface Figures {
  readonly words: number;
  readonly unique: number;
  readonly characters: number;
  readonly charactersWithoutSpaces: number;
  readonly sentences: number;
  readonly lines: number;
  readonly paragraphs: number;
  readonly averageWordLength: number;
  readonly longestWord: string;
  readonly readingSeconds: number;
  readonly top: readonly { readonly word: string; readonly count: number }[];
}

const TEXT = readFileSync(new URL('../../plugins/word-count/text/harbour-log.txt', import.meta.url), 'utf8');

const SMALL: readonly (readonly [text: string, figures: Partial<Figures>])[] = [
  [
    '',
    {
      words: 0,
      unique: 0,
      characters: 0,
      sentences: 0,
      lines: 0,
      paragraphs: 0,
      longestWord: '',
      readingSeconds: 0,
      top: [],
    },
  ],
  ['   \n\n ', { words: 0, characters: 6, charactersWithoutSpaces: 0, sentences: 0, lines: 3, paragraphs: 0 }],
  [
    'To be, or not to be?',
    {
      words: 6,
      unique: 4,
      characters: 20,
      charactersWithoutSpaces: 15,
      sentences: 1,
      lines: 1,
      paragraphs: 1,
      averageWordLength: 2.17,
    },
  ],
  ["Don't stop; it's a well-known rock ’n’ roll song.", { words: 9, sentences: 1, longestWord: 'well-known' }],
  ['Mr. J. Quill paid 3.14 crowns, i.e. too much. Why? “Because,” he said... Good!', { words: 14, sentences: 4 }],
  ['Is it? It is! … It is.', { words: 6, sentences: 3 }],
  ['Heading\n\nFirst line\nsecond line.\n\n\nLast', { words: 6, sentences: 3, lines: 7, paragraphs: 3 }],
  ['one\r\ntwo\r\n', { words: 2, lines: 2 }],
  ['Élan élan ÉLAN e\u0301lan', { words: 4, unique: 2, characters: 19 }],
  ['今日は。海へ行く！', { words: 7, sentences: 2, characters: 9 }],
  ['Строка первая. Строка вторая.', { words: 4, unique: 3, sentences: 2 }],
  ['🎵 music 👩‍👩‍👧 family 🏴', { words: 2, unique: 2 }],
  ['lone \ud800 surrogate', { words: 2, characters: 16 }],
  ['x'.repeat(5_000), { words: 1, averageWordLength: 5_000 }],
];

describe.each(DRIVERS)('under %s', (_, start) => {
  let plugin: Driver;
  beforeAll(async () => {
    plugin = await start(await examplePlugin('word-count'));
    return () => plugin[Symbol.asyncDispose]();
  });

  test.each(SMALL)('%j', async (text, figures) => {
    expect(await plugin.call('count', { text })).toMatchObject(figures);
  });

  test('the harbour log', async () => {
    const figures = (await plugin.call('count', { text: TEXT, top: 5 })) as Figures;
    const words = TEXT.match(/[\p{L}\p{N}]+/gu)!.length;
    // Two ways of dividing a text into words: close, but "don't" and "i.e." are one word here.
    expect(Math.abs(figures.words - words) / words).toBeLessThan(0.02);
    expect(figures.lines).toBe(TEXT.split('\n').length - 1);
    expect(figures.characters).toBe([...TEXT].length);
    expect(figures.charactersWithoutSpaces).toBe([...TEXT].filter((character) => !/\s/.test(character)).length);
    expect(figures.paragraphs).toBe(TEXT.split('\n\n').length);
    expect(figures.readingSeconds).toBe(Math.ceil((figures.words / 238) * 60));
    expect(figures.top.map(({ word }) => word)).not.toContain('the');
    for (const { word, count } of figures.top) {
      expect(count).toBe(
        TEXT.toLowerCase().match(new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}'’-])`, 'gu'))!.length,
      );
    }
    expect(await plugin.callBytes('count_bytes', new TextEncoder().encode(TEXT))).toEqual(
      new TextEncoder().encode(JSON.stringify(await plugin.call('count', TEXT))),
    );
  });

  test('a megabyte of text', async () => {
    const text = TEXT.repeat(5).slice(0, 1_000_000);
    const { words } = (await plugin.call('count', text)) as Figures;
    expect(words).toBeGreaterThan(180_000);
    expect(plugin.memoryBytes()).toBeLessThan(32 * 1024 * 1024);
  });

  test('the most frequent words', async () => {
    expect(await plugin.call('top_words', { text: 'a bee, a BEE and the sea: sea, sea!', limit: 2 })).toEqual([
      { word: 'sea', count: 3 },
      { word: 'bee', count: 2 },
    ]);
    expect(await plugin.call('top_words', { text: 'a bee, a BEE and the sea', minLength: 4 })).toEqual([]);
    expect(await plugin.call('top_words', { text: 'x y', limit: 0 })).toEqual([]);
  });

  test('reading time', async () => {
    expect(await plugin.call('reading_time', 'word '.repeat(238))).toBe(60);
  });

  test.each([[-1], [1_001]])('it lists no %i words', async (limit) => {
    expect(await failureOf(plugin.call('top_words', { text: 'x', limit }))).toMatchObject({ code: 'INVALID_LIMIT' });
    expect(await failureOf(plugin.call('count', { text: 'x', top: limit }))).toMatchObject({ code: 'INVALID_LIMIT' });
  });

  test('rows of one character take linear time and fuel', async () => {
    for (const character of ['.', '!', '"', "'", '-', 'ü', '\n', '\u0301', '。']) {
      await plugin.call('count', character.repeat(100_000));
    }
  });
});

test('stop words and reading speed are configuration', async () => {
  await using engine = await createEngine();
  const wasm = await examplePlugin('word-count');
  const plugin = await engine.load(wasm, { config: { stopWords: ['Sea'], wordsPerMinute: 60 } });
  expect(await plugin.call('top_words', 'the sea the sea')).toEqual([{ word: 'the', count: 2 }]);
  expect(await plugin.call('reading_time', 'one two three')).toBe(3);
});

test('the text is what its generator makes', () => {
  expect(harbourLog()).toBe(TEXT);
  expect(Buffer.byteLength(TEXT)).toBeGreaterThan(100_000);
});
