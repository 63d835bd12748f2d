/** The HTTP service of one plugin: its permissions, its connections, and what it has under way over all its calls. */
import { RingfenceError } from '../errors.ts';
import type { HttpPermission } from '../validate/manifest.ts';
import { HttpAccess } from './http-access.ts';
import { HttpClient, type HttpRequest } from './http-client.ts';
import { HttpExchange } from './http-exchange.ts';
import { HttpRefusal, parseRequestHead } from './http-request.ts';
import type { HttpChunk, HttpErrorCode, HttpFailure, HttpHead, HttpService } from './http-service.ts';
import type { ServiceCall } from './services.ts';

/** A server that says nothing for so long is given up, so that the plugin can tell its caller. */
const SILENCE_MS = 30_000;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What undici calls its timeouts. */
const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

export class HttpGateway implements HttpService {
  readonly mayWait = true;
  readonly #access: HttpAccess;
  readonly #client = new HttpClient();
  /** The exchanges of each call that runs; they end with it. */
  readonly #open = new Map<ServiceCall, Map<number, HttpExchange>>();
  #lastExchange = 0;
  /** Requests on their way, and answers that are open. */
  #inFlight = 0;

  /** @throws INVALID_OPTION for a grant that is no origin */
  constructor(asked: readonly HttpPermission[] | undefined, granted: readonly string[] | boolean | undefined) {
    this.#access = new HttpAccess(asked, granted);
  }

  async send(call: ServiceCall, head: string, body: Uint8Array | null): Promise<HttpHead | HttpFailure> {
    try {
      const silence = Math.min(SILENCE_MS, Math.ceil(call.deadline - performance.now()));
      const request: HttpRequest = { ...parseRequestHead(head), body, timeoutMs: Math.max(1, silence) };
      this.#admit(call, request);
      return await this.#exchange(call, request);
    } catch (error) {
      return failureOf(error);
    }
  }

  async read(call: ServiceCall, exchange: number, maxBytes: number): Promise<HttpChunk | HttpFailure> {
    try {
      const open = this.#open.get(call)?.get(exchange);
      if (open === undefined) throw new HttpRefusal('INVALID_HANDLE', 'The response is closed');
      const bytes = await open.read(maxBytes);
      if (bytes !== undefined) return { ok: true, bytes };
      const { httpResponseBytes } = call.limits;
      throw new HttpRefusal(
        'LIMIT_EXCEEDED',
        `The body of the response is over the limit \`httpResponseBytes\` of ${httpResponseBytes}`,
      );
    } catch (error) {
      this.close(call, exchange);
      return failureOf(error);
    }
  }

  close(call: ServiceCall, exchange: number): void {
    const exchanges = this.#open.get(call);
    const open = exchanges?.get(exchange);
    if (open === undefined) return;
    exchanges?.delete(exchange);
    this.#inFlight--;
    open.close();
  }

  /** Cuts all connections. */
  shutdown(): Promise<void> {
    return this.#client.close();
  }

  /** @throws HttpRefusal when permissions or limits do not let the request go. */
  #admit({ limits, counters }: ServiceCall, { method, url }: HttpRequest): void {
    const refused = this.#access.refusal(method, url);
    if (refused !== undefined) throw new HttpRefusal('PERMISSION_DENIED', refused);
    const { httpRequests, httpConcurrent } = limits;
    if (counters.httpRequests >= httpRequests) {
      throw new HttpRefusal(
        'LIMIT_EXCEEDED',
        `One more request in this call is over the limit \`httpRequests\` of ${httpRequests}`,
      );
    }
    if (this.#inFlight >= httpConcurrent) {
      throw new HttpRefusal(
        'BUSY',
        `The plugin has ${httpConcurrent} requests on their way already (limit \`httpConcurrent\`)`,
      );
    }
    counters.httpRequests++;
  }

  async #exchange(call: ServiceCall, request: HttpRequest): Promise<HttpHead> {
    this.#inFlight++;
    let exchange: HttpExchange;
    try {
      const response = await this.#client.send(request, call.signal);
      exchange = new HttpExchange(response, call.limits.httpResponseBytes);
    } catch (error) {
      this.#inFlight--;
      throw error;
    }
    const number = this.#keep(call, exchange);
    const { location } = exchange;
    if (REDIRECTS.has(exchange.status) && location !== undefined) {
      this.close(call, number);
      throw new HttpRefusal(
        'REDIRECT',
        `${request.url.origin} answered with status ${exchange.status} and a redirect to ${location.slice(0, 200)}: redirects are not followed`,
      );
    }
    return { ok: true, exchange: number, status: exchange.status, headers: exchange.headers };
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
    for (const exchange of this.#open.get(call)?.keys() ?? []) this.close(call, exchange);
    this.#open.delete(call);
  }
}

/** Our own errors are no answer. */
function failureOf(error: unknown): HttpFailure {
  if (error instanceof RingfenceError) throw error;
  const code: HttpErrorCode =
    error instanceof HttpRefusal ? error.code : TIMEOUTS.has(codeOf(error)) ? 'TIMEOUT' : 'NETWORK';
  return { ok: false, code, message: error instanceof Error ? error.message : String(error) };
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
