/**
 * Capabilities `http` and `kv` as one JSON text in and one out, for guests that would rather not deal in handles: components,
 * scripts. The services behind, and so the rules, are the same.
 */
import { isShallow } from '../abi/json.ts';
import type { HostContext } from './context.ts';
import type { HostFunction } from './function.ts';
import type { HttpChunk, HttpFailure } from './http-service.ts';
import type { KvFailure } from './kv-service.ts';
import { type Whenever, whenever } from './whenever.ts';

/** Beside the body or value, whose bytes may take twice the room in JSON. */
const HEAD_BYTES = 64 * 1024;
const MAX_DEPTH = 16;
/** Of a response, at a time. */
const CHUNK_BYTES = 64 * 1024;
/** Fuel per byte of a response body. */
const BODY_PRICE = 1;
const KEY_PRICE = 2_000;

const encoder = new TextEncoder();
const lenient = new TextDecoder();

const denied = (host: HostContext, refusal: string): bigint =>
  host.fail({ code: 'PERMISSION_DENIED', message: refusal });

export const TEXT_REQUESTS: readonly HostFunction[] = [
  {
    name: 'http_fetch',
    capability: 'http',
    params: ['i32', 'i32'],
    results: ['i64'],
    spans: [0],
    price: { base: 20_000, perByte: 60 },
    wait: fetchText,
    mayWait: ({ http }) => http.mayWait,
    refuse: denied,
  },
  {
    name: 'kv_request',
    capability: 'kv',
    params: ['i32', 'i32'],
    results: ['i64'],
    spans: [0],
    // As if every one of them wrote to a disk.
    price: { base: 200_000, perByte: 60 },
    wait: requestKv,
    mayWait: ({ kv }) => kv.mayWait,
    refuse: denied,
  },
];

/** @returns packed JSON `{ status, url, headers, body }`, or -1 with the reason for `host_error` */
function fetchText(host: HostContext, pointer: number, length: number): Whenever<bigint> {
  const { account, services } = host;
  const { httpRequestBytes } = account.limits;
  const request = readRequest(host, pointer, length, httpRequestBytes);
  if (request === undefined)
    return invalid(host, 'a request is JSON: { url, method?, headers?, body?, redirect?, timeoutMs? }');
  const { body, ...head } = request;
  if (body !== undefined && typeof body !== 'string') return invalid(host, 'the body of a request is text');
  const bytes = body === undefined || body === '' ? null : encoder.encode(body);
  if (bytes !== null && bytes.length > httpRequestBytes) {
    const message = `The body of the request is over the limit \`httpRequestBytes\` of ${httpRequestBytes}`;
    return host.fail({ code: 'LIMIT_EXCEEDED', message });
  }
  const call = account.service;
  return flat(
    whenever(services.http.send(call, JSON.stringify(head), bytes), call, (answer): Whenever<bigint> => {
      if (!answer.ok) return failed(host, 'http', answer);
      return readBody(host, answer.exchange, (text) => {
        services.http.close(call, answer.exchange);
        const headers: unknown = JSON.parse(answer.headers);
        return host.giveText(JSON.stringify({ status: answer.status, url: answer.url, headers, body: text }));
      });
    }),
  );
}

/** The whole body, piece by piece; the service keeps it below its limit. */
function readBody(host: HostContext, exchange: number, done: (text: string) => bigint): Whenever<bigint> {
  const { account, services } = host;
  const call = account.service;
  const decoder = new TextDecoder();
  let text = '';
  const next = (): Whenever<bigint> =>
    flat(
      whenever(
        services.http.read(call, exchange, CHUNK_BYTES),
        call,
        (chunk: HttpChunk | HttpFailure): Whenever<bigint> => {
          if (!chunk.ok) return failed(host, 'http', chunk);
          if (chunk.bytes.length === 0) return done(text + decoder.decode());
          account.pay(chunk.bytes.length * BODY_PRICE);
          text += decoder.decode(chunk.bytes, { stream: true });
          return next();
        },
      ),
    );
  return next();
}

/** A promise of a promise is one promise. */
const flat = (answer: Whenever<Whenever<bigint>>): Whenever<bigint> => answer as Whenever<bigint>;

/** @returns packed JSON, by operation as in {@link KV_OPERATIONS}, or -1 with the reason for `host_error` */
function requestKv(host: HostContext, pointer: number, length: number): Whenever<bigint> {
  const request = readRequest(host, pointer, length, host.account.limits.kvValueBytes);
  const op = request?.op;
  const operation = typeof op === 'string' && Object.hasOwn(KV_OPERATIONS, op) ? KV_OPERATIONS[op] : undefined;
  if (request === undefined || operation === undefined) {
    return invalid(host, `a request is JSON: { op, … } with op one of ${Object.keys(KV_OPERATIONS).join(', ')}`);
  }
  return operation(host, request);
}

