/** One line in the books for each request of a plugin. */
import type { AuditEvent } from '../../audit.ts';
import type { LogChannel } from '../log-channel.ts';
import type { HttpRefusal } from './refusal.ts';
import type { HttpRequestHead } from './request.ts';

/** The application's listener, which must not hurt the plugin whatever it throws. */
export function auditSink(
  onAudit: ((event: AuditEvent) => void) | undefined,
  log: LogChannel,
): (event: AuditEvent) => void {
  return (event) => {
    try {
      onAudit?.(event);
    } catch (error) {
      try {
        log.write(
          'error',
          `onAudit failed: ${error instanceof Error ? error.message : error}`,
          'engine',
          event.context,
        );
      } catch {
        // A logger that throws as well has nobody left to tell.
      }
    }
  };
}

/** Takes what is known of a request once it is over. */
export type AuditEntry = Omit<AuditEvent, 'type' | 'plugin' | 'version' | 'dropped'>;

/** Of these nothing has left the host, if no answer came. */
const DENIALS: ReadonlySet<string> = new Set([
  'INVALID_REQUEST',
  'PERMISSION_DENIED',
  'ADDRESS_DENIED',
  'RATE_LIMITED',
  'BUSY',
]);

/** A request from its beginning on; a redirect begins another one. */
export class AuditedRequest {
  readonly #write: (entry: AuditEntry) => void;
  readonly #context: unknown;
  readonly #head: HttpRequestHead | undefined;
  readonly #redirects: number;
  readonly #time = Date.now();
  readonly #startedAt = performance.now();
  #isOver = false;
  /** It may be sent: the rules and limits have let it pass. */
  isAdmitted = false;
  status: number | undefined;

  constructor(write: (entry: AuditEntry) => void, context: unknown, head: HttpRequestHead | undefined, redirects = 0) {
    this.#write = write;
    this.#context = context;
    this.#head = head;
    this.#redirects = redirects;
  }

  /** Closes the books, once. @param refusal what the plugin got instead of an answer, or in the middle of one */
  close(refusal: HttpRefusal | undefined, requestBytes = 0, responseBytes = 0): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const head = this.#head;
    const isSent =
      this.isAdmitted && (this.status !== undefined || refusal === undefined || !DENIALS.has(refusal.code));
    this.#write({
      time: this.#time,
      context: this.#context,
      decision: isSent ? 'allowed' : 'denied',
      method: head?.method,
      origin: head?.url.origin,
      path: head?.url.pathname,
      redirects: this.#redirects,
      status: this.status,
      requestBytes,
      responseBytes,
      ms: performance.now() - this.#startedAt,
      code: refusal?.code,
      reason: refusal === undefined ? undefined : [refusal.message, refusal.detail].filter(Boolean).join(' — '),
    });
  }
}
