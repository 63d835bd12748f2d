// A strict JSON parser (RFC 8259) that checks a whole text once and notes where each value stands, on a tape:
//
//     {"a":[1,2]}   ->   0 object, 2 key "a", 3 array, 5 number 1, 6 number 2
//
// An entry is two words: where its text starts (a byte offset), and its token with the length of its text. Arrays and objects
// have the count of their items there, and take a second entry: where their text ends, and the entry behind all that they
// contain. Strings and numbers are decoded only when somebody asks for them, so a large text costs two words per value,
// nesting costs no stack, and a value can be copied out as it was written.

import { sequenceLength } from "../utf8";

export const enum Token {
  Null = 1,
  False,
  True,
  Number,
  /** A string without a backslash: its bytes are its text. */
  String,
  EscapedString,
  Array,
  Object,
}

/** log2 of the size of an entry. */
export const ENTRY_SHIFT: usize = 3;
/** Lengths and counts have 28 bits. */
const MAX_TEXT: usize = (1 << 28) - 1;
const INITIAL_ENTRIES: usize = 128;
/** A tape larger than this is given back after use; a smaller one is kept for the next text. */
const KEEP_ENTRIES: usize = 4096;

let tape: usize = 0;
let capacity: usize = 0;
let size: u32 = 0;
let source: usize = 0;
let sourceSize: usize = 0;

/** What was wrong with the last text, "" if nothing was. */
let problem: string = "";
let problemAt: usize = 0;

export function tapeStart(): usize {
  return tape;
}

/** Entries on the tape. */
export function tapeSize(): u32 {
  return size;
}

/** What the parser expected and what it found, for people. */
export function parseError(): string {
  return problem;
}

/** Byte offset at which the last text stopped being JSON. */
export function parseErrorOffset(): u32 {
  return <u32>problemAt;
}

// Entries of any tape.

// @ts-ignore: decorator
@inline
function address(tape: usize, entry: u32): usize {
  return tape + ((<usize>entry) << ENTRY_SHIFT);
}
// @ts-ignore: decorator
@inline
export function tokenOf(tape: usize, entry: u32): Token {
  return <Token>(load<u32>(address(tape, entry), 4) & 15);
}
/** Byte offset at which its text starts. */
// @ts-ignore: decorator
@inline
export function startOf(tape: usize, entry: u32): u32 {
  return load<u32>(address(tape, entry));
}
/** Byte offset behind its text. */
export function endOf(tape: usize, entry: u32): u32 {
  const at = address(tape, entry);
  const info = load<u32>(at, 4);
  return <Token>(info & 15) >= Token.Array ? load<u32>(at, 8) : load<u32>(at) + (info >> 4);
}
/** The entry behind it and all that it contains. */
export function nextOf(tape: usize, entry: u32): u32 {
  return tokenOf(tape, entry) >= Token.Array ? load<u32>(address(tape, entry), 12) : entry + 1;
}
/** Items of an array, members of an object. */
// @ts-ignore: decorator
@inline
export function countOf(tape: usize, entry: u32): u32 {
  return load<u32>(address(tape, entry), 4) >> 4;
}
/** The first item of an array, or the first key of an object. The value of a key is the entry behind it. */
// @ts-ignore: decorator
@inline
export function firstOf(entry: u32): u32 {
  return entry + 2;
}

/**
 * Parses `len` bytes at `ptr` onto the shared tape, whose first entry is then the whole value. False if the text is not
 * JSON: `parseError` and `parseErrorOffset` say why and where.
 */
export function parseTape(ptr: usize, len: usize): bool {
  source = ptr;
  sourceSize = len;
  size = 0;
  problem = "";
  if (len > MAX_TEXT) {
    problem = `expected at most ${MAX_TEXT} bytes, got ${len}`;
    problemAt = MAX_TEXT;
    return false;
  }
  if (tape == 0) {
    tape = heap.alloc(INITIAL_ENTRIES << ENTRY_SHIFT);
    capacity = INITIAL_ENTRIES;
  }
  return parseText(ptr, ptr + len);
}

/** Gives a large tape back. */
export function releaseTape(): void {
  if (capacity <= KEEP_ENTRIES) return;
  heap.free(tape);
  tape = 0;
  capacity = 0;
  size = 0;
}

