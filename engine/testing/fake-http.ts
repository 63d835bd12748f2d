/** The network as a test writes it: an answer for each request that is expected, and a list of what was asked. */
import { Readable } from 'node:stream';
import type { HttpSender, Incoming, Outgoing } from '../host/http/connections.ts';
import { HttpRefusal } from '../host/http/refusal.ts';
import { HTTP_ERRORS, type HttpErrorCode } from '../host/http-errors.ts';
import { checkNames, invalid, show } from '../option-checks.ts';

/** A request that the plugin was allowed to send, as it would have gone out: with the headers that the host adds. */
export interface SentRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As text. */
  readonly body: string;
  /** The same as bytes. */
  readonly bytes: Uint8Array;
}

/** What comes back. */
export interface HttpAnswer {
  /** @default 200 */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Body as JSON; sets `content-type` where `headers` does not. */
  readonly json?: unknown;
  /** Body as text or bytes; a list arrives piece by piece. @default none */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** No answer at all, but this error: `NETWORK`, `TIMEOUT`, `NOT_RESOLVED`, `TLS` and so on. */
  readonly error?: HttpErrorCode | undefined;
}

/** An answer, and the requests that it is for. Of several that fit, the first answers. */
export interface HttpRule extends HttpAnswer {
  /** The whole address, where `*` stands for any characters; or an expression that it matches. */
  readonly url: string | RegExp;
  /** @default any */
  readonly method?: string | undefined;
  /** More that has to be so. @default nothing */
  readonly when?: ((request: SentRequest) => boolean) | undefined;
  /** Answers so many requests, then leaves them to the rules after it. @default any number */
  readonly times?: number | undefined;
  /** Works the answer out, in place of a fixed one. */
  readonly answer?: ((request: SentRequest) => HttpAnswer | Promise<HttpAnswer>) | undefined;
}

const ANSWER_NAMES = ['status', 'headers', 'json', 'body', 'error'] as const;
const RULE_NAMES = ['url', 'method', 'when', 'times', 'answer', ...ANSWER_NAMES] as const;

/** In place of connections: the plugin's permissions, limits, secrets and redirects are looked at as ever; addresses are not. */
export class FakeHttp implements HttpSender {
  /** What was sent, in order. */
  readonly requests: SentRequest[] = [];
  /** Those of them for which there was no answer: the plugin got `NETWORK`. */
  readonly unanswered: SentRequest[] = [];
  readonly #rules: { readonly rule: HttpRule; readonly fits: (url: string) => boolean; left: number }[] = [];

  /** @throws INVALID_OPTION */
  constructor(rules: readonly HttpRule[] = []) {
    if (!Array.isArray(rules)) throw invalid(`Expected \`http\` to be a list, got ${show(rules)}`, { option: 'http' });
    for (const rule of rules as readonly HttpRule[]) this.on(rule);
  }

  /** Adds a rule, after those that there are. @throws INVALID_OPTION */
  on(rule: HttpRule): void {
    checkNames('http', rule, RULE_NAMES);
    const { url, times = Number.POSITIVE_INFINITY } = rule;
    if (typeof url !== 'string' && !(url instanceof RegExp)) {
      throw invalid(`Expected the \`url\` of an answer to be text or a regular expression, got ${show(url)}`, {
        option: 'http.url',
      });
    }
    checkAnswer(rule);
    this.#rules.push({ rule, fits: matcher(url), left: times });
  }

  async send({ method, url, headers, body, signal }: Outgoing): Promise<Incoming> {
    const bytes = await bytesOf(body);
    const request: SentRequest = {
      method,
      url: url.href,
      headers: Object.fromEntries(
        headers.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), headers[i + 1] as string]] : [])),
      ),
      body: new TextDecoder().decode(bytes),
      bytes,
    };
    this.requests.push(request);
    const found = this.#rules.find(
      ({ rule, fits, left }) =>
        left > 0 &&
        (rule.method === undefined || rule.method.toUpperCase() === method) &&
        fits(url.href) &&
        (rule.when?.(request) ?? true),
    );
    if (found === undefined) {
      this.unanswered.push(request);
      throw new HttpRefusal('NETWORK', `The test has no answer for ${method} ${url.href}`);
    }
    found.left--;
    return incoming(await answerOf(found.rule, request, signal));
  }

  async close(): Promise<void> {}
}

function checkAnswer(answer: HttpAnswer): void {
  const { error, status } = answer;
  if (error !== undefined && !Object.hasOwn(HTTP_ERRORS, error)) {
    throw invalid(`Expected \`error\` to be one of ${Object.keys(HTTP_ERRORS).join(', ')}, got ${show(error)}`, {
      option: 'http.error',
    });
  }
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw invalid(`Expected \`status\` to be a whole number from 200 to 599, got ${show(status)}`, {
      option: 'http.status',
    });
  }
}

function matcher(url: string | RegExp): (given: string) => boolean {
  if (url instanceof RegExp) {
    // One with the flag `g` remembers where it stopped.
    const expression = new RegExp(url.source, url.flags.replace(/[gy]/g, ''));
    return (given) => expression.test(given);
  }
  const parts = url.split('*');
  // "https://example.com" is "https://example.com/" to whoever asks for it.
  if (parts.length === 1) return (given) => given === url || given === (URL.parse(url)?.href ?? url);
  const expression = new RegExp(
    `^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('.*')}$`,
    's',
  );
  return (given) => expression.test(given);
}

async function answerOf(rule: HttpRule, request: SentRequest, signal: AbortSignal): Promise<HttpAnswer> {
  if (rule.answer === undefined) return rule;
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  const answer = await Promise.race([rule.answer(request), aborted]);
  checkNames('http.answer', answer, ANSWER_NAMES);
  checkAnswer(answer);
  return answer;
}

function incoming({ status = 200, headers = {}, json, body, error }: HttpAnswer): Incoming {
  if (error !== undefined) throw new HttpRefusal(error, `The test says ${error}`);
  const raw = Object.entries(headers).flat();
  const pieces: (string | Uint8Array)[] = [];
  if (json !== undefined) {
    if (!Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) {
      raw.push('content-type', 'application/json');
    }
    pieces.push(JSON.stringify(json));
  } else if (body !== undefined) {
    pieces.push(...(typeof body === 'string' || body instanceof Uint8Array ? [body] : body));
  }
  const bytes = pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece)));
  return { statusCode: status, headers: raw, body: Readable.from(bytes) } as unknown as Incoming;
}

async function bytesOf(body: Outgoing['body']): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return new Uint8Array(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(new Uint8Array(piece));
  return new Uint8Array(Buffer.concat(pieces));
}
