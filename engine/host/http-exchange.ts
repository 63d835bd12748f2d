/** One HTTP answer on its way to a plugin. */
import type { HttpResponse } from './http-client.ts';

/** Never handed to a plugin: a session of the host's is not the plugin's business. */
const HIDDEN_HEADERS: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2']);

export class HttpExchange {
  readonly status: number;
  /** JSON object of the headers, names in lower case. */
  readonly headers: string;
  readonly location: string | undefined;
  readonly #body: HttpResponse['body'];
  readonly #parts: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  #received = 0;
  /** Bytes that came and did not fit into the plugin's buffer yet. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor({ statusCode, headers, body }: HttpResponse, maxBytes: number) {
    this.status = statusCode;
    this.headers = headersJson(headers);
    this.location = headers.location === undefined ? undefined : String(headers.location);
    this.#body = body;
    this.#maxBytes = maxBytes;
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
