// From the input of a call to the parameters of a function.
//
// The input of a function with parameters is a JSON object with a member for each. Where only the first parameter is needed,
// because there are no others or they have defaults, its value may stand bare as well.

import { fail, failed } from "./failure";
import { Document } from "./json/document";
import { Json, typeName, typeOf } from "./json/json";
import { json, parseAt } from "./json/parse";
import { readNumber, readString, sameString } from "./json/scalar";
import { Token, countOf, endOf, firstOf, nextOf, parseError, parseErrorOffset, parseTape, releaseTape, startOf, tapeStart, tokenOf } from "./json/tape";
import { decodeUtf8 } from "./utf8";

/** The input is not JSON, or not an object. */
const INVALID_INPUT = "INVALID_INPUT";
/** An argument is missing, unknown or of the wrong type. */
const INVALID_ARGUMENT = "INVALID_ARGUMENT";

// The input of the running call, between `openArguments` and `closeArguments`: no code of the plugin runs there.
let source: usize = 0;
let size: usize = 0;
let document: Document | null = null;
/** The input is the value of the first parameter, not an object of arguments. */
let bare = false;
/** Members of the input that were asked for. */
let matched: u32 = 0;
/** Where to look first: behind the member that was found last, as most callers keep the order. */
let cursor: u32 = 0;

/** The input as bytes of the plugin's own. */
export function inputBytes(ptr: usize, len: usize): Uint8Array {
  const bytes = new Uint8Array(<i32>len);
  memory.copy(bytes.dataStart, ptr, len);
  return bytes;
}

/** The input as JSON; no input is of type `Missing`. */
export function inputJson(ptr: usize, len: usize): Json {
  if (len == 0) return Json.missing;
  const value = parseAt(ptr, len);
  if (!value.exists) rejectText();
  return value;
}

/** Parses the input. False if the call failed. */
export function openArguments(ptr: usize, len: usize, mayBeBare: bool): bool {
  source = ptr;
  size = len;
  document = null;
  bare = false;
  matched = 0;
  cursor = firstOf(0);
  if (len == 0) {
    bare = true;
    if (!mayBeBare) fail(INVALID_INPUT, "expected a JSON object with the arguments, got no input");
  } else if (!parseTape(ptr, len)) {
    rejectText();
  } else if (tokenOf(tapeStart(), 0) != Token.Object) {
    bare = true;
    if (!mayBeBare) fail(INVALID_INPUT, `expected a JSON object with the arguments, got ${found(0)}`);
  }
  return !failed();
}

/** The argument of that name. */
export function argument<T>(name: string): T {
  const entry = find(name);
  if (entry >= 0) return decode<T>(entry, name);
  if (!isNullable<T>()) {
    fail(INVALID_ARGUMENT, `expected an argument "${name}", got none`, json.object().set("argument", name));
  }
  return zero<T>();
}

/** The argument of that name, or `fallback` if there is none. */
export function argumentOr<T>(name: string, fallback: T): T {
  const entry = find(name);
  return entry < 0 ? fallback : decode<T>(entry, name);
}

/** Ends decoding. With `names`, every member of the input has to be one of them. False if the call failed. */
export function closeArguments(names: StaticArray<string> | null): bool {
  if (names != null && !bare && !failed() && matched != countOf(tapeStart(), 0)) rejectMembers(names);
  document = null;
  releaseTape();
  return !failed();
}

/** The entry of an argument; -1 if it was not given. */
function find(name: string): i32 {
  if (bare) return size > 0 && matched++ == 0 ? 0 : -1;
  const tape = tapeStart();
  const end = nextOf(tape, 0);
  let key = cursor;
  for (let i = countOf(tape, 0); i > 0; i--) {
    if (key == end) key = firstOf(0);
    const next = nextOf(tape, key + 1);
    if (sameString(name, textStart(key), textEnd(key), tokenOf(tape, key) == Token.EscapedString)) {
      cursor = next;
      matched++;
      return key + 1;
    }
    key = next;
  }
  return -1;
}

/** More members than arguments: one has a name that is not known, or came twice. */
function rejectMembers(names: StaticArray<string>): void {
  const tape = tapeStart();
  const seen = new Set<string>();
  let key = firstOf(0);
  for (let i = countOf(tape, 0); i > 0; i--) {
    const name = text(key);
    if (!names.includes(name)) return rejectMember(name, `unknown argument "${name}": expected ${names.join(", ")}`);
    if (seen.has(name)) return rejectMember(name, `argument "${name}" was given twice`);
    seen.add(name);
    key = nextOf(tape, key + 1);
  }
}

