// What a character is to a word counter. The Unicode tables have 150,000 rows; these ranges hold what matters for telling
// words, spaces and the ends of sentences apart in ordinary text. What is in no range is a letter.

/** Kinds of characters. */
export const enum Kind {
  Letter,
  /** A word of its own: ideographs and kana are written without spaces. */
  Ideograph,
  /** Belongs to the character before it: accents, variation selectors, joiners. */
  Mark,
  Space,
  LineBreak,
  /** Ends a sentence when a space or the end of the text follows. */
  FullStop,
  /** Ends a sentence at once: the full stops of Chinese and Japanese. */
  WideFullStop,
  /** Part of a word between two letters: apostrophe, hyphen. */
  Joiner,
  /** Quotes and brackets that may stand between a full stop and the space behind it. */
  Closer,
  Other,
}

/** Most text is ASCII, so its kinds are looked up. */
const ASCII_KINDS = new StaticArray<u8>(0x80);
for (let code = 0; code < 0x80; code++) ASCII_KINDS[code] = <u8>ascii(code);

/** Is this unit an ASCII letter or digit? */
// @ts-ignore: decorator
@inline
export function isAsciiLetter(unit: u32): bool {
  return unit < 0x80 && unchecked(ASCII_KINDS[unit]) == <u8>Kind.Letter;
}

/** The kind of a code point. */
export function kindOf(code: u32): Kind {
  if (code < 0x80) return <Kind>unchecked(ASCII_KINDS[code]);
  if (code < 0x2000) return lowPlane(code);
  if (code < 0x3000) return symbols(code);
  if (code < 0xac00) return eastAsian(code);
  if (code < 0xd7b0) return Kind.Letter; // Hangul syllables
  if (code < 0x10000) return highPlane(code);
  return supplementary(code);
}

function ascii(code: u32): Kind {
  if ((code | 0x20) - 0x61 < 26 || code - 0x30 < 10) return Kind.Letter;
  switch (code) {
    case 0x0a: return Kind.LineBreak;
    case 0x20:
    case 0x09:
    case 0x0b:
    case 0x0c:
    case 0x0d: return Kind.Space;
    case 0x2e: // .
    case 0x21: // !
    case 0x3f: return Kind.FullStop; // ?
    case 0x27: // '
    case 0x2d: return Kind.Joiner; // -
    case 0x22: // "
    case 0x29: // )
    case 0x5d: return Kind.Closer; // ]
  }
  return Kind.Other;
}

function lowPlane(code: u32): Kind {
  if (code < 0xc0) {
    if (code == 0x85 || code == 0xa0) return Kind.Space;
    if (code == 0xbb) return Kind.Closer; // »
    return code == 0xaa || code == 0xb5 || code == 0xba ? Kind.Letter : Kind.Other;
  }
  if (code == 0xd7 || code == 0xf7) return Kind.Other; // × ÷
  if (code >= 0x300 && code < 0x370) return Kind.Mark;
  if (code >= 0x483 && code < 0x48a) return Kind.Mark;
  if (code >= 0x591 && code < 0x5c8) return Kind.Mark; // Hebrew points
  if (code >= 0x64b && code < 0x660) return Kind.Mark; // Arabic vowel signs
  if (code == 0x61f || code == 0x6d4 || code == 0x964) return Kind.FullStop; // ؟ ۔ ।
  if (code == 0x37e || code == 0x387 || code == 0x60c || code == 0x61b) return Kind.Other;
  if (code == 0x1680) return Kind.Space;
  return Kind.Letter;
}

function symbols(code: u32): Kind {
  if (code <= 0x200a || code == 0x202f || code == 0x205f) return Kind.Space;
  if (code == 0x200c || code == 0x200d) return Kind.Mark;
  if (code == 0x2028 || code == 0x2029) return Kind.LineBreak;
  if (code == 0x2010 || code == 0x2011 || code == 0x2019) return Kind.Joiner; // hyphens, ’
  if (code == 0x2026 || code == 0x203c || code == 0x2047 || code == 0x2049) return Kind.FullStop; // … ‼ ⁇ ⁉
  if (code == 0x201d || code == 0x203a || code == 0x2018) return Kind.Closer; // ” › ‘
  if (code >= 0x20d0 && code < 0x2100) return Kind.Mark;
  if (code >= 0x2c00 && code < 0x2e00) return Kind.Letter;
  // Punctuation, currency, arrows, mathematics, boxes, dingbats.
  return Kind.Other;
}

function eastAsian(code: u32): Kind {
  if (code == 0x3000) return Kind.Space;
  if (code == 0x3002) return Kind.WideFullStop; // 。
  if (code == 0x3005 || code == 0x3007) return Kind.Ideograph; // 々 〇
  if (code == 0x300d || code == 0x300f) return Kind.Closer; // 」 』
  if (code < 0x3041) return Kind.Other;
  if (code == 0x3099 || code == 0x309a) return Kind.Mark;
  if (code < 0x3100 || (code >= 0x31f0 && code < 0x3200)) return Kind.Ideograph; // kana
  if (code >= 0x3400 && code < 0xa000) return Kind.Ideograph;
  return Kind.Letter;
}

function highPlane(code: u32): Kind {
  if (code >= 0xf900 && code < 0xfb00) return Kind.Ideograph;
  if ((code >= 0xfe00 && code < 0xfe10) || (code >= 0xfe20 && code < 0xfe30)) return Kind.Mark;
  if (code == 0xff01 || code == 0xff0e || code == 0xff1f || code == 0xff61) return Kind.WideFullStop; // ！ ． ？ ｡
  if (code >= 0xff66 && code < 0xffa0) return Kind.Ideograph; // halfwidth kana
  if ((code >= 0xff10 && code < 0xff1a) || (code >= 0xff21 && code < 0xff3b) || (code >= 0xff41 && code < 0xff5b)) return Kind.Letter;
  if (code >= 0xfb00 && code < 0xfdd0) return Kind.Letter;
  if (code >= 0xfe70 && code < 0xfeff) return Kind.Letter;
  return code == 0xfeff ? Kind.Mark : Kind.Other;
}

function supplementary(code: u32): Kind {
  if (code >= 0x1f3fb && code < 0x1f400) return Kind.Mark; // skin tones
  if (code >= 0x1d000 && code < 0x1d400) return Kind.Other; // music
  if (code >= 0x1f000 && code < 0x20000) return Kind.Other; // emoji
  if (code >= 0x20000 && code < 0x32000) return Kind.Ideograph;
  return code >= 0xe0000 ? Kind.Mark : Kind.Letter;
}
