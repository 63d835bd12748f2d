/** The head of a request as a guest writes it, checked before anything is sent. */
import { isShallow } from '../../abi/json.ts';
import { HTTP_METHODS, type HttpMethod } from '../../validate/http-methods.ts';
import { HttpRefusal } from './refusal.ts';
import type { UploadBody } from './upload-body.ts';

export interface HttpRequestHead {
  readonly method: HttpMethod;
  /** http or https, without user name, fragment, and dot at the end of its host. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** `manual`: a redirect is an answer like any other. */
  readonly redirect: 'follow' | 'manual';
  /** The plugin's own limit, in milliseconds. */
  readonly timeoutMs: number;
}
export interface HttpRequest extends HttpRequestHead {
  readonly body: Uint8Array | UploadBody | null;
}

const MEMBERS: ReadonlySet<string> = new Set(['method', 'url', 'headers', 'redirect', 'timeoutMs']);
/** Nothing in a head is deeper, and values of any depth could not be shown in a message. */
const MAX_DEPTH = 4;
const URL_LENGTH = 8 * 1024;
/** Bytes of all header lines. */
const HEADER_BYTES = 32 * 1024;
const HEADER_COUNT = 100;
/** Set by the host alone: they say where a message ends, to whom it goes, and what it really asks for. */
const HOST_HEADERS =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|accept-encoding|http2-settings|proxy-.*|x-http-method(?:-override)?|x-method-override|x-original-url|x-rewrite-url)$/;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** No line ends, no NUL. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** Those that carry a body by their meaning. Of others a server may take it for the next request. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * @param text JSON `{ "url", "method"?, "headers"?, "redirect"?, "timeoutMs"? }`
 * @throws HttpRefusal
 */
export function parseRequestHead(text: string): HttpRequestHead {
  let head: unknown;
  try {
    head = isShallow(text, MAX_DEPTH) ? JSON.parse(text) : undefined;
  } catch {
    // Told below.
  }
  if (head === undefined) throw invalid(`a head in JSON, at most ${MAX_DEPTH} levels deep`, text);
  if (!isRecord(head)) throw invalid('a head {"method", "url", "headers"}', head);
  const unknown = Object.keys(head).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) throw invalid(`a head with the members ${[...MEMBERS].join(', ')}`, unknown);
  return {
    method: parseMethod(head.method),
    url: parseUrl(head.url),
    headers: parseHeaders(head.headers),
    redirect: parseRedirect(head.redirect),
    timeoutMs: parseTimeout(head.timeoutMs),
  };
}

/** @throws HttpRefusal for a body that the method does not have */
export function checkBody(method: HttpMethod): void {
  if (!WITH_BODY.has(method)) throw new HttpRefusal('INVALID_REQUEST', `A ${method} request has no body`);
}

/**
 * @param base what it may be relative to
 * @throws HttpRefusal
 */
export function parseUrl(text: unknown, base?: URL): URL {
  if (typeof text === 'string' && text.length > URL_LENGTH)
    throw invalid(`a URL of at most ${URL_LENGTH} characters`, text);
  const url = typeof text === 'string' && URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw invalid('an http or https URL', text);
  if (url.username !== '' || url.password !== '')
    throw new HttpRefusal('INVALID_REQUEST', 'A URL must not carry a user name or password');
  url.hash = '';
  // The dot at the end says that a name is complete; it is the same host.
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1);
  if (url.port === '0' || url.hostname.split('.').includes('')) throw invalid('a URL with a host and a port', text);
  return url;
}

function parseMethod(method: unknown = 'GET'): HttpMethod {
  if (!HTTP_METHODS.includes(method as HttpMethod)) throw invalid(`a method (${HTTP_METHODS.join(', ')})`, method);
  return method as HttpMethod;
}

function parseRedirect(redirect: unknown = 'follow'): HttpRequestHead['redirect'] {
  if (redirect !== 'follow' && redirect !== 'manual') throw invalid('`redirect` to be "follow" or "manual"', redirect);
  return redirect;
}

function parseTimeout(timeoutMs: unknown = Number.POSITIVE_INFINITY): number {
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 1)) throw invalid('`timeoutMs` to be a number from 1', timeoutMs);
  return timeoutMs;
}

function parseHeaders(given: unknown = {}): ReadonlyMap<string, string> {
  if (!isRecord(given)) throw invalid('headers as an object of strings', given);
  const headers = new Map<string, string>();
  let bytes = 0;
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name) || headers.has(lower)) throw invalid('header names, each once', name);
    if (typeof value !== 'string' || !HEADER_VALUE.test(value))
      throw invalid(`header ${name} to be one line of Latin-1 text`, value);
    if (isHostHeader(lower)) throw new HttpRefusal('INVALID_REQUEST', `The header ${name} is set by the host alone`);
    bytes += name.length + value.length + 4;
    headers.set(lower, value);
  }
  if (bytes > HEADER_BYTES)
    throw new HttpRefusal('LIMIT_EXCEEDED', `The headers have ${bytes} bytes: at most ${HEADER_BYTES} are allowed`);
  if (headers.size > HEADER_COUNT)
    throw new HttpRefusal('LIMIT_EXCEEDED', `${headers.size} headers: at most ${HEADER_COUNT} are allowed`);
  return headers;
}

/** @param name in lower case */
export const isHostHeader = (name: string): boolean => HOST_HEADERS.test(name);
export const isHeader = (name: string, value: unknown): value is string =>
  HEADER_NAME.test(name) && typeof value === 'string' && HEADER_VALUE.test(value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function invalid(expected: string, came: unknown): HttpRefusal {
  return new HttpRefusal(
    'INVALID_REQUEST',
    `Expected ${expected}, got ${JSON.stringify(came)?.slice(0, 200) ?? 'nothing'}`,
  );
}
