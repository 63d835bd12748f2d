// Goes through a text once, stops at each word, and counts everything else on the way.

import { Kind, kindOf } from "./characters";

/** Words whose full stop ends no sentence, in lower case. */
const ABBREVIATIONS = new Set<string>();
["mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "e.g", "i.e", "cf", "no", "capt", "approx"].forEach((word) => {
  ABBREVIATIONS.add(word);
});

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
  /** Units of the character that `peek` looked at. */
  private size: i32 = 0;
  /** Words since the last sentence ended: a row of dots alone is no sentence. */
  private wordsInSentence: i32 = 0;
  /** Something other than white space stood on this line, and in this paragraph. */
  private lineHasText: bool = false;
  private inParagraph: bool = false;

  /** `text` may be lower case already: nothing here depends on case. */
  constructor(private readonly text: string) {}

  /** Goes to the next word. At the end of the text the counts are complete. */
  next(): bool {
    while (this.at < this.text.length) {
      const kind = this.peek();
      if (kind == Kind.Letter || kind == Kind.Ideograph) {
        this.takeWord(kind);
        return true;
      }
      this.takeOther(kind);
    }
    this.finish();
    return false;
  }

  /** Kind and size of the character that stands next. */
  private peek(): Kind {
    this.size = 1;
    const unit = <u32>this.text.charCodeAt(this.at);
    if ((unit & 0xfc00) != 0xd800 || this.at + 1 >= this.text.length) return kindOf(unit);
    const trail = <u32>this.text.charCodeAt(this.at + 1);
    if ((trail & 0xfc00) != 0xdc00) return Kind.Other;
    this.size = 2;
    return kindOf(0x10000 + ((unit & 0x3ff) << 10) + (trail & 0x3ff));
  }

  private takeWord(first: Kind): void {
    this.start = this.at;
    this.wordCharacters = 1;
    this.at += this.size;
    while (this.at < this.text.length) {
      const kind = this.peek();
      if (kind == Kind.Mark) {
        this.at += this.size;
      } else if (first == Kind.Letter && kind == Kind.Letter) {
        this.at += this.size;
        this.wordCharacters++;
      } else if (first == Kind.Letter && this.joins(kind)) {
        this.at++;
        this.wordCharacters++;
      } else {
        break;
      }
    }
    this.end = this.at;
    this.words++;
    this.wordsInSentence++;
    this.characters += this.wordCharacters;
    this.seeText();
  }

  /** Is this an apostrophe, a hyphen or a full stop with a letter on either side: "don't", "well-known", "e.g", "3.14"? */
  private joins(kind: Kind): bool {
    if (kind != Kind.Joiner && this.text.charCodeAt(this.at) != 0x2e) return false;
    if (this.at + 1 >= this.text.length) return false;
    this.at++;
    const behind = this.peek();
    this.at--;
    this.size = 1;
    return behind == Kind.Letter;
  }

  private takeOther(kind: Kind): void {
    this.at += this.size;
    if (kind == Kind.Mark) return;
    this.characters++;
    if (kind == Kind.LineBreak) {
      this.spaces++;
      this.endLine();
    } else if (kind == Kind.Space) {
      this.spaces++;
    } else {
      this.seeText();
      if (kind == Kind.WideFullStop || (kind == Kind.FullStop && this.endsSentence())) this.endSentence();
    }
  }

  /** Does the full stop before `at` end a sentence? It does before white space, perhaps behind quotes and brackets. */
  private endsSentence(): bool {
    const here = this.at;
    let kind = Kind.Closer;
    while (this.at < this.text.length && (kind == Kind.Closer || kind == Kind.FullStop || kind == Kind.Joiner)) {
      kind = this.peek();
      if (kind == Kind.Closer || kind == Kind.FullStop || kind == Kind.Joiner) this.at += this.size;
    }
    const atEnd = this.at >= this.text.length;
    this.at = here;
    if (!atEnd && kind != Kind.Space && kind != Kind.LineBreak) return false;
    return atEnd || !this.isAbbreviated();
  }

  /** Is the word right before the full stop an abbreviation or an initial? */
  private isAbbreviated(): bool {
    if (this.end != this.at - 1 || this.text.charCodeAt(this.at - 1) != 0x2e) return false;
    if (this.end - this.start == 1) return !isDigit(this.text.charCodeAt(this.start));
    return this.end - this.start <= 6 && ABBREVIATIONS.has(this.text.substring(this.start, this.end).toLowerCase());
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
    const length = this.text.length;
    if (length > 0 && this.text.charCodeAt(length - 1) != 0x0a) this.lines++;
  }
}

function isDigit(unit: i32): bool {
  return unit >= 0x30 && unit <= 0x39;
}