function parseText(start: usize, end: usize): bool {
  let at = start;
  // The innermost open container; while it is open, the place of its next entry holds the container around it.
  let open: i32 = -1;
  while (true) {
    at = skipSpace(at, end);
    if (at >= end) return reject("a value", at, end);
    const first = <u32>load<u8>(at);
    const entry = push(at);
    if (first == 0x7b || first == 0x5b) {
      const isObject = first == 0x7b;
      store<u32>(address(tape, entry), isObject ? Token.Object : Token.Array, 4);
      setOuter(push(at), open);
      open = entry;
      at = skipSpace(at + 1, end);
      if (at >= end || load<u8>(at) != first + 2) {
        if (isObject) {
          at = parseKey(at, end);
          if (at == 0) return false;
        }
        continue;
      }
      open = close(open, at++);
    } else {
      at = parseScalar(entry, first, at, end);
      if (at == 0) return false;
    }
    // A value is complete: close what ends here, then go on behind a comma.
    while (true) {
      at = skipSpace(at, end);
      if (open < 0) return at == end || reject("the end of the text", at, end);
      addItem(open);
      const isObject = tokenOf(tape, open) == Token.Object;
      const separator = at < end ? <u32>load<u8>(at) : 0;
      if (separator == 0x2c) {
        at++;
        if (isObject) {
          at = parseKey(skipSpace(at, end), end);
          if (at == 0) return false;
        }
        break;
      }
      if (separator != <u32>(isObject ? 0x7d : 0x5d)) return reject(isObject ? "',' or '}'" : "',' or ']'", at, end);
      open = close(open, at++);
    }
  }
}

/** A key and its colon; returns the address behind them, or 0. */
function parseKey(at: usize, end: usize): usize {
  if (at >= end || load<u8>(at) != 0x22) return reject0("a key in double quotes", at, end);
  at = parseString(push(at), at, end);
  if (at == 0) return 0;
  at = skipSpace(at, end);
  if (at >= end || load<u8>(at) != 0x3a) return reject0("':'", at, end);
  return at + 1;
}

function parseScalar(entry: u32, first: u32, at: usize, end: usize): usize {
  if (first == 0x22) return parseString(entry, at, end);
  if (first == 0x2d || isDigit(first)) return parseNumber(entry, at, end);
  // The words as little-endian numbers; "alse" of "false".
  if (first == 0x74 && end - at >= 4 && load<u32>(at) == 0x65757274) return complete(entry, Token.True, at + 4);
  if (first == 0x66 && end - at >= 5 && load<u32>(at, 1) == 0x65736c61) return complete(entry, Token.False, at + 5);
  if (first == 0x6e && end - at >= 4 && load<u32>(at) == 0x6c6c756e) return complete(entry, Token.Null, at + 4);
  return reject0("a value", at, end);
}

function parseString(entry: u32, at: usize, end: usize): usize {
  let token = Token.String;
  at++;
  while (at < end) {
    // Eight bytes at once while none of them is a quote, a backslash, a control character or beyond ASCII.
    while (at + 8 <= end && !hasSpecial(load<u64>(at))) at += 8;
    if (at >= end) break;
    const byte = <u32>load<u8>(at);
    if (byte == 0x22) return complete(entry, token, at + 1);
    if (byte == 0x5c) {
      token = Token.EscapedString;
      const size = escapeLength(at, end);
      if (size == 0) return reject0("a valid escape sequence", at, end);
      at += size;
    } else if (byte < 0x20) {
      return reject0("no bare control character in a string", at, end);
    } else if (byte < 0x80) {
      at++;
    } else {
      const size = sequenceLength(at, end);
      if (size < 0) return reject0("valid UTF-8", at, end);
      at += size;
    }
  }
  return reject0("a closing double quote", end, end);
}

// @ts-ignore: decorator
@inline
function hasSpecial(eight: u64): bool {
  const quote = eight ^ 0x2222222222222222;
  const backslash = eight ^ 0x5c5c5c5c5c5c5c5c;
  // The sign bit of a byte is set where subtracting borrowed (it was below) or where the byte was beyond ASCII already.
  const below = (eight - 0x2020202020202020) | (quote - 0x0101010101010101) | (backslash - 0x0101010101010101) | eight;
  return (below & 0x8080808080808080) != 0;
}

