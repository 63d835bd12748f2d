import { expect, test } from 'vitest';
import { oneLine } from '../../engine/abi/one-line.ts';

test.each([
  ['plain text stays', 'Grüße, 漢字 🎵 "quoted" \\n', 'Grüße, 漢字 🎵 "quoted" \\n'],
  ['line ends', 'a\nb\r\nc', 'a\\nb\\r\\nc'],
  ['tabs and NUL', 'a\tb\0c', 'a\\tb\\u0000c'],
  ['terminal escapes', '\u001b[2Jx', '\\u001b[2Jx'],
  ['C1 controls', '\u0085\u009b', '\\u0085\\u009b'],
  ['line and paragraph separators', '\u2028\u2029', '\\u2028\\u2029'],
  ['text that runs the other way', 'a\u202eb\u2066c\u200f', 'a\\u202eb\\u2066c\\u200f'],
  ['invisible characters', 'a\u200bb\ufeffc\u2062\u{e0041}', 'a\\u200bb\\ufeffc\\u2062\\u{e0041}'],
  ['joiners stay', '👩\u200d💻 می\u200cخواهم', '👩\u200d💻 می\u200cخواهم'],
  ['lone surrogates stay', '\ud800', '\ud800'],
])('%s', (_, text, expected) => {
  expect(oneLine(text)).toBe(expected);
});

test('cut to a length', () => {
  expect(oneLine('abcdef', 3)).toBe('abc…');
  expect(oneLine('abc', 3)).toBe('abc');
});
