// Goes through a text once, stops at each word, and counts everything else on the way.

import { Kind, isAsciiLetter, kindOf } from "./characters";

/** Words whose full stop ends no sentence, in lower case. */
const ABBREVIATIONS = new Set<string>();
["mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "e.g", "i.e", "cf", "no", "capt", "approx"].forEach((word) => {
  ABBREVIATIONS.add(word);
});
const LONGEST_ABBREVIATION = 6;

@final
export class Scanner {
  /** The word that `next` found: units from `start` up to `end`. */
  start: i32 = 0;
  end: i32 = 0;
  /** Characters of that word, accents not counted. */
  wordCharacters: i32 = 0;

  words: i32 = 0;
  /** As a reader counts them: a letter with its accents is one. */
  characters: i32 = 0;
  /** Of the characters, those that are white space. */
  spaces: i32 = 0;
  sentences: i32 = 0;
  lines: i32 = 0;
  paragraphs: i32 = 0;

  private at: i32 = 0;
  private readonly length: i32;
  /** Words since the last sentence ended: a row of dots alone is no sentence. */
  private wordsInSentence: i32 = 0;
  /** Something other than white space stood on this line, and in this paragraph. */
  private lineHasText: bool = false;
  private inParagraph: bool = false;

  /** Nothing here depends on case. */
  constructor(private readonly text: string) {
    this.length = text.length;
  }

  /** Goes to the next word. At the end of the text the counts are complete. */
  next(): bool {
    while (this.at < this.length) {
      const code = this.codeAt(this.at);
      const kind = kindOf(code);
      if (kind == Kind.Letter || kind == Kind.Ideograph) {
        this.takeWord(kind, sizeOf(code));
        return true;
      }
      this.at += sizeOf(code);
      this.takeOther(kind);
    }
    this.finish();
    return false;
  }

  /** The UTF-16 unit at a position inside the text: `charCodeAt` checks that each time, and the collector watches it. */
  // @ts-ignore: decorator
  @inline
  private unitAt(at: i32): u32 {
    return <u32>load<u16>(changetype<usize>(this.text) + (<usize>at << 1));
  }

  /** The code point at a position; half a surrogate pair stands for itself. */
  private codeAt(at: i32): u32 {
    const unit = this.unitAt(at);
    if ((unit & 0xfc00) != 0xd800 || at + 1 == this.length) return unit;
    const trail = this.unitAt(at + 1);
    return (trail & 0xfc00) == 0xdc00 ? 0x10000 + ((unit & 0x3ff) << 10) + (trail & 0x3ff) : unit;
  }

  private takeWord(first: Kind, size: i32): void {
    this.start = this.at;
    let characters = 1;
    let at = this.at + size;
    const length = this.length;
    while (at < length) {
      // Most words are nothing but these.
      if (first == Kind.Letter && isAsciiLetter(this.unitAt(at))) {
        characters++;
        at++;
        continue;
      }
      const code = this.codeAt(at);
      const kind = kindOf(code);
      if (kind != Kind.Mark) {
        if (first != Kind.Letter || (kind != Kind.Letter && !this.joins(kind, at))) break;
        characters++;
      }
      at += sizeOf(code);
    }
    this.at = at;
    this.end = at;
    this.wordCharacters = characters;
    this.characters += characters;
    this.words++;
    this.wordsInSentence++;
    this.seeText();
  }

  /** Is this an apostrophe, a hyphen or a full stop between two letters: "don't", "well-known", "e.g", "3.14"? */
  private joins(kind: Kind, at: i32): bool {
    if (kind != Kind.Joiner && this.unitAt(at) != 0x2e) return false;
    return at + 1 < this.length && kindOf(this.codeAt(at + 1)) == Kind.Letter;
  }

  /** Counts a character that is not of a word, `at` being behind it. */
  private takeOther(kind: Kind): void {
    if (kind == Kind.Mark) return;
    this.characters++;
    if (kind == Kind.Space) {
      this.spaces++;
    } else if (kind == Kind.LineBreak) {
      this.spaces++;
      this.endLine();
    } else {
      this.seeText();
      if (kind == Kind.WideFullStop) this.endSentence();
      else if (kind == Kind.FullStop) this.takeFullStop();
    }
  }

  /** A full stop ends a sentence before white space; more of them, quotes and brackets may stand in between. */
  private takeFullStop(): void {
    const isAbbreviation = this.isAbbreviation();
    let kind = Kind.Closer;
    while (this.at < this.length) {
      const code = this.codeAt(this.at);
      kind = kindOf(code);
      if (kind != Kind.Closer && kind != Kind.FullStop && kind != Kind.Joiner) break;
      this.at += sizeOf(code);
      this.characters++;
    }
    const atEnd = this.at == this.length;
    if (atEnd || ((kind == Kind.Space || kind == Kind.LineBreak) && !isAbbreviation)) this.endSentence();
  }

  /** Is what stands before the full stop that was just taken an abbreviation or an initial? */
  private isAbbreviation(): bool {
    if (this.end != this.at - 1 || this.unitAt(this.end) != 0x2e) return false;
    const size = this.end - this.start;
    if (size == 1) return !isDigit(this.unitAt(this.start));
    return size <= LONGEST_ABBREVIATION && ABBREVIATIONS.has(this.text.substring(this.start, this.end).toLowerCase());
  }

  private endSentence(): void {
    if (this.wordsInSentence > 0) this.sentences++;
    this.wordsInSentence = 0;
  }

  private seeText(): void {
    if (!this.inParagraph) this.paragraphs++;
    this.lineHasText = true;
    this.inParagraph = true;
  }

  private endLine(): void {
    this.lines++;
    if (!this.lineHasText) {
      // A blank line ends a paragraph, and with it a heading that has no full stop.
      this.inParagraph = false;
      this.endSentence();
    }
    this.lineHasText = false;
  }

  private finish(): void {
    this.endSentence();
    if (this.length > 0 && this.unitAt(this.length - 1) != 0x0a) this.lines++;
  }
}

/** UTF-16 units of a code point. */
// @ts-ignore: decorator
@inline
function sizeOf(code: u32): i32 {
  return code < 0x10000 ? 1 : 2;
}

function isDigit(unit: u32): bool {
  return unit - 0x30 < 10;
}
