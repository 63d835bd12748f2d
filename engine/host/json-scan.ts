/**
 * Reads JSON text without building anything: whether it follows the grammar (RFC 8259), how deep it nests and how many
 * values it holds. It runs before `JSON.parse`, so that a document is refused by its depth and size before it costs the
 * host memory, and so that an error has the same byte offset on every machine.
 */

export type JsonScan = Scanned | (Scanned & JsonFault);

/** How many values and names of members were seen: all of them, or those before the fault. */
interface Scanned {
  readonly values: number;
  readonly names: number;
}
interface JsonFault {
  readonly message: string;
  readonly offset: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LITERALS: ReadonlyMap<number, string> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), word]),
);
/** So many characters without an exponent may be too large for a double. */
const LONG_NUMBER = 309;
const ascii = new TextDecoder('latin1');
const ESCAPES: ReadonlySet<number> = new Set([...'"\\/bfnrt'].map((character) => character.charCodeAt(0)));

/** Scans all of `bytes`. `maxDepth` counts arrays and objects inside each other. */
export function scanJson(bytes: Uint8Array, maxDepth: number): JsonScan {
  const scanner = new Scanner(bytes, maxDepth);
  const fault = scanner.document();
  return { ...fault, values: scanner.values, names: scanner.names };
}

/** What may come next. */
type Expect = 'value' | 'first item' | 'first key' | 'key' | 'separator';

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  /** The closing byte of each open array or object. */
  readonly #open: number[] = [];
  #at = 0;
  values = 0;
  names = 0;

  constructor(bytes: Uint8Array, maxDepth: number) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
  }

  document(): JsonFault | undefined {
    let expect: Expect = 'value';
    for (;;) {
      this.#skipSpace();
      if (expect === 'separator' && this.#open.length === 0) {
        return this.#at === this.#bytes.length ? undefined : this.#wrong('the end of the text');
      }
      const next: Expect | JsonFault = this.#step(expect);
      if (typeof next === 'object') return next;
      expect = next;
    }
  }

  #step(expect: Expect): Expect | JsonFault {
    const byte = this.#bytes[this.#at];
    if (expect === 'separator' || expect === 'first item' || expect === 'first key') {
      if (byte !== undefined && byte === this.#open[this.#open.length - 1]) {
        this.#open.pop();
        this.#at++;
        return 'separator';
      }
      if (expect === 'separator') {
        const inObject = this.#open[this.#open.length - 1] === CLOSE_OBJECT;
        if (byte !== COMMA) return this.#wrong(inObject ? '"," or "}"' : '"," or "]"');
        this.#at++;
        return inObject ? 'key' : 'value';
      }
    }
    if (expect === 'key' || expect === 'first key') return this.#key();
    return this.#value(byte);
  }

  #key(): Expect | JsonFault {
    this.names++;
    if (this.#bytes[this.#at] !== QUOTE) return this.#wrong('a name in quotes');
    const failed = this.#string();
    if (failed !== undefined) return failed;
    this.#skipSpace();
    if (this.#bytes[this.#at] !== COLON) return this.#wrong('":"');
    this.#at++;
    return 'value';
  }

  #value(byte: number | undefined): Expect | JsonFault {
    this.values++;
    if (byte === QUOTE) return this.#string() ?? 'separator';
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (this.#open.length >= this.#maxDepth)
        return { message: `Nested deeper than ${this.#maxDepth} levels (limit \`jsonDepth\`)`, offset: this.#at };
      this.#open.push(byte === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT);
      this.#at++;
      return byte === OPEN_ARRAY ? 'first item' : 'first key';
    }
    if (byte !== undefined && (byte === MINUS || isDigit(byte))) return this.#number() ?? 'separator';
    const literal = byte === undefined ? undefined : LITERALS.get(byte);
    if (literal === undefined) return this.#wrong('a value');
    for (let i = 0; i < literal.length; i++, this.#at++) {
      if (this.#bytes[this.#at] !== literal.charCodeAt(i)) return this.#wrong(`\`${literal}\``);
    }
    return 'separator';
  }

  #string(): JsonFault | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start + 1;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined) return { message: 'Text in quotes is not closed', offset: start };
      if (byte === QUOTE) break;
      if (byte < 0x20) return { message: 'Control character in quotes: write it as an escape', offset: at };
      at++;
      if (byte !== BACKSLASH) continue;
      const kind = bytes[at];
      if (kind === 0x75) {
        for (let i = 1; i <= 4; i++)
          if (!isHex(bytes[at + i])) return { message: 'Expected four hexadecimal digits after \\u', offset: at + i };
        at += 5;
      } else if (kind !== undefined && ESCAPES.has(kind)) {
        at++;
      } else {
        return { message: 'Unknown escape', offset: at - 1 };
      }
    }
    this.#at = at + 1;
    return undefined;
  }

  #number(): JsonFault | undefined {
    const start = this.#at;
    if (this.#bytes[this.#at] === MINUS) this.#at++;
    if (this.#bytes[this.#at] === ZERO) this.#at++;
    else if (!this.#digits()) return this.#wrong('a digit');
    if (this.#bytes[this.#at] === DOT) {
      this.#at++;
      if (!this.#digits()) return this.#wrong('a digit');
    }
    const exponent = this.#bytes[this.#at];
    if (exponent === 0x65 || exponent === 0x45) {
      this.#at++;
      const sign = this.#bytes[this.#at];
      if (sign === PLUS || sign === MINUS) this.#at++;
      if (!this.#digits()) return this.#wrong('a digit');
    }
    // Anything shorter fits. `JSON.parse` would make Infinity of it, which is no JSON when it is written.
    const size = this.#at - start;
    if ((size >= LONG_NUMBER || exponent === 0x65 || exponent === 0x45) && !this.#fits(start)) {
      return { message: 'Expected a number that a double can hold', offset: start };
    }
    return undefined;
  }

  #fits(start: number): boolean {
    return Number.isFinite(Number(ascii.decode(this.#bytes.subarray(start, this.#at))));
  }

  /** True if there was at least one. */
  #digits(): boolean {
    const start = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    return this.#at > start;
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }

  #wrong(expected: string): JsonFault {
    const byte = this.#bytes[this.#at];
    const came =
      byte === undefined
        ? 'the text ends'
        : byte > 0x20 && byte < 0x7f
          ? `"${String.fromCharCode(byte)}" came`
          : `byte 0x${byte.toString(16)} came`;
    return { message: `Expected ${expected}, but ${came}`, offset: this.#at };
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;
const isHex = (byte: number | undefined): boolean =>
  byte !== undefined && (isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66));
