/** The HTTP service of one plugin: its rules, its connections, and what it has under way over all its calls. */

import type { AuditEvent } from '../../audit.ts';
import type { GrantsInput } from '../../grants.ts';
import type { Limits } from '../../limits.ts';
import type { HttpPermission } from '../../validate/manifest.ts';
import type { HttpChunk, HttpFailure, HttpHead, HttpOpened, HttpService, HttpWritten } from '../http-service.ts';
import type { Secrets } from '../secrets.ts';
import type { ServiceCall } from '../services.ts';
import { TokenBucket } from '../token-bucket.ts';
import { type AuditEntry, AuditedRequest } from './audit.ts';
import { HttpConnections, type HttpSender } from './connections.ts';
import { type ExchangeHost, HttpExchange } from './exchange.ts';
import type { HttpNetwork } from './network.ts';
import { HttpRefusal, overLimit } from './refusal.ts';
import { checkBody, type HttpRequest, type HttpRequestHead, parseRequestHead } from './request.ts';
import { type Admission, HttpRules } from './rules.ts';
import { UploadBody } from './upload-body.ts';
import { wireBytesOf } from './wire-limit.ts';

const MINUTE_MS = 60_000;

export interface GatewayOptions {
  /** Id of the plugin. */
  readonly plugin: string;
  readonly version: string;
  readonly asked: readonly HttpPermission[] | undefined;
  readonly granted: GrantsInput['http'];
  readonly secrets: Secrets;
  /** Of the plugin. */
  readonly limits: Limits;
  readonly network: HttpNetwork;
  /** Takes the place of connections. @default HttpConnections */
  readonly sender?: HttpSender | undefined;
  /** Must not throw. */
  readonly onAudit: (event: AuditEvent) => void;
}

export class HttpGateway implements HttpService, ExchangeHost {
  readonly mayWait = true;
  readonly connections: HttpSender;
  readonly secrets: Secrets;
  readonly #options: GatewayOptions;
  readonly #rules: HttpRules;
  readonly #rate: TokenBucket;
  /** The exchanges of each call that runs; they end with it. */
  readonly #open = new Map<ServiceCall, Map<number, HttpExchange>>();
  #lastExchange = 0;
  #underWay = 0;
  /** The plugin went on after it was told that it asks too often: there is nothing new to write down. */
  #isOverRate = false;
  #droppedEvents = 0;

  /** @throws INVALID_OPTION for a grant that cannot be */
  constructor(options: GatewayOptions) {
    const { asked, granted, secrets, limits, network, sender } = options;
    this.#options = options;
    this.secrets = secrets;
    this.#rules = new HttpRules(asked, granted, secrets);
    this.#rate = new TokenBucket(limits.httpPerMinute, MINUTE_MS, performance.now());
    this.connections =
      sender ?? new HttpConnections(network, limits.httpConcurrent, wireBytesOf(limits.httpResponseBytes));
  }

