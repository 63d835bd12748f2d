// Requests of `http` with all that can be said about them, and bodies that are written piece by piece.

import * as env from "./env";
import { HttpResponse, lastHttpError } from "./http-response";
import { Json } from "./json/json";
import { json } from "./json/parse";
import { utf8 } from "./text";

/**
 * A request that is put together and then sent.
 *
 *     const response = new HttpRequest("PUT", url).header("content-type", "text/csv").timeout(2000).send(utf8.encode(csv));
 */
@final
export class HttpRequest {
  private head: Json = json.object();
  private given: Json = json.object();

  constructor(method: string, url: string) {
    this.head.set("method", method).set("url", url);
  }

  /** Sets one header. */
  header(name: string, value: string): HttpRequest {
    if (this.given.length == 0) this.head.set("headers", this.given);
    this.given.set(name, value);
    return this;
  }

  /** Sets several: an object of strings. */
  headers(all: Json): HttpRequest {
    const names = all.keys();
    if (names.length > 0) this.head.set("headers", this.given);
    for (let i = 0; i < names.length; i++) this.given.set(names[i], all.get(names[i]));
    return this;
  }

  /** How long it may take until the answer is complete, in milliseconds. The operator may allow less. */
  timeout(milliseconds: i32): HttpRequest {
    this.head.set("timeoutMs", milliseconds);
    return this;
  }

  /** A redirect is an answer like any other, with a header `location`, and is not followed. */
  manualRedirects(): HttpRequest {
    this.head.set("redirect", "manual");
    return this;
  }

  /** Sends it and waits for the head of the answer. */
  send(body: Uint8Array | null = null): HttpResponse {
    const head = this.head.toBytes();
    const bodyStart: usize = body == null ? 0 : body.dataStart;
    const bodySize: usize = body == null ? 0 : body.length;
    const handle = env.http_request(head.dataStart, head.length, bodyStart, bodySize);
    if (handle <= 0) return new HttpResponse(0, 0, lastHttpError());
    return new HttpResponse(handle, env.http_status(handle), Json.missing);
  }

  /** Begins it, for a body that is written piece by piece and need never be there as a whole. */
  open(): HttpUpload {
    const head = this.head.toBytes();
    const handle = env.http_open(head.dataStart, head.length);
    return new HttpUpload(handle, handle > 0 ? Json.missing : lastHttpError());
  }
}

/**
 * A request whose body is being written.
 *
 *     const upload = new HttpRequest("POST", url).open();
 *     while (more() && upload.write(next())) {}
 *     const response = upload.finish();
 */
@final
export class HttpUpload {
  /** Made by `HttpRequest.open`. */
  constructor(
    private handle: i32,
    private errorJson: Json,
  ) {}

  /** Nothing has gone wrong so far; `finish` says what has. */
  get ok(): bool {
    return !this.errorJson.exists;
  }

  /** Writes a piece of the body. False when no more is wanted: the server has answered, or something went wrong. */
  write(piece: Uint8Array): bool {
    if (!this.ok || piece.length == 0) return this.ok;
    const taken = env.http_write(this.handle, piece.dataStart, piece.length);
    if (taken < 0) this.errorJson = lastHttpError();
    return taken > 0;
  }

  /** Writes text as UTF-8. */
  writeText(text: string): bool {
    return this.write(utf8.encode(text));
  }

  /** The body is complete: waits for the head of the answer. Call it once. */
  finish(): HttpResponse {
    if (!this.ok) return new HttpResponse(0, 0, this.errorJson);
    const status = env.http_finish(this.handle);
    if (status == 0) return new HttpResponse(0, 0, lastHttpError());
    return new HttpResponse(this.handle, status, Json.missing);
  }

  /** Gives the request up. */
  close(): void {
    if (this.ok) env.http_close(this.handle);
    this.errorJson = json.object().set("code", HttpError.InvalidHandle).set("message", "the request was given up");
  }
}

/** Codes of `HttpResponse.errorCode`. */
export namespace HttpError {
  export const InvalidRequest: string = "INVALID_REQUEST";
  export const PermissionDenied: string = "PERMISSION_DENIED";
  export const AddressDenied: string = "ADDRESS_DENIED";
  export const NotResolved: string = "NOT_RESOLVED";
  export const Network: string = "NETWORK";
  export const Tls: string = "TLS";
  export const Timeout: string = "TIMEOUT";
  export const BadResponse: string = "BAD_RESPONSE";
  export const Redirect: string = "REDIRECT";
  export const LimitExceeded: string = "LIMIT_EXCEEDED";
  export const RateLimited: string = "RATE_LIMITED";
  export const Busy: string = "BUSY";
  export const InvalidHandle: string = "INVALID_HANDLE";
}
