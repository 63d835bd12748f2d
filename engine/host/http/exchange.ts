/** One request of a plugin from its admission to the end of its answer, over all redirects. */
import type { Readable } from 'node:stream';
import type { Secrets } from '../secrets.ts';
import type { ServiceCall } from '../services.ts';
import { type AuditEntry, AuditedRequest } from './audit.ts';
import { BodyRedactor } from './body-redactor.ts';
import type { HttpSender, Incoming } from './connections.ts';
import { ACCEPTED_ENCODINGS } from './decode.ts';
import { isRedirect, redirected } from './redirect.ts';
import { HttpRefusal, overLimit, refusalOf } from './refusal.ts';
import type { HttpRequest } from './request.ts';
import { ResponseBody } from './response-body.ts';
import { headerOf, visibleHeaders } from './response-headers.ts';
import type { Admission } from './rules.ts';
import { UploadBody } from './upload-body.ts';

/** What an exchange has from its plugin. */
export interface ExchangeHost {
  readonly connections: HttpSender;
  readonly secrets: Secrets;
  /** @throws HttpRefusal when rules or limits do not let the request go */
  admit(call: ServiceCall, request: HttpRequest, isRedirect: boolean): Admission;
  audit(entry: AuditEntry): void;
  /** The exchange no longer takes a place among those under way. */
  leave(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class HttpExchange {
  readonly #host: ExchangeHost;
  readonly #call: ServiceCall;
  readonly #abort = new AbortController();
  readonly #upload: UploadBody | undefined;
  /** Secrets that any server has been sent for this exchange. */
  readonly #sent = new Set<string>();
  #request: HttpRequest;
  #admission: Admission;
  #audited: AuditedRequest;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #incoming: Incoming | undefined;
  #body: ResponseBody | undefined;
  #isOver = false;
  /** Settles when the head of the answer is there. */
  started: Promise<void> = Promise.resolve();
  status = 0;
  /** JSON of those that the plugin may see. */
  headers = '{}';

  /** @throws HttpRefusal when the request may not be sent */
  constructor(host: ExchangeHost, call: ServiceCall, request: HttpRequest) {
    this.#host = host;
    this.#call = call;
    this.#request = request;
    this.#upload = request.body instanceof UploadBody ? request.body : undefined;
    this.#audited = new AuditedRequest((entry) => host.audit(entry), call.context, request);
    this.#admission = this.#admit(request);
  }

  get url(): string {
    return this.#host.secrets.strike(this.#request.url.href);
  }

  /** Sends the request. Call it once; what comes of it is in `started`. */
  start(): void {
    const { httpTimeoutMs } = this.#call.limits;
    const ms = Math.min(httpTimeoutMs, this.#request.timeoutMs, LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      this.#abort.abort(new HttpRefusal('TIMEOUT', `${this.#request.url.origin}: no complete answer within ${ms} ms`));
    }, ms);
    this.started = this.#run().catch((error: unknown) => {
      throw this.#end(error);
    });
    // Whoever waits for it is told; perhaps nobody does.
    this.started.catch(() => {});
  }

  /**
   * Hands on a piece of the body. @returns false when the server takes no more
   * @throws HttpRefusal over the limit, or when the request has failed
   */
  async write(piece: Uint8Array): Promise<boolean> {
    const upload = this.#uploadOf();
    const { httpRequestBytes } = this.#call.limits;
    if (upload.bytes + upload.waiting + piece.length > httpRequestBytes)
      throw this.#end(overLimit('The body of the request', 'httpRequestBytes', httpRequestBytes));
    if (piece.length === 0 || (await upload.write(piece))) return true;
    await this.started;
    return false;
  }

  /** The body is complete. @throws HttpRefusal for a request whose body was complete from the start */
  finish(): Promise<void> {
    this.#uploadOf().end();
    return this.started;
  }

  /** The next bytes of the body, at most `size`; none at its end. @throws HttpRefusal */
  async read(size: number): Promise<Uint8Array> {
    const body = this.#body;
    if (body === undefined)
      throw new HttpRefusal('INVALID_HANDLE', 'The answer is not there yet: finish the request first');
    try {
      const bytes = await body.read(size);
      if (body.isOver) this.#end(undefined);
      return bytes;
    } catch (error) {
      throw this.#end(error);
    }
  }

  /** Lets go of everything, at once. */
  close(): void {
    this.#end(undefined);
  }

  async #run(): Promise<void> {
    for (let redirects = 0; ; redirects++) {
      const incoming = await this.#send();
      const { statusCode } = incoming;
      if (this.#isOver) {
        discard(incoming.body);
        throw this.#abort.signal.reason;
      }
      this.#audited.status = statusCode;
      const location = headerOf(incoming, 'location');
      if (this.#request.redirect === 'manual' || !isRedirect(statusCode) || location === undefined) {
        this.#accept(incoming);
        return;
      }
      discard(incoming.body);
      this.#follow(statusCode, location, redirects);
    }
  }

  async #send(): Promise<Incoming> {
    const { method, url, body } = this.#request;
    const { allowPrivate, headers } = this.#admission;
    const outgoing = new Map(this.#request.headers);
    if (!outgoing.has('user-agent')) outgoing.set('user-agent', 'ringfence');
    outgoing.set('accept-encoding', ACCEPTED_ENCODINGS);
    for (const { name, value, secrets } of headers) {
      outgoing.set(name, value);
      for (const [, secret] of secrets) this.#sent.add(secret);
    }
    return this.#host.connections.send({
      method,
      url,
      headers: [...outgoing].flat(),
      body: body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body,
      allowPrivate,
      signal: this.#abort.signal,
    });
  }

  /** @throws HttpRefusal when this goes too far, or to where the plugin may not go */
  #follow(status: number, location: string, redirects: number): void {
    const { httpRedirects } = this.#call.limits;
    const { origin } = this.#request.url;
    if (redirects >= httpRedirects) {
      throw new HttpRefusal(
        'REDIRECT',
        `${origin} redirects once more: the limit \`httpRedirects\` is ${httpRedirects}`,
      );
    }
    const next = redirected(this.#request, status, location);
    this.#audited.close(undefined, this.#requestBytes(), 0);
    this.#audited = new AuditedRequest((entry) => this.#host.audit(entry), this.#call.context, next, redirects + 1);
    this.#request = next;
    this.#admission = this.#admit(next, origin);
    if (next.body === null) this.#upload?.cancel();
  }

  /** @param from where a redirect comes from */
  #admit(request: HttpRequest, from?: string): Admission {
    try {
      const admission = this.#host.admit(this.#call, request, from !== undefined);
      this.#audited.isAdmitted = true;
      return admission;
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      this.#audited.close(error);
      if (from === undefined) throw error;
      throw new HttpRefusal(error.code, `Redirected by ${from}: ${error.message}`, error.detail);
    }
  }

  #accept(incoming: Incoming): void {
    const { statusCode, body } = incoming;
    this.#incoming = incoming;
    // Errors reach the reader; without a listener the event would end the process.
    body.on('error', () => {});
    const hasBody = this.#request.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
    const encoding = hasBody ? headerOf(incoming, 'content-encoding') : undefined;
    this.#body = new ResponseBody(body, {
      encoding,
      limit: this.#call.limits.httpResponseBytes,
      redactor: this.#sent.size === 0 ? undefined : new BodyRedactor([...this.#sent]),
    });
    this.status = statusCode;
    this.headers = visibleHeaders(incoming, {
      cookies: this.#admission.cookies,
      isDecoded: encoding !== undefined,
      strike: (text) => this.#host.secrets.strike(text),
    });
  }

  #uploadOf(): UploadBody {
    if (this.#upload === undefined) throw new HttpRefusal('INVALID_HANDLE', 'The body of this request is complete');
    return this.#upload;
  }

  #requestBytes(): number {
    const { body } = this.#request;
    return body === null ? 0 : body instanceof UploadBody ? body.bytes : body.length;
  }

  /** However it ends, it does so once. @returns what to tell the plugin, if something went wrong */
  #end(error: unknown): HttpRefusal | undefined {
    // What went wrong after our own abort went wrong because of it.
    const { reason } = this.#abort.signal;
    const cause = reason instanceof HttpRefusal ? reason : error;
    const refusal = cause === undefined ? undefined : refusalOf(cause, this.#request.url.origin);
    if (this.#isOver) return refusal;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#audited.close(refusal, this.#requestBytes(), this.#body?.bytes);
    if (this.#body?.isOver !== true) this.#abort.abort(refusal ?? new Error('the exchange is closed'));
    if (this.#incoming !== undefined) discard(this.#incoming.body);
    this.#upload?.cancel();
    this.#host.leave();
    return refusal;
  }
}

function discard(body: Readable): void {
  body.on('error', () => {});
  body.destroy();
}
