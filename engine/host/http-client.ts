/** The HTTP connections of one plugin. undici is loaded with the first request: most plugins never send one. */
import type { Agent, Dispatcher } from 'undici';

const CONNECT_TIMEOUT_MS = 5_000;

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  /** Longest silence before the head and between two parts of the body. */
  readonly timeoutMs: number;
}
export type HttpResponse = Dispatcher.ResponseData;

export class HttpClient {
  #agent: Promise<Agent> | undefined;

  async send({ method, url, headers, body, timeoutMs }: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    this.#agent ??= connect();
    const agent = await this.#agent;
    return agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: method as Dispatcher.HttpMethod,
      headers,
      body,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    // If undici could not be loaded there is nothing to cut, and whoever sent a request has been told.
    await (await agent?.catch(() => undefined))?.destroy();
  }
}

async function connect(): Promise<Agent> {
  const undici = await import('undici');
  return new undici.Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, pipelining: 1 });
}
