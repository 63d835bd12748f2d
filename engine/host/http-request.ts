/** The head of a request as a guest writes it: `{ "method"?, "url", "headers"? }`, checked before anything is sent. */
import type { HttpRequest } from './http-client.ts';
import type { HttpErrorCode } from './http-service.ts';

/** A request that is not sent, or got no answer: the guest reads it through `http_error`. */
export class HttpRefusal extends Error {
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Bytes of all header lines. */
const HEADER_BYTES = 32 * 1024;
/** Set by the host alone: they say where a message ends, and to whom it goes. */
const HOST_HEADERS =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|accept-encoding|proxy-.*)$/;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** No line ends, no NUL. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** @throws HttpRefusal */
export function parseRequestHead(text: string): Pick<HttpRequest, 'method' | 'url' | 'headers'> {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    throw invalid('a head in JSON', text);
  }
  if (!isRecord(head)) throw invalid('a head {"method", "url", "headers"}', head);
  return { method: parseMethod(head.method), url: parseUrl(head.url), headers: parseHeaders(head.headers) };
}

function parseMethod(method: unknown = 'GET'): string {
  if (typeof method !== 'string' || !METHODS.has(method))
    throw invalid(`a method (${[...METHODS].join(', ')})`, method);
  return method;
}

function parseUrl(text: unknown): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw invalid('an http or https URL', text);
  if (url.username !== '' || url.password !== '')
    throw new HttpRefusal('INVALID_REQUEST', 'A URL must not carry a user name or password');
  return url;
}

function parseHeaders(given: unknown = {}): Record<string, string> {
  if (!isRecord(given)) throw invalid('headers as an object of strings', given);
  const headers: Record<string, string> = Object.create(null);
  let bytes = 0;
  for (const [name, value] of Object.entries(given)) {
    if (!HEADER_NAME.test(name)) throw invalid('a header name', name);
    if (typeof value !== 'string' || !HEADER_VALUE.test(value))
      throw invalid(`header ${name} to be one line of Latin-1 text`, value);
    const lower = name.toLowerCase();
    if (HOST_HEADERS.test(lower))
      throw new HttpRefusal('INVALID_REQUEST', `The header ${name} is set by the host alone`);
    bytes += name.length + value.length + 4;
    headers[lower] = value;
  }
  if (bytes > HEADER_BYTES)
    throw new HttpRefusal('LIMIT_EXCEEDED', `The headers have ${bytes} bytes: at most ${HEADER_BYTES} are allowed`);
  return headers;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function invalid(expected: string, came: unknown): HttpRefusal {
  return new HttpRefusal(
    'INVALID_REQUEST',
    `Expected ${expected}, got ${JSON.stringify(came)?.slice(0, 200) ?? 'nothing'}`,
  );
}
