/**
 * Capability `http`: requests to origins that the manifest asks for and the operator grants. To the guest they are ordinary
 * calls; it is suspended while they run. Redirects are not followed.
 */
import { RingfenceError } from '../errors.ts';
import type { HostContext } from './context.ts';
import type { HostFunction, Price } from './function.ts';
import type { HttpRequest } from './http-client.ts';
import { HttpRefusal, parseRequestHead } from './http-request.ts';
import { TRAP } from './trap.ts';

const READ: Price = { base: 200 };
/** Fuel per byte of a response body that is copied to the guest. */
const BODY_PRICE = 1;
/** Bytes of the JSON head of a request. */
const HEAD_BYTES = 64 * 1024;
/** A server that says nothing for so long is given up, so that the plugin can tell its caller. */
const SILENCE_MS = 30_000;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const HTTP: readonly HostFunction[] = [
  {
    name: 'http_request',
    capability: 'http',
    params: ['i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [0, 2],
    price: { base: 20_000, perByte: 1 },
    wait: send,
  },
  {
    name: 'http_status',
    capability: 'http',
    params: ['i32'],
    results: ['i32'],
    price: READ,
    call: (host, handle) => host.http.get(handle)?.status ?? 0,
  },
  {
    name: 'http_headers',
    capability: 'http',
    params: ['i32'],
    results: ['i64'],
    price: READ,
    call: (host, handle) => {
      const exchange = host.http.get(handle);
      return exchange === undefined ? 0n : host.giveText(exchange.headers);
    },
  },
  {
    name: 'http_read',
    capability: 'http',
    params: ['i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [1],
    // The buffer may be far larger than what comes: bytes are charged when they are there.
    price: { base: 2_000 },
    wait: read,
  },
  {
    name: 'http_close',
    capability: 'http',
    params: ['i32'],
    results: [],
    price: READ,
    call: (host, handle) => {
      host.http.close(handle);
      return undefined;
    },
  },
  {
    name: 'http_error',
    capability: 'http',
    params: [],
    results: ['i64'],
    price: READ,
    call: (host) => (host.http.failure === undefined ? 0n : host.giveText(JSON.stringify(host.http.failure))),
  },
];

/** @returns a handle, or 0 with the reason for `http_error` */
async function send(
  host: HostContext,
  signal: AbortSignal,
  headAt: number,
  headSize: number,
  bodyAt: number,
  bodySize: number,
): Promise<number> {
  try {
    const request = readRequest(host, headAt, headSize, bodyAt, bodySize);
    admit(host, request);
    return await exchange(host, request, signal);
  } catch (error) {
    return failWith(host, error, 0);
  }
}

function readRequest(
  host: HostContext,
  headAt: number,
  headSize: number,
  bodyAt: number,
  bodySize: number,
): HttpRequest {
  const { limits, deadline } = host.account;
  if (headSize >>> 0 > HEAD_BYTES) {
    throw new HttpRefusal('INVALID_REQUEST', `The head of a request has at most ${HEAD_BYTES} bytes`);
  }
  const size = bodySize >>> 0;
  if (size > limits.httpRequestBytes)
    throw overLimit(`The body has ${size} bytes`, 'httpRequestBytes', limits.httpRequestBytes);
  return {
    ...parseRequestHead(host.memory.readTextLeniently(headAt, headSize, 'HTTP request head')),
    body: size === 0 ? null : host.memory.read(bodyAt, bodySize, 'HTTP request body'),
    timeoutMs: Math.max(1, Math.min(SILENCE_MS, Math.ceil(deadline - performance.now()))),
  };
}

/** @throws HttpRefusal when permissions or limits do not let the request go. */
function admit({ account, services }: HostContext, { method, url }: HttpRequest): void {
  const refused = services.http.refusal(method, url);
  if (refused !== undefined) {
    // The plugin may keep it to itself, but the operator is the one who can act on it.
    services.log.write('warn', `http_request: ${refused}`, 'engine', account.context);
    throw new HttpRefusal('PERMISSION_DENIED', refused);
  }
  const { httpRequests, httpConcurrent } = account.limits;
  if (account.httpRequests >= httpRequests)
    throw overLimit('One more request in this call', 'httpRequests', httpRequests);
  if (services.http.inFlight >= httpConcurrent) {
    throw new HttpRefusal(
      'BUSY',
      `The plugin has ${httpConcurrent} requests on their way already (limit \`httpConcurrent\`)`,
    );
  }
  account.httpRequests++;
}

async function exchange(host: HostContext, request: HttpRequest, signal: AbortSignal): Promise<number> {
  const access = host.services.http;
  access.inFlight++;
  let handle = 0;
  try {
    const response = await access.client.send(request, signal);
    // Nobody waits any more: what is opened now would stay open.
    if (signal.aborted) {
      response.body.on('error', () => {}).destroy();
      throw TRAP;
    }
    handle = host.http.open(response, access);
    const { location } = response.headers;
    if (REDIRECTS.has(response.statusCode) && location !== undefined) {
      host.http.close(handle);
      throw new HttpRefusal(
        'REDIRECT',
        `${request.url.origin} answered with status ${response.statusCode} and a redirect to ${String(location).slice(0, 200)}: redirects are not followed`,
      );
    }
    return handle;
  } finally {
    // An open exchange keeps its place until it is closed.
    if (handle === 0) access.inFlight--;
  }
}

/** @returns bytes written; 0 at the end, -1 with the reason for `http_error` */
async function read(
  host: HostContext,
  signal: AbortSignal,
  handle: number,
  pointer: number,
  length: number,
): Promise<number> {
  try {
    const exchange = host.http.get(handle);
    if (exchange === undefined)
      throw new HttpRefusal('INVALID_HANDLE', `No response is open under the handle ${handle}`);
    const bytes = await exchange.read(length >>> 0);
    if (signal.aborted) throw TRAP;
    if (bytes === undefined)
      throw overLimit('The body of the response', 'httpResponseBytes', host.account.limits.httpResponseBytes);
    host.account.pay(bytes.length * BODY_PRICE);
    host.memory.write(pointer, bytes, 'HTTP response buffer');
    return bytes.length;
  } catch (error) {
    host.http.close(handle);
    return failWith(host, error, -1);
  }
}

/** Keeps for `http_error` what the network or the rules did. Our own errors, and the trap, end the call instead. */
function failWith(host: HostContext, error: unknown, result: number): number {
  if (error === TRAP || error instanceof RingfenceError) throw error;
  const code = error instanceof HttpRefusal ? error.code : TIMEOUTS.has(codeOf(error)) ? 'TIMEOUT' : 'NETWORK';
  host.http.failure = { code, message: error instanceof Error ? error.message : String(error) };
  return result;
}

/** What undici calls its timeouts. */
const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

function overLimit(what: string, limit: string, allowed: number): HttpRefusal {
  return new HttpRefusal('LIMIT_EXCEEDED', `${what} is over the limit \`${limit}\` of ${allowed}`);
}
