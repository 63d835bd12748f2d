// JSON values: views into a parsed text, or values that the plugin builds.

import { Document } from "./document";
import { readNumber, readString, sameString } from "./scalar";
import { Token, countOf, endOf, firstOf, nextOf, startOf, tokenOf } from "./tape";
import { writeJson } from "./write";
import { begin, finishBytes, finishText } from "../output";

/** What a JSON value is. `Missing` is the answer to asking for something that is not there. */
export enum JsonType {
  Missing,
  Null,
  Boolean,
  Number,
  String,
  Array,
  Object,
}

/** "a number": how types are named in messages. */
export function typeName(type: JsonType): string {
  switch (type) {
    case JsonType.Null: return "null";
    case JsonType.Boolean: return "a boolean";
    case JsonType.Number: return "a number";
    case JsonType.String: return "a string";
    case JsonType.Array: return "an array";
    case JsonType.Object: return "an object";
  }
  return "nothing";
}

/** Objects with more members than this get an index once they are asked for a key. */
const INDEX_FROM = 16;

/**
 * A JSON value.
 *
 * Reading never traps: what is not there is a value of type `Missing`, and so is everything below it, so that
 * `input.get("user").get("name").asString("nobody")` needs no checks in between.
 *
 * `set`, `push` and `remove` change the value in place; `set` and `push` return it, so that calls chain.
 */
@final
export class Json {
  /** What stands for a value that is not there. */
  static readonly missing: Json = new Json(JsonType.Missing);

  // A view: the text that it is in and where. Null once the value was changed, and for values that were built.
  private document: Document | null = null;
  private entry: u32 = 0;
  // The item that was looked at last, so that going through a large array is linear.
  private cursor: u32 = 0;
  private cursorEntry: u32 = 0;

  // A built value. Booleans are 0 and 1; a view of a boolean has it here too.
  private number: f64 = 0;
  private text: string = "";
  private names: string[] | null = null;
  private items: Json[] | null = null;

  // Of a large object: the entry of each key's value in a view, its position in a built one.
  private index: Map<string, u32> | null = null;

  /** Use `json.from`, `json.object` and `json.array`. */
  constructor(
    /** What this value is. */
    public readonly type: JsonType,
  ) {}

  /** A view of one entry of a parsed text. */
  static view(document: Document, entry: u32): Json {
    const token = tokenOf(document.tape, entry);
    const value = new Json(typeOf(token));
    value.document = document;
    value.entry = entry;
    value.number = token == Token.True ? 1 : 0;
    return value;
  }

  /** A value from a string, number, boolean, `Json`, `null`, or an array of those. */
  static from<T>(value: T): Json {
    if (isReference<T>()) {
      if (changetype<usize>(value) == 0) return new Json(JsonType.Null);
    }
    if (isString<T>()) {
      const made = new Json(JsonType.String);
      made.text = changetype<string>(value);
      return made;
    } else if (isBoolean<T>() || isInteger<T>() || isFloat<T>()) {
      // A literal `null` has no other type than the one of addresses.
      if (isInteger<T>() && !isSigned<T>() && sizeof<T>() == sizeof<usize>()) {
        if (value == 0 && nameof<T>() == "usize") return new Json(JsonType.Null);
      }
      const made = new Json(isBoolean<T>() ? JsonType.Boolean : JsonType.Number);
      made.number = <f64>value;
      return made;
    } else if (idof<T>() == idof<Json>()) {
      return changetype<Json>(value);
    } else if (isArray<T>()) {
      const made = new Json(JsonType.Array);
      const items = new Array<Json>(value.length);
      for (let i = 0; i < value.length; i++) items[i] = Json.from(value[i]);
      made.items = items;
      return made;
    } else {
      ERROR("expected a string, a number, a boolean, Json, null or an array of those");
    }
  }

  /** False for what is not there; true for everything else, `null` included. */
  get exists(): bool {
    return this.type != JsonType.Missing;
  }
  get isNull(): bool {
    return this.type == JsonType.Null;
  }
  get isBoolean(): bool {
    return this.type == JsonType.Boolean;
  }
  get isNumber(): bool {
    return this.type == JsonType.Number;
  }
  get isString(): bool {
    return this.type == JsonType.String;
  }
  get isArray(): bool {
    return this.type == JsonType.Array;
  }
  get isObject(): bool {
    return this.type == JsonType.Object;
  }

