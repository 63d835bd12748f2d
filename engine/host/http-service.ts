/**
 * What the capability `http` is to host functions: requests of one plugin, sent and answered on the engine's side of the wall.
 * Plain data both ways, so that the caller may be on another thread. What goes wrong on the network, or is not allowed, is an
 * answer too ({@link HttpFailure}): only faults of ours throw.
 */
import type { HttpErrorCode } from './http-errors.ts';
import type { Service, ServiceCall } from './services.ts';
import type { Whenever } from './whenever.ts';

export interface HttpService extends Service {
  /**
   * Sends a request and waits for the head of its answer.
   * @param head JSON `{ "url", "method"?, "headers"?, "redirect"?, "timeoutMs"? }`, as the guest wrote it
   */
  send(call: ServiceCall, head: string, body: Uint8Array | null): Whenever<HttpHead | HttpFailure>;
  /** Begins a request whose body is written piece by piece: `write` it, then `finish`. */
  open(call: ServiceCall, head: string): Whenever<HttpOpened | HttpFailure>;
  /** Hands a piece of a body on, once there is room for it. */
  write(call: ServiceCall, exchange: number, piece: Uint8Array): Whenever<HttpWritten | HttpFailure>;
  /** The body is complete: waits for the head of the answer. */
  finish(call: ServiceCall, exchange: number): Whenever<HttpHead | HttpFailure>;
  /** The next bytes of an answer's body, at most `maxBytes`; none at its end. */
  read(call: ServiceCall, exchange: number, maxBytes: number): Whenever<HttpChunk | HttpFailure>;
  /** Lets go of an exchange, whatever is left of it. Those that a call leaves open are closed when it ends. */
  close(call: ServiceCall, exchange: number): void;
}

export interface HttpOpened {
  readonly ok: true;
  /** To name it by in the other methods; unique in the plugin. After a failure it is closed. */
  readonly exchange: number;
}

/** The head of an answer; its body is read piece by piece. */
export interface HttpHead extends HttpOpened {
  readonly status: number;
  /** JSON object, names in lower case. */
  readonly headers: string;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

export interface HttpWritten {
  readonly ok: true;
  /** False: the server has answered and takes no more. */
  readonly wanted: boolean;
}

export interface HttpChunk {
  readonly ok: true;
  /** May be a view of a larger buffer: copy it before it is posted anywhere. */
  readonly bytes: Uint8Array;
}

/** What `http_error` answers: a code for the plugin, a sentence for people. */
export interface HttpFailure {
  readonly ok: false;
  readonly code: HttpErrorCode;
  readonly message: string;
}
