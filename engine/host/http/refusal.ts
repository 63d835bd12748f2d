/** A request that is not sent, or gets no answer that may be handed on. */
import type { HttpErrorCode } from '../http-errors.ts';

export class HttpRefusal extends Error {
  readonly code: HttpErrorCode;
  /** For the operator alone: what the plugin is not told. */
  readonly detail: string | undefined;

  constructor(code: HttpErrorCode, message: string, detail?: string) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

export function overLimit(what: string, limit: string, allowed: number): HttpRefusal {
  return new HttpRefusal('LIMIT_EXCEEDED', `${what} is over the limit \`${limit}\` of ${allowed}`);
}

/** What Node.js and undici call it, and what a plugin is told: never the message, which may name addresses. */
const KNOWN: readonly (readonly [pattern: RegExp, code: HttpErrorCode, told: string])[] = [
  [/^ECONNREFUSED$/, 'NETWORK', 'the connection was refused'],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'NETWORK', 'the connection broke off'],
  [/^(?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'NETWORK', 'the host cannot be reached'],
  [/^(?:ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'TIMEOUT', 'the host does not answer'],
  [/^UND_ERR_HEADERS_OVERFLOW$/, 'LIMIT_EXCEEDED', 'the head of the answer is too large'],
  [/^HPE_/, 'BAD_RESPONSE', 'the answer is not HTTP/1.1'],
  [/^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/, 'BAD_RESPONSE', 'the body is not as long as the head of the answer says'],
  [/^(?:Z_|ERR_BROTLI|ERR__ERROR_FORMAT|ERR_.*BROTLI)/, 'BAD_RESPONSE', 'the body cannot be decoded'],
  [
    /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_OSSL)|_CERT/,
    'TLS',
    'the certificate or its use is not valid',
  ],
];

/** Whatever went wrong under way, as a refusal. */
export function refusalOf(error: unknown, origin: string): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  const detail = error instanceof Error ? error.message || codeOf(error) : String(error);
  const found = KNOWN.find(([pattern]) => pattern.test(codeOf(error)));
  const [, code, told] = found ?? [undefined, 'NETWORK' as const, 'the request failed'];
  return new HttpRefusal(code, `${origin}: ${told}`, detail);
}

/** Of several attempts to connect, the first says why. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (!(error instanceof Error)) return '';
  // Those of undici's parser have a code only sometimes.
  if (error.name === 'HTTPParserError') return 'HPE_';
  return 'code' in error ? String(error.code) : '';
}
