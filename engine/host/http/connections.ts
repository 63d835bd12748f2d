/**
 * The connections of one plugin; no two plugins share any. undici is loaded with the first request: most plugins never send one.
 * There are no proxies, whatever the environment says.
 */
import type { Agent, Dispatcher } from 'undici';
import { guardedConnector } from './connect.ts';
import type { HttpNetwork } from './network.ts';

/** How long a connection that is not used stays open, whatever the server offers. */
const IDLE_MS = 4_000;
/** Of the head of an answer. */
const HEAD_BYTES = 32 * 1024;

export interface Outgoing {
  readonly method: Dispatcher.HttpMethod;
  readonly url: URL;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer | AsyncIterable<Uint8Array> | null;
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
}
export type Incoming = Dispatcher.ResponseData;

/** What carries requests that may be sent. The one that reaches a network is {@link HttpConnections}. */
export interface HttpSender {
  send(outgoing: Outgoing): Promise<Incoming>;
  /** Cuts all connections. */
  close(): Promise<void>;
}

export class HttpConnections implements HttpSender {
  readonly #network: HttpNetwork;
  /** More than so many are closed after use. */
  readonly #keep: number;
  readonly #closed = new AbortController();
  /** Apart, so that a connection into a private network serves only requests that may go there. */
  #public: Promise<Agent> | undefined;
  #private: Promise<Agent> | undefined;
  readonly #wireBytes: number;
  #open = 0;

  /** @param wireBytes that a server may send in answer to one request, framing included */
  constructor(network: HttpNetwork, keep: number, wireBytes: number) {
    this.#network = network;
    this.#keep = keep;
    this.#wireBytes = wireBytes;
  }

  async send({ method, url, headers, body, allowPrivate, signal }: Outgoing): Promise<Incoming> {
    const agent = await this.#agent(allowPrivate);
    return agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      // An iterable is a body to undici, but not to its types.
      body: body as Buffer | null,
      signal,
      responseHeaders: 'raw',
      reset: this.#open > this.#keep,
      // The exchange has one clock for everything.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('the plugin is unloaded'));
    const agents = [this.#public, this.#private];
    this.#public = undefined;
    this.#private = undefined;
    for (const agent of agents) {
      // If undici could not be loaded there is nothing to cut, and whoever sent a request has been told.
      await (await agent?.catch(() => undefined))?.destroy();
    }
  }

  #agent(allowPrivate: boolean): Promise<Agent> {
    if (allowPrivate) {
      this.#private ??= this.#newAgent(true);
      return this.#private;
    }
    this.#public ??= this.#newAgent(false);
    return this.#public;
  }

  async #newAgent(allowPrivate: boolean): Promise<Agent> {
    const { Agent, buildConnector } = await import('undici');
    const { certificates } = this.#network;
    const secure = buildConnector({
      allowH2: false,
      // Ours runs from the first question to DNS.
      timeout: 0,
      // An environment variable could say otherwise.
      rejectUnauthorized: true,
      ...(certificates === undefined ? {} : { ca: certificates }),
    });
    const onOpen = (): (() => void) => {
      this.#open++;
      let isOpen = true;
      return () => {
        if (isOpen) this.#open--;
        isOpen = false;
      };
    };
    return new Agent({
      connect: guardedConnector({
        network: this.#network,
        allowPrivate,
        signal: this.#closed.signal,
        secure,
        onOpen,
        wireBytes: this.#wireBytes,
      }),
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      maxHeaderSize: HEAD_BYTES,
    });
  }
}