type Request = Readonly<Record<string, unknown>>;

const KV_OPERATIONS: Readonly<Record<string, (host: HostContext, request: Request) => Whenever<bigint>>> = {
  /** `{ key }` -> `{ value, version }`: null and 0 where there is nothing. */
  get: (host, { key }) => {
    if (!isKey(host, key)) return badKey(host);
    const call = host.account.service;
    return whenever(host.services.kv.get(call, key), call, (found) => {
      if (!found.ok) return failed(host, 'kv', found);
      const value = found.value === null ? null : lenient.decode(found.value);
      return host.giveText(JSON.stringify({ value, version: found.version }));
    });
  },
  /** `{ key, value, ttlMs?, expected? }` -> `{ done, version }`. */
  set: (host, { key, value, ttlMs = 0, expected = null }) => {
    if (!isKey(host, key)) return badKey(host);
    if (typeof value !== 'string') return invalid(host, 'a value is text');
    if (typeof ttlMs !== 'number' || !isVersion(expected)) return invalid(host, 'ttlMs and expected are numbers');
    const bytes = encoder.encode(value);
    const { kvValueBytes } = host.account.limits;
    if (bytes.length > kvValueBytes) {
      const message = `The value has ${bytes.length} bytes: that is over the limit \`kvValueBytes\` of ${kvValueBytes}`;
      return host.fail({ code: 'LIMIT_EXCEEDED', message });
    }
    const call = host.account.service;
    return whenever(host.services.kv.set(call, key, bytes, { ttlMs, expected }), call, (result) =>
      result.ok
        ? host.giveText(JSON.stringify({ done: result.done, version: result.version }))
        : failed(host, 'kv', result),
    );
  },
  /** `{ key, expected? }` -> `{ done, version }`. */
  delete: (host, { key, expected = null }) => {
    if (!isKey(host, key)) return badKey(host);
    if (!isVersion(expected)) return invalid(host, 'expected is a number');
    const call = host.account.service;
    return whenever(host.services.kv.delete(call, key, expected), call, (result) =>
      result.ok
        ? host.giveText(JSON.stringify({ done: result.done, version: result.version }))
        : failed(host, 'kv', result),
    );
  },
  /** `{ prefix?, after?, limit? }` -> `{ keys, next? }`. */
  list: (host, { prefix = '', after = '', limit = 0 }) => {
    if (!isKey(host, prefix) || !isKey(host, after)) return badKey(host);
    if (typeof limit !== 'number') return invalid(host, 'limit is a number');
    const call = host.account.service;
    return whenever(host.services.kv.list(call, prefix, after, limit >>> 0), call, (found) => {
      if (!found.ok) return failed(host, 'kv', found);
      host.account.pay(found.keys.length * KEY_PRICE);
      return host.giveText(JSON.stringify({ keys: found.keys, next: found.next }));
    });
  },
};

const isVersion = (value: unknown): value is number | null => value === null || typeof value === 'number';

/** A character takes at most three bytes for each of its UTF-16 units. */
const isKey = ({ account }: HostContext, key: unknown): key is string =>
  typeof key === 'string' &&
  encoder.encode(key.slice(0, account.limits.kvKeyBytes + 1)).length <= account.limits.kvKeyBytes;

const badKey = (host: HostContext): bigint =>
  invalid(host, `a key is text of at most ${host.account.limits.kvKeyBytes} bytes (limit \`kvKeyBytes\`)`);

/** JSON of an object, within bounds; undefined for anything else. */
function readRequest(host: HostContext, pointer: number, length: number, contentBytes: number): Request | undefined {
  if (length >>> 0 > HEAD_BYTES + 2 * contentBytes) return undefined;
  const text = host.memory.readTextLeniently(pointer, length, 'a request');
  if (!isShallow(text, MAX_DEPTH)) return undefined;
  try {
    const request: unknown = JSON.parse(text);
    return typeof request === 'object' && request !== null && !Array.isArray(request)
      ? (request as Request)
      : undefined;
  } catch {
    return undefined;
  }
}

const invalid = (host: HostContext, expected: string): bigint =>
  host.fail({ code: 'INVALID_ARGUMENT', message: `Expected otherwise: ${expected}` });

/** What is not allowed, the operator hears of as well: the plugin may keep it to itself. */
function failed(host: HostContext, capability: string, { code, message }: HttpFailure | KvFailure): bigint {
  if (code === 'PERMISSION_DENIED' || code === 'ADDRESS_DENIED') {
    host.services.log.write('warn', `${capability}: ${message}`, 'engine', host.account.context);
  }
  return host.fail({ code, message });
}