  send(call: ServiceCall, head: string, body: Uint8Array | null): Promise<HttpHead | HttpFailure> {
    return this.#answer(async () => {
      const exchange = this.#begin(call, head, body);
      const number = this.#keep(call, exchange);
      return this.#headOf(call, number, exchange.started);
    });
  }

  open(call: ServiceCall, head: string): HttpOpened | HttpFailure {
    try {
      return { ok: true, exchange: this.#keep(call, this.#begin(call, head, new UploadBody())) };
    } catch (error) {
      return this.#failure(error);
    }
  }

  write(call: ServiceCall, exchange: number, piece: Uint8Array): Promise<HttpWritten | HttpFailure> {
    return this.#answer(
      async () => ({ ok: true, wanted: await this.#find(call, exchange).write(piece) }),
      call,
      exchange,
    );
  }

  finish(call: ServiceCall, exchange: number): Promise<HttpHead | HttpFailure> {
    return this.#answer(() => this.#headOf(call, exchange, this.#find(call, exchange).finish()), call, exchange);
  }

  read(call: ServiceCall, exchange: number, maxBytes: number): Promise<HttpChunk | HttpFailure> {
    return this.#answer(
      async () => ({ ok: true, bytes: await this.#find(call, exchange).read(maxBytes) }),
      call,
      exchange,
    );
  }

  close(call: ServiceCall, exchange: number): void {
    const exchanges = this.#open.get(call);
    exchanges?.get(exchange)?.close();
    exchanges?.delete(exchange);
  }

  /** Cuts all connections. */
  async shutdown(): Promise<void> {
    for (const call of this.#open.keys()) this.#closeAll(call);
    await this.connections.close();
  }

  admit({ limits, counters }: ServiceCall, request: HttpRequest, isRedirect: boolean): Admission {
    // Of others the turn has been taken before they were read.
    if (isRedirect) this.#takeTurn();
    const admission = this.#rules.admit(request);
    if (counters.httpRequests >= limits.httpRequests)
      throw overLimit('One more request in this call', 'httpRequests', limits.httpRequests);
    counters.httpRequests++;
    return admission;
  }

  audit(entry: AuditEntry): void {
    const { onAudit, plugin, version } = this.#options;
    if (entry.code === 'RATE_LIMITED') {
      if (this.#isOverRate) {
        this.#droppedEvents++;
        return;
      }
      this.#isOverRate = true;
    }
    const dropped = this.#droppedEvents;
    this.#droppedEvents = 0;
    const { secrets } = this;
    const { path, reason } = entry;
    onAudit({
      ...entry,
      type: 'http',
      plugin,
      version,
      path: path === undefined ? undefined : secrets.strike(path),
      reason: reason === undefined ? undefined : secrets.strike(reason),
      dropped,
    });
  }

  leave(): void {
    this.#underWay--;
  }

  /** @throws HttpRefusal */
  #begin(call: ServiceCall, text: string, body: HttpRequest['body']): HttpExchange {
    const head = this.#read(call, text, body);
    const exchange = new HttpExchange(this, call, { ...head, body });
    this.#underWay++;
    exchange.start();
    return exchange;
  }

  /** The head of a request that may be looked at further. @throws HttpRefusal, written down */
  #read(call: ServiceCall, text: string, body: HttpRequest['body']): HttpRequestHead {
    let head: HttpRequestHead | undefined;
    try {
      this.#takeTurn();
      head = parseRequestHead(text);
      if (body !== null) checkBody(head.method);
      const { httpConcurrent, httpRequestBytes } = call.limits;
      if (body instanceof Uint8Array && body.length > httpRequestBytes)
        throw overLimit('The body of the request', 'httpRequestBytes', httpRequestBytes);
      if (this.#underWay >= httpConcurrent) {
        throw new HttpRefusal(
          'BUSY',
          `The plugin has ${httpConcurrent} requests on their way already (limit \`httpConcurrent\`)`,
        );
      }
      return head;
    } catch (error) {
      if (error instanceof HttpRefusal) {
        new AuditedRequest((entry) => this.audit(entry), call.context, head).close(error);
      }
      throw error;
    }
  }

  /** Every attempt counts, also one that is refused. @throws HttpRefusal RATE_LIMITED */
  #takeTurn(): void {
    if (!this.#rate.take(performance.now())) {
      const { httpPerMinute } = this.#options.limits;
      throw new HttpRefusal(
        'RATE_LIMITED',
        `The plugin sends more than ${httpPerMinute} requests a minute (limit \`httpPerMinute\`)`,
      );
    }
    this.#isOverRate = false;
  }

  async #headOf(call: ServiceCall, number: number, started: Promise<void>): Promise<HttpHead> {
    try {
      await started;
    } catch (error) {
      this.close(call, number);
      throw error;
    }
    const { status, headers, url } = this.#find(call, number);
    return { ok: true, exchange: number, status, headers, url };
  }

  #find(call: ServiceCall, exchange: number): HttpExchange {
    const found = this.#open.get(call)?.get(exchange);
    if (found === undefined) throw new HttpRefusal('INVALID_HANDLE', 'The exchange is closed');
    return found;
  }

  /** From here on the exchange ends with its call. */
  #keep(call: ServiceCall, exchange: HttpExchange): number {
    const number = ++this.#lastExchange;
    let exchanges = this.#open.get(call);
    if (exchanges === undefined) {
      exchanges = new Map();
      this.#open.set(call, exchanges);
      call.signal.addEventListener('abort', () => this.#closeAll(call), { once: true });
    }
    exchanges.set(number, exchange);
    if (call.signal.aborted) this.#closeAll(call);
    return number;
  }

  #closeAll(call: ServiceCall): void {
    for (const exchange of this.#open.get(call)?.values() ?? []) exchange.close();
    this.#open.delete(call);
  }

  /** What went wrong is an answer too. With `exchange`, that one is closed then. */
  async #answer<Answer>(
    work: () => Promise<Answer>,
    call?: ServiceCall,
    exchange?: number,
  ): Promise<Answer | HttpFailure> {
    try {
      return await work();
    } catch (error) {
      if (call !== undefined && exchange !== undefined) this.close(call, exchange);
      return this.#failure(error);
    }
  }

  /** Our own errors are no answer. */
  #failure(error: unknown): HttpFailure {
    if (!(error instanceof HttpRefusal)) throw error;
    return { ok: false, code: error.code, message: this.secrets.strike(error.message) };
  }
}
