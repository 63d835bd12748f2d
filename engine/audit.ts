/** What the application hears of what its plugins do outside. */

/**
 * What a plugin did, or tried to do, outside its fence: one event for each request that it sent or wanted to send. It never
 * carries secrets, bodies, headers or the query of a URL.
 */
export interface AuditEvent {
  readonly type: 'http';
  /** Milliseconds since the epoch, when the request began. */
  readonly time: number;
  /** Id of the plugin. */
  readonly plugin: string;
  readonly version: string;
  /** The `context` of the call. */
  readonly context: unknown;
  /** Denied: nothing was sent. */
  readonly decision: 'allowed' | 'denied';
  /** Undefined where the plugin's request could not be read. */
  readonly method: string | undefined;
  /** Scheme, host and port. */
  readonly origin: string | undefined;
  readonly path: string | undefined;
  /** How many redirects led here. */
  readonly redirects: number;
  /** Status of the answer, if one came. */
  readonly status: number | undefined;
  /** Bytes of the body that was sent. */
  readonly requestBytes: number;
  /** Bytes of the answer's body that were read, after decoding. */
  readonly responseBytes: number;
  /** Until the answer was closed. */
  readonly ms: number;
  /** Of a request that was denied or failed: the code that the plugin got. */
  readonly code: string | undefined;
  /** The same for people; it may say more than the plugin got to know. */
  readonly reason: string | undefined;
  /** Events left out since the one before, because the plugin tried more often than its limits allow. */
  readonly dropped: number;
}