function rejectMember(name: string, message: string): void {
  fail(INVALID_ARGUMENT, message, json.object().set("argument", name));
}

function decode<T>(entry: u32, name: string): T {
  const token = tokenOf(tapeStart(), entry);
  if (isNullable<T>()) {
    if (token == Token.Null) return zero<T>();
  }
  if (isString<T>()) {
    if (token == Token.String || token == Token.EscapedString) return changetype<T>(text(entry));
    return mismatch<T>(entry, name, "a string");
  } else if (isBoolean<T>()) {
    if (token == Token.True || token == Token.False) return <T>(token == Token.True);
    return mismatch<T>(entry, name, "a boolean");
  } else if (isInteger<T>()) {
    const low = lowest<T>();
    const high = highest<T>();
    const value = token == Token.Number ? number(entry) : NaN;
    if (value == Math.floor(value) && value >= low && value <= high) return <T>value;
    return mismatch<T>(entry, name, `a whole number from ${(<i64>low).toString()} to ${(<i64>high).toString()}`);
  } else if (isFloat<T>()) {
    if (token == Token.Number) return <T>number(entry);
    return mismatch<T>(entry, name, "a number");
  } else if (isArray<T>()) {
    if (token == Token.Array) return array<T>(entry, name);
    return mismatch<T>(entry, name, "an array");
  } else {
    return changetype<T>(view(entry));
  }
}

function array<T>(entry: u32, name: string): T {
  const count = countOf(tapeStart(), entry);
  const items = instantiate<T>(count);
  let item = firstOf(entry);
  for (let i: u32 = 0; i < count && !failed(); i++) {
    items[i] = decode<valueof<T>>(item, `${name}[${i}]`);
    item = nextOf(tapeStart(), item);
  }
  return items;
}

/** The whole numbers that a type holds and that a JSON number can name without doubt: those up to 2^53. */
// @ts-ignore: decorator
@inline
function lowest<T>(): f64 {
  return !isSigned<T>() ? 0 : sizeof<T>() == 8 ? -9007199254740992 : -<f64>((<u64>1) << (sizeof<T>() * 8 - 1));
}
// @ts-ignore: decorator
@inline
function highest<T>(): f64 {
  return sizeof<T>() == 8 ? 9007199254740992 : <f64>(((<u64>1) << (sizeof<T>() * 8 - <usize>isSigned<T>())) - 1);
}

function mismatch<T>(entry: u32, name: string, expected: string): T {
  fail(
    INVALID_ARGUMENT,
    `expected "${name}" to be ${expected}, got ${found(entry)}`,
    json.object().set("argument", name).set("expected", expected),
  );
  return zero<T>();
}

function rejectText(): void {
  const offset = parseErrorOffset();
  fail(INVALID_INPUT, `the input is not JSON: ${parseError()} at byte ${offset}`, json.object().set("offset", offset));
}

/** What stands there, for messages: short scalars as they are written. */
function found(entry: u32): string {
  const tape = tapeStart();
  const token = tokenOf(tape, entry);
  const size = endOf(tape, entry) - startOf(tape, entry);
  if (token < Token.Array && size <= 40) return decodeUtf8(source + startOf(tape, entry), size);
  return typeName(typeOf(token));
}

function textStart(entry: u32): usize {
  return source + startOf(tapeStart(), entry) + 1;
}

function textEnd(entry: u32): usize {
  return source + endOf(tapeStart(), entry) - 1;
}

function text(entry: u32): string {
  return readString(textStart(entry), textEnd(entry), tokenOf(tapeStart(), entry) == Token.EscapedString);
}

function number(entry: u32): f64 {
  const tape = tapeStart();
  return readNumber(source + startOf(tape, entry), source + endOf(tape, entry));
}

function view(entry: u32): Json {
  let kept = document;
  if (kept == null) {
    kept = Document.copy(source, size);
    document = kept;
  }
  return Json.view(kept, entry);
}

/** 0, or null: what a failed call goes on with until it ends. */
// @ts-ignore: decorator
@inline
function zero<T>(): T {
  if (isReference<T>()) return changetype<T>(0);
  else return <T>0;
}
