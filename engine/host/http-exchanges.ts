/** The HTTP responses that one call has open, behind integer handles. */
import type { CallAccount } from './account.ts';
import type { HttpAccess } from './http-access.ts';
import type { HttpResponse } from './http-client.ts';

/** What `http_error` answers: a code for the plugin, a sentence for people. */
export interface HttpFailure {
  readonly code: string;
  readonly message: string;
}

export class HttpExchanges {
  readonly #account: CallAccount;
  readonly #open = new Map<number, HttpExchange>();
  #lastHandle = 0;
  failure: HttpFailure | undefined;

  constructor(account: CallAccount) {
    this.#account = account;
  }

  open(response: HttpResponse, access: HttpAccess): number {
    this.#lastHandle++;
    this.#open.set(this.#lastHandle, new HttpExchange(response, this.#account.limits.httpResponseBytes, access));
    return this.#lastHandle;
  }

  get(handle: number): HttpExchange | undefined {
    return this.#open.get(handle);
  }

  close(handle: number): void {
    this.#open.get(handle)?.close();
    this.#open.delete(handle);
  }

  closeAll(): void {
    if (this.#lastHandle === 0 && this.failure === undefined) return;
    for (const exchange of this.#open.values()) exchange.close();
    this.#open.clear();
    this.#lastHandle = 0;
    this.failure = undefined;
  }
}

/** Never handed to a plugin: a session of the host's is not the plugin's business. */
const HIDDEN_HEADERS: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2']);

export class HttpExchange {
  readonly status: number;
  /** JSON object of the headers, names in lower case. */
  readonly headers: string;
  readonly #body: HttpResponse['body'];
  readonly #parts: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  readonly #access: HttpAccess;
  #received = 0;
  /** Bytes that came and did not fit into the plugin's buffer yet. */
  #rest: Uint8Array = new Uint8Array(0);
  #closed = false;

  /** Takes over the place of the request among those in flight. */
  constructor({ statusCode, headers, body }: HttpResponse, maxBytes: number, access: HttpAccess) {
    this.status = statusCode;
    this.headers = headersJson(headers);
    this.#body = body;
    this.#maxBytes = maxBytes;
    this.#access = access;
    // Errors reach the reader through the iterator; without a listener the event would end the process.
    body.on('error', () => {});
    this.#parts = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  /** The next bytes, at most `size`; none at the end; undefined when the body is over its limit. */
  async read(size: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const part = await this.#parts.next();
      if (part.done === true) return this.#rest;
      this.#received += part.value.length;
      if (this.#received > this.#maxBytes) return undefined;
      this.#rest = part.value;
    }
    const taken = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#access.inFlight--;
    this.#body.destroy();
  }
}

function headersJson(headers: HttpResponse['headers']): string {
  const visible: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HIDDEN_HEADERS.has(name))
      visible[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return JSON.stringify(visible);
}
