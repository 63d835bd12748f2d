// `json`: making JSON values.

import { Document } from "./document";
import { Json, JsonType } from "./json";
import { parseError, parseErrorOffset, parseTape, releaseTape } from "./tape";
import { encodeUtf8, utf8Length } from "../utf8";

/** The outcome of `json.parse`. */
@final
export class JsonResult {
  constructor(
    /** The value; of type `Missing` if the text is not JSON. */
    public readonly value: Json,
    /** What was expected and what came instead; "" if the text is JSON. */
    public readonly error: string,
    /** Where the text stops being JSON: counted in characters (UTF-16 units) of a string, in bytes of bytes. -1 if it is JSON. */
    public readonly offset: i32,
  ) {}

  /** Is the text JSON? */
  get ok(): bool {
    return this.offset < 0;
  }
}

export namespace json {
  /** Parses JSON text. Never traps: see `ok`, `error` and `offset` of the result. */
  export function parse(text: string): JsonResult {
    const size = utf8Length(text);
    const bytes = heap.alloc(size);
    encodeUtf8(text, bytes);
    const value = parseAt(bytes, size);
    const offset = value.exists ? -1 : unitsBefore(bytes, parseErrorOffset());
    heap.free(bytes);
    return new JsonResult(value, parseError(), offset);
  }

  /** Parses JSON text in UTF-8. */
  export function parseBytes(bytes: Uint8Array): JsonResult {
    const value = parseAt(bytes.dataStart, bytes.length);
    return new JsonResult(value, parseError(), value.exists ? -1 : parseErrorOffset());
  }

  /** A value from a string, number, boolean, `Json`, `null`, or an array of those. */
  export function from<T>(value: T): Json {
    return Json.from(value);
  }

  /** A new empty object: `json.object().set("a", 1).set("b", "two")`. */
  export function object(): Json {
    return new Json(JsonType.Object);
  }

  /** A new empty array: `json.array().push(1).push("two")`. */
  export function array(): Json {
    return new Json(JsonType.Array);
  }

  /** `null`. */
  export function nil(): Json {
    return new Json(JsonType.Null);
  }
}

/** The value of `len` bytes of JSON text at `ptr`, with its own copy of them; of type `Missing` if it is not JSON. */
export function parseAt(ptr: usize, len: usize): Json {
  const value = parseTape(ptr, len) ? Json.view(Document.copy(ptr, len), 0) : Json.missing;
  releaseTape();
  return value;
}

/** UTF-16 units that `len` bytes of well-formed UTF-8 decode to. */
function unitsBefore(ptr: usize, len: usize): i32 {
  let units = 0;
  for (let at = ptr; at < ptr + len; at++) {
    const byte = load<u8>(at);
    if (byte >= 0xf0) units += 2;
    else if (byte < 0x80 || byte >= 0xc0) units++;
  }
  return units;
}
