/**
 * Capability `http`: requests to origins that the manifest asks for and the operator grants. To the guest they are ordinary
 * calls; it is suspended while they run. Here guest memory is read and written; the rest is the service's work.
 */
import type { HostContext } from './context.ts';
import type { HostFunction, Price } from './function.ts';
import type { HttpErrorCode } from './http-errors.ts';
import type { HttpFailure, HttpHead } from './http-service.ts';
import { type Whenever, whenever } from './whenever.ts';

const READ: Price = { base: 200 };
/** Fuel per byte of a response body that is copied to the guest. */
const BODY_PRICE = 1;
/** Of a request, whatever comes of it. */
const REQUEST: Price = { base: 20_000, perByte: 4 };
/** Fuel per byte of the head of a request: it is parsed, also where nothing comes of it. */
const HEAD_PRICE = 200;
/** Bytes of the JSON head of a request. */
const HEAD_BYTES = 64 * 1024;

/** A function that hands out a text of an answer; 0 where there is no answer. */
function textOfHead(name: string, textOf: (head: HttpHead) => string): HostFunction {
  return {
    name,
    capability: 'http',
    params: ['i32'],
    results: ['i64'],
    price: READ,
    call: (host, handle) => {
      const head = host.http.head(handle);
      return head === undefined ? 0n : host.giveText(textOf(head));
    },
    refuse: () => 0n,
  };
}

