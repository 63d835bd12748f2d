// The answer to a request of `http`.

import * as env from "./env";
import { noteSize } from "./exports";
import { takeBytes } from "./given";
import { Json } from "./json/json";
import { JsonResult, json } from "./json/parse";
import { utf8 } from "./text";
import { decodeUtf8 } from "./utf8";

/** Bytes asked for at once when a body is read. */
const CHUNK: i32 = 64 * 1024;

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
  /** Read to the end, broken off, or closed. */
  private isOver: bool = false;
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

  /** Where the response came from, after redirects; "" if none came. Ask before the response is closed. */
  get url(): string {
    return this.handle > 0 && !this.isOver ? utf8.decode(takeBytes(env.http_url(this.handle))) : "";
  }

  /**
   * The next piece of the body, of at most so many bytes: for bodies that need not be there as a whole. Empty at the end, and
   * where the body broke off; `errorCode` says so.
   */
  read(size: i32 = CHUNK): Uint8Array {
    const piece = new Uint8Array(this.handle > 0 && !this.isOver ? size : 0);
    if (piece.length == 0) return piece;
    const got = env.http_read(this.handle, piece.dataStart, size);
    if (got <= 0) this.end(got);
    return got == size ? piece : piece.slice(0, max(got, 0));
  }

  /** The body, or what `read` has left of it. Empty if no response came; `errorCode` says so if it broke off. */
  bytes(): Uint8Array {
    const known = this.body;
    if (known != null) return known;
    const body = this.handle > 0 && !this.isOver ? this.readAll() : new Uint8Array(0);
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
    if (this.handle > 0 && !this.isOver) this.end(0);
  }

  private keepHeaders(): void {
    if (this.headText == null) this.headText = takeBytes(this.handle > 0 ? env.http_headers(this.handle) : 0);
  }

  /** Nothing more comes. @param got what `http_read` said last */
  private end(got: i32): void {
    this.isOver = true;
    if (got < 0) this.errorJson = lastHttpError();
    this.keepHeaders();
    env.http_close(this.handle);
  }

  private readAll(): Uint8Array {
    let capacity: usize = CHUNK;
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
    this.end(got);
    noteSize(size);
    const body = new Uint8Array(<i32>size);
    memory.copy(body.dataStart, buffer, size);
    heap.free(buffer);
    return body;
  }
}

/** What went wrong last: `code` and `message`. */
export function lastHttpError(): Json {
  return json.parseBytes(takeBytes(env.http_error())).value;
}