  /** The boolean, or `fallback` if this is something else. */
  asBoolean(fallback: bool = false): bool {
    return this.isBoolean ? this.number != 0 : fallback;
  }

  /** The number, or `fallback` if this is something else. */
  asNumber(fallback: f64 = NaN): f64 {
    if (!this.isNumber) return fallback;
    const document = this.document;
    return document == null ? this.number : readNumber(this.start(document), this.end(document));
  }

  /** The number if it is whole and fits, or `fallback`. */
  asInteger(fallback: i64 = 0): i64 {
    const number = this.asNumber();
    return number == Math.floor(number) && Math.abs(number) <= 9007199254740992 ? <i64>number : fallback;
  }

  /** The string, or `fallback` if this is something else. */
  asString(fallback: string = ""): string {
    if (!this.isString) return fallback;
    const document = this.document;
    return document == null ? this.text : this.stringAt(document, this.entry);
  }

  /** Items of an array, members of an object; 0 for anything else. */
  get length(): i32 {
    const document = this.document;
    if (document != null) return this.isArray || this.isObject ? countOf(document.tape, this.entry) : 0;
    const items = this.items;
    return items == null ? 0 : items.length;
  }

  /** The item of an array, or the value of an object's member, at a position. */
  at(index: i32): Json {
    if (<u32>index >= <u32>this.length) return Json.missing;
    const document = this.document;
    if (document == null) return this.items![index];
    const entry = this.seek(document, index);
    return Json.view(document, this.isObject ? entry + 1 : entry);
  }

  /** The key of an object's member at a position; "" if there is none. */
  keyAt(index: i32): string {
    if (!this.isObject || <u32>index >= <u32>this.length) return "";
    const document = this.document;
    return document == null ? this.names![index] : this.stringAt(document, this.seek(document, index));
  }

  /** The keys of an object in order. */
  keys(): string[] {
    const keys = new Array<string>(this.isObject ? this.length : 0);
    for (let i = 0; i < keys.length; i++) keys[i] = this.keyAt(i);
    return keys;
  }

  /** The value of an object's member. Of several with the same key, the last. */
  get(key: string): Json {
    if (!this.isObject) return Json.missing;
    const document = this.document;
    if (document != null) {
      const entry = this.findEntry(document, key);
      return entry == 0 ? Json.missing : Json.view(document, entry);
    }
    const position = this.findPosition(key);
    return position < 0 ? Json.missing : this.items![position];
  }

  /** Has an object this member? */
  has(key: string): bool {
    if (!this.isObject) return false;
    const document = this.document;
    return document != null ? this.findEntry(document, key) != 0 : this.findPosition(key) >= 0;
  }

  /** The value at a JSON pointer (RFC 6901): "/songs/0/title". "" is the value itself. */
  path(pointer: string): Json {
    if (pointer.length == 0) return this;
    if (pointer.charCodeAt(0) != 0x2f) return Json.missing;
    const steps = pointer.split("/");
    let value: Json = this;
    for (let i = 1; i < steps.length; i++) {
      const step = steps[i].replaceAll("~1", "/").replaceAll("~0", "~");
      value = value.isArray ? value.at(arrayIndex(step)) : value.get(step);
    }
    return value;
  }

  /** Sets a member of an object. Takes what `json.from` takes. */
  set<T>(key: string, value: T): Json {
    const items = this.own(JsonType.Object, "set");
    const position = this.findPosition(key);
    if (position >= 0) {
      items[position] = Json.from(value);
      return this;
    }
    const index = this.index;
    if (index != null) index.set(key, items.length);
    this.names!.push(key);
    items.push(Json.from(value));
    return this;
  }

  /** Appends to an array. Takes what `json.from` takes. */
  push<T>(value: T): Json {
    this.own(JsonType.Array, "push").push(Json.from(value));
    return this;
  }

  /** Removes a member of an object; false if there was none. */
  remove(key: string): bool {
    const items = this.own(JsonType.Object, "remove");
    const position = this.findPosition(key);
    if (position < 0) return false;
    items.splice(position, 1);
    this.names!.splice(position, 1);
    this.index = null;
    return true;
  }

  /** The value as JSON text. NaN and infinite numbers become `null`, what is missing too. */
  toString(): string {
    begin();
    writeJson(this);
    return finishText();
  }

  /** The value as JSON text in UTF-8. */
  toBytes(): Uint8Array {
    begin();
    writeJson(this);
    return finishBytes();
  }

