// `http`: requests through the host. The plugin's manifest asks for the hosts it wants, the operator grants them.
//
// To the plugin a request is an ordinary call: it returns when the response's head is there, or with a reason why not.

import * as env from "./env";
import { noteSize } from "./exports";
import { takeBytes } from "./given";
import { Json } from "./json/json";
import { JsonResult, json } from "./json/parse";
import { begin, byte, finishText } from "./output";
import { utf8 } from "./text";
import { decodeUtf8 } from "./utf8";

/** Bytes asked for at once when a body is read. */
const CHUNK: usize = 64 * 1024;

/**
 * The answer to a request, or the reason why there is none.
 *
 *     const response = http.get("https://api.example.com/songs/1");
 *     if (!response.ok) return fail<Json>("UPSTREAM", response.describe());
 *     const song = response.json().value;
 */
@final
export class HttpResponse {
  private body: Uint8Array | null = null;
  /** Headers as the host gave them, kept when the response is closed; parsed when somebody asks. */
  private headText: Uint8Array | null = null;
  private head: Json | null = null;

  /** Made by `http`. */
  constructor(
    private readonly handle: i32,
    /** HTTP status; 0 if no response came. */
    public readonly status: i32,
    private errorJson: Json,
  ) {}

  /** A response came and its status is 200 to 299. */
  get ok(): bool {
    return this.status >= 200 && this.status < 300 && !this.errorJson.exists;
  }

  /** Why there is no response, or why its body broke off: a code such as "PERMISSION_DENIED" or "TIMEOUT"; "" if all is well. */
  get errorCode(): string {
    return this.errorJson.get("code").asString();
  }

  /** The same for people. */
  get errorMessage(): string {
    return this.errorJson.get("message").asString();
  }

  /** "status 404", or the error: for messages. */
  describe(): string {
    return this.errorJson.exists ? `${this.errorCode}: ${this.errorMessage}` : `status ${this.status}`;
  }

  /** One response header, its name in any case; "" if it is not there. */
  header(name: string): string {
    return this.headers().get(name.toLowerCase()).asString();
  }

  /** All response headers: an object with lower-case names. */
  headers(): Json {
    const known = this.head;
    if (known != null) return known;
    this.keepHeaders();
    const parsed = json.parseBytes(this.headText!);
    const head = parsed.ok ? parsed.value : json.object();
    this.head = head;
    return head;
  }

  /** The body. Empty if no response came; `errorCode` says so if it broke off. */
  bytes(): Uint8Array {
    const known = this.body;
    if (known != null) return known;
    const body = this.handle > 0 ? this.read() : new Uint8Array(0);
    this.body = body;
    return body;
  }

  /** The body as text in UTF-8. */
  text(): string {
    const body = this.bytes();
    return decodeUtf8(body.dataStart, body.length);
  }

  /** The body as JSON; never traps, see `JsonResult`. */
  json(): JsonResult {
    return json.parseBytes(this.bytes());
  }

  /** Gives up a body that nobody will read, so that its connection is free for the next request. Reading it does the same. */
  close(): void {
    if (this.handle > 0 && this.body == null) {
      this.keepHeaders();
      env.http_close(this.handle);
      this.body = new Uint8Array(0);
    }
  }

  private keepHeaders(): void {
    if (this.headText == null) this.headText = takeBytes(this.handle > 0 ? env.http_headers(this.handle) : 0);
  }

  private read(): Uint8Array {
    let capacity = CHUNK;
    let buffer = heap.alloc(capacity);
    let size: usize = 0;
    let got: i32;
    while ((got = env.http_read(this.handle, buffer + size, capacity - size)) > 0) {
      size += got;
      if (size == capacity) {
        capacity <<= 1;
        buffer = heap.realloc(buffer, capacity);
      }
    }
    if (got < 0) this.errorJson = lastError();
    this.keepHeaders();
    env.http_close(this.handle);
    noteSize(size);
    const body = new Uint8Array(<i32>size);
    memory.copy(body.dataStart, buffer, size);
    heap.free(buffer);
    return body;
  }
}

export namespace http {
  /** A GET request. `headers` is an object of strings. */
  export function get(url: string, headers: Json | null = null): HttpResponse {
    return request("GET", url, null, headers);
  }

  /** A POST request whose body is JSON. */
  export function postJson(url: string, body: Json, headers: Json | null = null): HttpResponse {
    const all = headers == null ? json.object() : headers;
    if (!all.has("content-type")) all.set("content-type", "application/json");
    return request("POST", url, body.toBytes(), all);
  }

  /** Text as part of a URL, percent-encoded: `"/search?q=" + http.encode(query)`. Never traps, as `encodeURIComponent` may. */
  export function encode(text: string): string {
    const bytes = utf8.encode(text);
    begin();
    for (let i = 0; i < bytes.length; i++) {
      const value = <u32>bytes[i];
      if (isUnreserved(value)) {
        byte(value);
      } else {
        byte(0x25);
        byte(hexDigit(value >> 4));
        byte(hexDigit(value & 15));
      }
    }
    return finishText();
  }

  /** Any request. */
  export function request(method: string, url: string, body: Uint8Array | null = null, headers: Json | null = null): HttpResponse {
    const head = json.object().set("method", method).set("url", url);
    if (headers != null) head.set("headers", headers);
    const bytes = head.toBytes();
    const bodyStart: usize = body == null ? 0 : body.dataStart;
    const bodySize: usize = body == null ? 0 : body.length;
    const handle = env.http_request(bytes.dataStart, bytes.length, bodyStart, bodySize);
    if (handle <= 0) return new HttpResponse(0, 0, lastError());
    return new HttpResponse(handle, env.http_status(handle), Json.missing);
  }
}

// @ts-ignore: decorator
@inline
function isUnreserved(byte: u32): bool {
  return (byte | 0x20) - 0x61 < 26 || byte - 0x30 < 10 || byte == 0x2d || byte == 0x2e || byte == 0x5f || byte == 0x7e;
}

function hexDigit(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x37 + value;
}

function lastError(): Json {
  return json.parseBytes(takeBytes(env.http_error())).value;
}
