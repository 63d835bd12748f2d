// `kv`: data that a plugin keeps from call to call. The plugin's manifest asks for `kv`, the operator grants it. Each plugin has
// keys of its own; all instances of it share them.
//
// Nothing here traps. What failed has an `errorCode`: PERMISSION_DENIED, INVALID_ARGUMENT, LIMIT_EXCEEDED, or STORE_FAILED.

import * as env from "./env";
import { takeBytes } from "./given";
import { Json } from "./json/json";
import { json, JsonResult } from "./json/parse";
import { utf8 } from "./text";
import { encodeUtf8, utf8Length } from "./utf8";

/** In place of a version: whatever is there. */
const ANY: f64 = -1;

/** How an operation went. */
export class KvResult {
  private errorJson: Json = Json.missing;

  /** Made by `kv`. */
  constructor(
    /** False where it was not done: `errorCode` says why, or is empty where a version was expected that is not there. */
    public readonly ok: bool,
    /** Version of the entry as it is now; 0 where there is none. */
    public readonly version: u64,
    error: Json,
  ) {
    this.errorJson = error;
  }

  /** What failed: a code such as "LIMIT_EXCEEDED"; "" if nothing did. */
  get errorCode(): string {
    return this.errorJson.get("code").asString();
  }

  /** The same for people. */
  get errorMessage(): string {
    return this.errorJson.get("message").asString();
  }

  /** The operation failed. */
  get failed(): bool {
    return this.errorJson.exists;
  }

  /** The entry has another version than was expected. */
  get conflict(): bool {
    return !this.ok && !this.failed;
  }
}

/** What `kv.get` found. */
@final
export class KvEntry extends KvResult {
  /** Made by `kv`. */
  constructor(
    /** There is an entry. */
    public readonly exists: bool,
    version: u64,
    /** Its value; empty where there is none. */
    public readonly bytes: Uint8Array,
    error: Json,
  ) {
    super(!error.exists, version, error);
  }

  /** The value as text in UTF-8. */
  text(fallback: string = ""): string {
    return this.exists ? utf8.decode(this.bytes) : fallback;
  }

  /** The value as JSON; never traps, see `JsonResult`. */
  json(): JsonResult {
    return json.parseBytes(this.bytes);
  }
}

/** A page of keys. */
@final
export class KvKeys extends KvResult {
  /** Made by `kv`. */
  constructor(
    /** In the order of their code points. */
    public readonly keys: string[],
    /** Where to go on: pass it to `kv.list` as `after`. Empty at the end. A page may be short before the end. */
    public readonly next: string,
    error: Json,
  ) {
    super(!error.exists, 0, error);
  }
}

/** What a write expects and asks for. */
@final
export class KvOptions {
  private expected: f64 = ANY;
  private ttl: f64 = 0;

  /** The entry expires after so many milliseconds. */
  expireAfter(ms: u64): KvOptions {
    this.ttl = <f64>ms;
    return this;
  }

  /** Only if the entry has this version: nobody has written it since. */
  ifVersion(version: u64): KvOptions {
    this.expected = <f64>version;
    return this;
  }

  /** Only if there is no entry. */
  ifMissing(): KvOptions {
    return this.ifVersion(0);
  }

  /** For the host: the version, or -1. */
  get version(): f64 {
    return this.expected;
  }

  /** For the host: milliseconds, or 0 for never. */
  get ttlMs(): f64 {
    return this.ttl;
  }
}

export namespace kv {
  /**
   * The entry of a key.
   *
   *     const seen = kv.get("seen").text("0");
   */
  export function get(key: string): KvEntry {
    const size = utf8Length(key);
    const at = encoded(key, size);
    const status = env.kv_get(at, size);
    heap.free(at);
    const bytes = status > 0 ? takeBytes(env.kv_value()) : new Uint8Array(0);
    return new KvEntry(status > 0, <u64>env.kv_version(), bytes, errorOf(status));
  }

  /** Writes bytes. */
  export function set(key: string, value: Uint8Array, options: KvOptions = new KvOptions()): KvResult {
    const size = utf8Length(key);
    const at = encoded(key, size);
    const status = env.kv_set(at, size, value.dataStart, value.length, options.ttlMs, options.version);
    heap.free(at);
    return resultOf(status);
  }

  /** Writes text, as UTF-8. */
  export function setText(key: string, value: string, options: KvOptions = new KvOptions()): KvResult {
    return set(key, utf8.encode(value), options);
  }

  /** Writes a value as JSON. */
  export function setJson(key: string, value: Json, options: KvOptions = new KvOptions()): KvResult {
    return set(key, value.toBytes(), options);
  }

  /** Deletes an entry. `ok` is false where there was none. */
  export function remove(key: string, options: KvOptions = new KvOptions()): KvResult {
    const size = utf8Length(key);
    const at = encoded(key, size);
    const status = env.kv_delete(at, size, options.version);
    heap.free(at);
    return resultOf(status);
  }

  /**
   * A page of the keys that start with `prefix`.
   * @param after where the page before ended: its `next`
   * @param limit keys at most; 0 for as many as the host allows
   */
  export function list(prefix: string = "", after: string = "", limit: u32 = 0): KvKeys {
    const prefixSize = utf8Length(prefix);
    const prefixAt = encoded(prefix, prefixSize);
    const afterSize = utf8Length(after);
    const afterAt = encoded(after, afterSize);
    const status = env.kv_list(prefixAt, prefixSize, afterAt, afterSize, limit);
    heap.free(prefixAt);
    heap.free(afterAt);
    const keys: string[] = [];
    if (status < 0) return new KvKeys(keys, "", errorOf(status));
    const page = json.parseBytes(takeBytes(env.kv_page())).value;
    const found = page.get("keys");
    for (let i = 0; i < found.length; i++) keys.push(found.at(i).asString());
    return new KvKeys(keys, page.get("next").asString(), Json.missing);
  }

  /** For `set` and `remove`: `kv.options().expireAfter(60_000).ifMissing()`. */
  export function options(): KvOptions {
    return new KvOptions();
  }

  function resultOf(status: i32): KvResult {
    return new KvResult(status > 0, <u64>env.kv_version(), errorOf(status));
  }

  function errorOf(status: i32): Json {
    if (status >= 0) return Json.missing;
    return json.parseBytes(takeBytes(env.kv_error())).value;
  }

  function encoded(text: string, size: usize): usize {
    const at = heap.alloc(size);
    encodeUtf8(text, at);
    return at;
  }
}