  /** Where the text of a view starts; 0 for a built value. With `sourceEnd`, for those who write JSON. */
  get source(): usize {
    const document = this.document;
    return document == null ? 0 : this.start(document);
  }
  get sourceEnd(): usize {
    const document = this.document;
    return document == null ? 0 : this.end(document);
  }

  // ---- views

  private start(document: Document): usize {
    return document.source + startOf(document.tape, this.entry);
  }

  private end(document: Document): usize {
    return document.source + endOf(document.tape, this.entry);
  }

  private stringAt(document: Document, entry: u32): string {
    const tape = document.tape;
    const source = document.source;
    return readString(source + startOf(tape, entry) + 1, source + endOf(tape, entry) - 1, tokenOf(tape, entry) == Token.EscapedString);
  }

  /** The entry of an array's item, or of an object's key, at a position that exists. */
  private seek(document: Document, position: u32): u32 {
    const tape = document.tape;
    let at = this.cursor;
    let entry = this.cursorEntry;
    if (entry == 0 || position < at) {
      at = 0;
      entry = firstOf(this.entry);
    }
    const keyed = <u32>this.isObject;
    for (; at < position; at++) entry = nextOf(tape, entry + keyed);
    this.cursor = at;
    this.cursorEntry = entry;
    return entry;
  }

  /** The entry of the value of the last member with that key; 0 if there is none. */
  private findEntry(document: Document, key: string): u32 {
    const tape = document.tape;
    const count = countOf(tape, this.entry);
    if (count > <u32>INDEX_FROM) {
      const index = this.entriesByKey(document, count);
      return index.has(key) ? index.get(key) : 0;
    }
    let found: u32 = 0;
    let entry = firstOf(this.entry);
    for (let i: u32 = 0; i < count; i++) {
      const start = document.source + startOf(tape, entry) + 1;
      const end = document.source + endOf(tape, entry) - 1;
      if (sameString(key, start, end, tokenOf(tape, entry) == Token.EscapedString)) found = entry + 1;
      entry = nextOf(tape, entry + 1);
    }
    return found;
  }

  private entriesByKey(document: Document, count: u32): Map<string, u32> {
    let index = this.index;
    if (index != null) return index;
    index = new Map<string, u32>();
    let entry = firstOf(this.entry);
    for (let i: u32 = 0; i < count; i++) {
      index.set(this.stringAt(document, entry), entry + 1);
      entry = nextOf(document.tape, entry + 1);
    }
    this.index = index;
    return index;
  }

  // ---- built values

  /** The items as the value's own, to be changed. */
  private own(type: JsonType, verb: string): Json[] {
    if (this.type != type) throw new Error(`Json.${verb} needs ${typeName(type)}, but this is ${typeName(this.type)}`);
    let items = this.items;
    if (items != null) return items;
    const size = this.length;
    items = new Array<Json>(size);
    for (let i = 0; i < size; i++) items[i] = this.at(i);
    this.names = this.keys();
    this.items = items;
    this.document = null;
    this.index = null;
    return items;
  }

  private findPosition(key: string): i32 {
    const names = this.names;
    if (names == null) return -1;
    if (names.length <= INDEX_FROM) return names.lastIndexOf(key);
    let index = this.index;
    if (index == null) {
      index = new Map<string, u32>();
      for (let i = 0; i < names.length; i++) index.set(names[i], i);
      this.index = index;
    }
    return index.has(key) ? index.get(key) : -1;
  }
}

/** The type of the value that a token stands for. */
export function typeOf(token: Token): JsonType {
  switch (token) {
    case Token.Null: return JsonType.Null;
    case Token.False:
    case Token.True: return JsonType.Boolean;
    case Token.Number: return JsonType.Number;
    case Token.Array: return JsonType.Array;
    case Token.Object: return JsonType.Object;
  }
  return JsonType.String;
}

/** An array index as RFC 6901 has it: digits without a leading zero; -1 for anything else. */
function arrayIndex(step: string): i32 {
  if (step.length == 0 || step.length > 9 || (step.length > 1 && step.charCodeAt(0) == 0x30)) return -1;
  let index = 0;
  for (let i = 0; i < step.length; i++) {
    const digit = <u32>step.charCodeAt(i) - 0x30;
    if (digit > 9) return -1;
    index = index * 10 + digit;
  }
  return index;
}
