/**
 * What the capability `http` is to host functions: requests of one plugin, sent and answered on the engine's side of the wall.
 * Plain data both ways, so that the caller may be on another thread. What goes wrong on the network, or is not allowed, is an
 * answer too ({@link HttpFailure}): only faults of ours throw.
 */
import type { Service, ServiceCall } from './services.ts';
import type { Whenever } from './whenever.ts';

export interface HttpService extends Service {
  /**
   * Sends a request and waits for the head of its answer.
   * @param head JSON `{ "method"?, "url", "headers"? }`, as the guest wrote it
   */
  send(call: ServiceCall, head: string, body: Uint8Array | null): Whenever<HttpHead | HttpFailure>;
  /** The next bytes of a body, at most `maxBytes`; none at its end. After a failure the exchange is closed. */
  read(call: ServiceCall, exchange: number, maxBytes: number): Whenever<HttpChunk | HttpFailure>;
  /** Lets go of an exchange, whatever is left of its body. Exchanges that a call leaves open are closed when it ends. */
  close(call: ServiceCall, exchange: number): void;
}

/** The head of an answer; its body is read piece by piece. */
export interface HttpHead {
  readonly ok: true;
  /** To name it by in `read` and `close`; unique in the plugin. */
  readonly exchange: number;
  readonly status: number;
  /** JSON object, names in lower case. */
  readonly headers: string;
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

export type HttpErrorCode =
  | 'INVALID_REQUEST'
  | 'PERMISSION_DENIED'
  | 'LIMIT_EXCEEDED'
  | 'BUSY'
  | 'REDIRECT'
  | 'TIMEOUT'
  | 'NETWORK'
  | 'INVALID_HANDLE';