/** Bytes of the escape sequence at `at`; 0 if it is not one. */
function escapeLength(at: usize, end: usize): usize {
  if (at + 1 >= end) return 0;
  switch (load<u8>(at, 1)) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return 2;
    case 0x75: {
      if (end - at < 6) return 0;
      for (let i: usize = 2; i < 6; i++) if (hexValue(load<u8>(at + i)) < 0) return 0;
      return 6;
    }
  }
  return 0;
}

/** 0 to 15, or -1. */
export function hexValue(byte: u32): i32 {
  if (isDigit(byte)) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : -1;
}

function parseNumber(entry: u32, at: usize, end: usize): usize {
  if (load<u8>(at) == 0x2d) at++;
  const whole = skipDigits(at, end);
  if (whole == at) return reject0("a digit", at, end);
  if (load<u8>(at) == 0x30 && whole > at + 1) return reject0("no digit behind a leading zero", at + 1, end);
  at = whole;
  if (at < end && load<u8>(at) == 0x2e) {
    const fraction = skipDigits(++at, end);
    if (fraction == at) return reject0("a digit", at, end);
    at = fraction;
  }
  if (at < end && (load<u8>(at) | 0x20) == 0x65) {
    at++;
    if (at < end && (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d)) at++;
    const exponent = skipDigits(at, end);
    if (exponent == at) return reject0("a digit", at, end);
    at = exponent;
  }
  return complete(entry, Token.Number, at);
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

function skipDigits(at: usize, end: usize): usize {
  while (at < end && isDigit(load<u8>(at))) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function skipSpace(at: usize, end: usize): usize {
  while (at < end && isSpace(load<u8>(at))) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function isSpace(byte: u32): bool {
  return byte <= 0x20 && (byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09);
}

/** A new entry for the value that starts at `at`. */
function push(at: usize): u32 {
  if (<usize>size == capacity) growTape(<f64>(at - source));
  const entry = size++;
  store<u32>(address(tape, entry), <u32>(at - source));
  return entry;
}

/** Makes room for what the rest of the text will need if it is like the part before it; at least a quarter, at most double. */
function growTape(bytesDone: f64): void {
  const estimate = <usize>(<f64>capacity * (<f64>sourceSize / bytesDone) * 1.0625);
  capacity = min(max(estimate, capacity + (capacity >> 2)), capacity << 1);
  tape = heap.realloc(tape, capacity << ENTRY_SHIFT);
}

/** Closes the innermost container, whose bracket is at `at`, and returns the one around it. */
function close(open: i32, at: usize): i32 {
  const second = address(tape, open + 1);
  const outer = load<i32>(second, 4);
  store<u32>(second, <u32>(at + 1 - source));
  store<u32>(second, size, 4);
  return outer;
}

/** Notes the container around one that opens, in its second entry. */
function setOuter(second: u32, outer: i32): void {
  store<i32>(address(tape, second), outer, 4);
}

/** Notes what a scalar is and where it ends. */
function complete(entry: u32, token: Token, end: usize): usize {
  const at = address(tape, entry);
  store<u32>(at, token | ((<u32>(end - source) - load<u32>(at)) << 4), 4);
  return end;
}

function addItem(entry: u32): void {
  const at = address(tape, entry);
  store<u32>(at, load<u32>(at, 4) + 16, 4);
}

function reject0(expected: string, at: usize, end: usize): usize {
  reject(expected, at, end);
  return 0;
}

function reject(expected: string, at: usize, end: usize): bool {
  problem = `expected ${expected}, got ${describe(at, end)}`;
  problemAt = at - source;
  return false;
}

function describe(at: usize, end: usize): string {
  if (at >= end) return "the end of the text";
  const byte = <u32>load<u8>(at);
  if (byte > 0x20 && byte < 0x7f) return `'${String.fromCharCode(byte)}'`;
  return `byte 0x${byte < 16 ? "0" : ""}${byte.toString(16)}`;
}