export const HTTP: readonly HostFunction[] = [
  {
    name: 'http_request',
    capability: 'http',
    params: ['i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [0, 2],
    price: REQUEST,
    wait: send,
    mayWait: ({ http }) => http.mayWait,
    refuse: (host, refusal) => fail(host, refuse('PERMISSION_DENIED', refusal), 0),
  },
  {
    name: 'http_open',
    capability: 'http',
    params: ['i32', 'i32'],
    results: ['i32'],
    spans: [0],
    price: REQUEST,
    wait: open,
    mayWait: ({ http }) => http.mayWait,
    refuse: (host, refusal) => fail(host, refuse('PERMISSION_DENIED', refusal), 0),
  },
  {
    name: 'http_write',
    capability: 'http',
    params: ['i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [1],
    price: { base: 2_000, perByte: 4 },
    wait: write,
    mayWait: ({ http }) => http.mayWait,
    refuse: (host, refusal) => fail(host, refuse('PERMISSION_DENIED', refusal), -1),
  },
  {
    name: 'http_finish',
    capability: 'http',
    params: ['i32'],
    results: ['i32'],
    price: { base: 2_000 },
    wait: finish,
    mayWait: ({ http }) => http.mayWait,
    refuse: (host, refusal) => fail(host, refuse('PERMISSION_DENIED', refusal), 0),
  },
  {
    name: 'http_status',
    capability: 'http',
    params: ['i32'],
    results: ['i32'],
    price: READ,
    call: (host, handle) => host.http.head(handle)?.status ?? 0,
    refuse: () => 0,
  },
  textOfHead('http_url', ({ url }) => url),
  textOfHead('http_headers', ({ headers }) => headers),
  {
    name: 'http_read',
    capability: 'http',
    params: ['i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [1],
    // The buffer may be far larger than what comes: bytes are charged when they are there.
    price: { base: 2_000 },
    wait: read,
    mayWait: ({ http }) => http.mayWait,
    refuse: (host, refusal) => fail(host, refuse('PERMISSION_DENIED', refusal), -1),
  },
  {
    name: 'http_close',
    capability: 'http',
    params: ['i32'],
    results: [],
    price: READ,
    call: (host, handle) => {
      const head = host.http.get(handle);
      if (head !== undefined) {
        host.http.forget(handle);
        host.services.http.close(host.account.service, head.exchange);
      }
      return undefined;
    },
    refuse: () => undefined,
  },
  {
    name: 'http_error',
    capability: 'http',
    params: [],
    results: ['i64'],
    price: { base: 5_000 },
    call: giveFailure,
    refuse: giveFailure,
  },
];

/** @returns JSON `{ code, message }` of what failed last; 0 for nothing */
function giveFailure(host: HostContext): bigint {
  const { failure } = host.http;
  if (failure === undefined) return 0n;
  return host.giveText(JSON.stringify({ code: failure.code, message: failure.message }));
}

/** @returns a handle, or 0 with the reason for `http_error` */
function send(host: HostContext, headAt: number, headSize: number, bodyAt: number, bodySize: number): Whenever<number> {
  const { account, memory, services } = host;
  const head = readHead(host, headAt, headSize);
  if (head === undefined) return 0;
  const size = bodySize >>> 0;
  if (isTooLong(host, size)) return 0;
  const body = size === 0 ? null : memory.read(bodyAt, bodySize, 'HTTP request body');
  const call = account.service;
  return whenever(services.http.send(call, head, body), call, (answer) =>
    answer.ok ? host.http.open(answer) : fail(host, answer, 0),
  );
}

/** @returns a handle, or 0 with the reason for `http_error` */
function open(host: HostContext, headAt: number, headSize: number): Whenever<number> {
  const head = readHead(host, headAt, headSize);
  if (head === undefined) return 0;
  const call = host.account.service;
  return whenever(host.services.http.open(call, head), call, (opened) =>
    opened.ok ? host.http.open(opened) : fail(host, opened, 0),
  );
}

/** @returns the length; 0 when the server takes no more, -1 with the reason for `http_error` */
function write(host: HostContext, handle: number, pointer: number, length: number): Whenever<number> {
  const exchange = host.http.get(handle);
  if (exchange === undefined) return fail(host, unknown(handle), -1);
  const size = length >>> 0;
  if (isTooLong(host, size)) return -1;
  const piece = host.memory.read(pointer, length, 'HTTP request body');
  const call = host.account.service;
  return whenever(host.services.http.write(call, exchange.exchange, piece), call, (written) =>
    written.ok ? (written.wanted ? size : 0) : drop(host, handle, written, -1),
  );
}

/** @returns the status, or 0 with the reason for `http_error` */
function finish(host: HostContext, handle: number): Whenever<number> {
  const exchange = host.http.get(handle);
  if (exchange === undefined) return fail(host, unknown(handle), 0);
  const call = host.account.service;
  return whenever(host.services.http.finish(call, exchange.exchange), call, (answer) => {
    if (!answer.ok) return drop(host, handle, answer, 0);
    host.http.answer(handle, answer);
    return answer.status;
  });
}

/** @returns bytes written; 0 at the end, -1 with the reason for `http_error` */
function read(host: HostContext, handle: number, pointer: number, length: number): Whenever<number> {
  const exchange = host.http.get(handle);
  if (exchange === undefined) return fail(host, unknown(handle), -1);
  const call = host.account.service;
  return whenever(host.services.http.read(call, exchange.exchange, length >>> 0), call, (chunk) => {
    if (!chunk.ok) return drop(host, handle, chunk, -1);
    host.account.pay(chunk.bytes.length * BODY_PRICE);
    host.memory.write(pointer, chunk.bytes, 'HTTP response buffer');
    return chunk.bytes.length;
  });
}

/** The head of a request; undefined, with the reason for `http_error`, if it is too long to be one. */
function readHead(host: HostContext, at: number, size: number): string | undefined {
  if (size >>> 0 <= HEAD_BYTES) {
    host.account.pay((size >>> 0) * HEAD_PRICE);
    return host.memory.readTextLeniently(at, size, 'HTTP request head');
  }
  fail(host, refuse('INVALID_REQUEST', `The head of a request has at most ${HEAD_BYTES} bytes`), 0);
  return undefined;
}

/** Before anything is copied out of the guest. */
function isTooLong(host: HostContext, size: number): boolean {
  const { httpRequestBytes } = host.account.limits;
  if (size <= httpRequestBytes) return false;
  const message = `The body of the request is over the limit \`httpRequestBytes\` of ${httpRequestBytes}`;
  fail(host, refuse('LIMIT_EXCEEDED', message), 0);
  return true;
}

const unknown = (handle: number): HttpFailure =>
  refuse('INVALID_HANDLE', `No request or answer is open under the handle ${handle}`);

/** After a failure the exchange is closed. */
function drop(host: HostContext, handle: number, failure: HttpFailure, result: number): number {
  host.http.forget(handle);
  return fail(host, failure, result);
}

const refuse = (code: HttpErrorCode, message: string): HttpFailure => ({ ok: false, code, message });

/** Keeps the reason for `http_error`. */
function fail({ account, http, services }: HostContext, failure: HttpFailure, result: number): number {
  http.failure = failure;
  if (failure.code === 'PERMISSION_DENIED' || failure.code === 'ADDRESS_DENIED') {
    // The plugin may keep it to itself, but the operator is the one who can act on it.
    services.log.write('warn', `http: ${failure.message}`, 'engine', account.context);
  }
  return result;
}
