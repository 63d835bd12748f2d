/**
 * Capability `http`: requests to origins that the manifest asks for and the operator grants. To the guest they are ordinary
 * calls; it is suspended while they run. Here guest memory is read and written; the rest is the service's work.
 */
import type { HostContext } from './context.ts';
import type { HostFunction, Price } from './function.ts';
import type { HttpErrorCode, HttpFailure } from './http-service.ts';
import { type Whenever, whenever } from './whenever.ts';

const READ: Price = { base: 200 };
/** Fuel per byte of a response body that is copied to the guest. */
const BODY_PRICE = 1;
/** Bytes of the JSON head of a request. */
const HEAD_BYTES = 64 * 1024;

export const HTTP: readonly HostFunction[] = [
  {
    name: 'http_request',
    capability: 'http',
    params: ['i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
    spans: [0, 2],
    price: { base: 20_000, perByte: 1 },
    wait: send,
    mayWait: ({ http }) => http.mayWait,
    refuse: (host, refusal) => fail(host, refuse('PERMISSION_DENIED', refusal), 0),
  },
  {
    name: 'http_status',
    capability: 'http',
    params: ['i32'],
    results: ['i32'],
    price: READ,
    call: (host, handle) => host.http.get(handle)?.status ?? 0,
    refuse: () => 0,
  },
  {
    name: 'http_headers',
    capability: 'http',
    params: ['i32'],
    results: ['i64'],
    price: READ,
    call: (host, handle) => {
      const head = host.http.get(handle);
      return head === undefined ? 0n : host.giveText(head.headers);
    },
    refuse: () => 0n,
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
    price: READ,
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
  if (headSize >>> 0 > HEAD_BYTES) {
    return fail(host, refuse('INVALID_REQUEST', `The head of a request has at most ${HEAD_BYTES} bytes`), 0);
  }
  const size = bodySize >>> 0;
  const { httpRequestBytes } = account.limits;
  if (size > httpRequestBytes) {
    const message = `The body has ${size} bytes: it is over the limit \`httpRequestBytes\` of ${httpRequestBytes}`;
    return fail(host, refuse('LIMIT_EXCEEDED', message), 0);
  }
  const head = memory.readTextLeniently(headAt, headSize, 'HTTP request head');
  const body = size === 0 ? null : memory.read(bodyAt, bodySize, 'HTTP request body');
  const call = account.service;
  return whenever(services.http.send(call, head, body), call, (answer) =>
    answer.ok ? host.http.open(answer) : fail(host, answer, 0),
  );
}

/** @returns bytes written; 0 at the end, -1 with the reason for `http_error` */
function read(host: HostContext, handle: number, pointer: number, length: number): Whenever<number> {
  const head = host.http.get(handle);
  if (head === undefined) {
    return fail(host, refuse('INVALID_HANDLE', `No response is open under the handle ${handle}`), -1);
  }
  const call = host.account.service;
  return whenever(host.services.http.read(call, head.exchange, length >>> 0), call, (chunk) => {
    if (!chunk.ok) {
      host.http.forget(handle);
      return fail(host, chunk, -1);
    }
    host.account.pay(chunk.bytes.length * BODY_PRICE);
    host.memory.write(pointer, chunk.bytes, 'HTTP response buffer');
    return chunk.bytes.length;
  });
}

const refuse = (code: HttpErrorCode, message: string): HttpFailure => ({ ok: false, code, message });

/** Keeps the reason for `http_error`. */
function fail({ account, http, services }: HostContext, failure: HttpFailure, result: number): number {
  http.failure = failure;
  if (failure.code === 'PERMISSION_DENIED') {
    // The plugin may keep it to itself, but the operator is the one who can act on it.
    services.log.write('warn', `http: ${failure.message}`, 'engine', account.context);
  }
  return result;
}
