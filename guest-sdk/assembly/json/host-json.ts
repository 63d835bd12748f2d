// `hostJson`: JSON documents that are parsed, held and written by the host. The plugin has a handle to a value and asks for what
// it needs. For large documents of which little is read: `json.parse` reads all of a text inside the plugin, and its fuel.
//
// Reading never traps: what is not there has the type `Missing`, and so has everything below it. Handles are few (limit
// `jsonHandles`): `free` them in loops. What is left is freed when the call ends, so do not keep one for the next.

import * as env from "../env";
import { takeBytes } from "../given";
import { Json, JsonType } from "./json";
import { json } from "./parse";
import { utf8 } from "../text";
import { encodeUtf8, utf8Length } from "../utf8";

// Text on its way to the host; taken and given back within one call of a host function.
let text: usize = 0;
let textSize: usize = 0;

function take(value: string): usize {
  textSize = utf8Length(value);
  text = heap.alloc(textSize);
  encodeUtf8(value, text);
  return text;
}

function give<T>(result: T): T {
  heap.free(text);
  return result;
}

/** A value of a document on the host. A part refers to the document that it is a part of: changing it changes that. */
@final
export class HostJson {
  /** Use `hostJson`. */
  constructor(
    /** What the host knows it by; 0 for what is not there. */
    public readonly handle: i32,
  ) {}

  get type(): JsonType {
    return <JsonType>env.json_type(this.handle);
  }
  get exists(): bool {
    return this.handle != 0 && this.type != JsonType.Missing;
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

  asString(fallback: string = ""): string {
    return this.isString ? utf8.decode(takeBytes(env.json_string(this.handle))) : fallback;
  }
  asNumber(fallback: f64 = NaN): f64 {
    return this.isNumber ? env.json_number(this.handle) : fallback;
  }
  asBoolean(fallback: bool = false): bool {
    return this.isBoolean ? env.json_number(this.handle) != 0 : fallback;
  }

  /** Items of an array, members of an object; 0 for everything else. */
  get length(): i32 {
    return env.json_length(this.handle);
  }
  /** A member of an object. */
  get(key: string): HostJson {
    return new HostJson(give(env.json_member(this.handle, take(key), textSize)));
  }
  /** An item of an array, or a member of an object, by position. */
  at(index: i32): HostJson {
    return new HostJson(env.json_at(this.handle, index));
  }
  /** The name of a member, by position; "" if there is none. */
  keyAt(index: i32): string {
    return utf8.decode(takeBytes(env.json_key(this.handle, index)));
  }
  /** A JSON pointer such as "/songs/0/title". */
  path(pointer: string): HostJson {
    return new HostJson(give(env.json_get(this.handle, take(pointer), textSize)));
  }

  /** Sets a member of an object, or an item that an array has already. False where the value is neither, or has no such item. */
  set(key: string, value: HostJson): bool {
    return give(env.json_set(this.handle, take(key), textSize, value.handle)) != 0;
  }
  /** Adds an item to an array. False where the value is none. */
  push(value: HostJson): bool {
    return env.json_push(this.handle, value.handle) != 0;
  }
  /** Removes a member, or an item by its index. False if there is none. */
  remove(key: string): bool {
    return give(env.json_remove(this.handle, take(key), textSize)) != 0;
  }

  /** The value as JSON text. The call ends for one that contains itself, or is nested deeper than `jsonDepth`. */
  toBytes(): Uint8Array {
    return takeBytes(env.json_stringify(this.handle));
  }
  toString(): string {
    return utf8.decode(this.toBytes());
  }

  /** Gives the handle back. The document stays as long as there are other handles. */
  free(): void {
    env.json_free(this.handle);
  }
}

/** A parsed document, or why there is none. */
@final
export class HostJsonResult {
  constructor(
    /** Of type `Missing` if the text is not JSON. */
    public readonly value: HostJson,
    private readonly failure: Json,
  ) {}

  /** Is the text JSON, and within the limits? */
  get ok(): bool {
    return this.value.handle != 0;
  }
  /** What was expected and what came instead; "" if all is well. */
  get error(): string {
    return this.failure.get("message").asString();
  }
  /** The byte where the text stops being JSON; -1 if all is well. */
  get offset(): i32 {
    return <i32>this.failure.get("offset").asNumber(-1);
  }
}

export namespace hostJson {
  /** Parses JSON text. Never traps. */
  export function parse(value: string): HostJsonResult {
    return resultOf(give(env.json_parse(take(value), textSize)));
  }
  /** Parses JSON text in UTF-8. Never traps. */
  export function parseBytes(bytes: Uint8Array): HostJsonResult {
    return resultOf(env.json_parse(bytes.dataStart, bytes.length));
  }

  export function object(): HostJson {
    return new HostJson(env.json_new(JsonType.Object));
  }
  export function array(): HostJson {
    return new HostJson(env.json_new(JsonType.Array));
  }
  export function nil(): HostJson {
    return new HostJson(env.json_new(JsonType.Null));
  }
  /** From text, a boolean or a number; of type `Missing` for NaN and the infinities, which are no JSON. */
  export function from<T>(value: T): HostJson {
    if (isString<T>()) return new HostJson(give(env.json_new_string(take(changetype<string>(value)), textSize)));
    if (isBoolean<T>()) return new HostJson(env.json_new_boolean(<i32>value));
    return new HostJson(env.json_new_number(<f64>value));
  }

  function resultOf(handle: i32): HostJsonResult {
    const failure = handle == 0 ? json.parseBytes(takeBytes(env.json_error())).value : Json.missing;
    return new HostJsonResult(new HostJson(handle), failure);
  }
}
