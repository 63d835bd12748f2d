/** HTTP of Extism plugins: the same service, rules and grants as for all others. What goes wrong ends the call, as it does there. */
import { EXTISM_MODULE } from '../../abi/extism.ts';
import { isShallow } from '../../abi/json.ts';
import { RingfenceError } from '../../errors.ts';
import { overLimit } from '../account.ts';
import type { HostContext } from '../context.ts';
import type { AsyncHostFunction } from '../function.ts';
import type { HttpFailure, HttpHead } from '../http-service.ts';
import { TRAP } from '../trap.ts';
import { type Whenever, whenever } from '../whenever.ts';
import { type ExtismRow, fromWide, readText } from './row.ts';

const HEAD_BYTES = 64 * 1024;
/** Deeper than any request is. */
const MAX_DEPTH = 4;
const PIECE_BYTES = 64 * 1024;
const BODY_PRICE = 1;

interface ExtismAsyncRow extends AsyncHostFunction {
  readonly module: typeof EXTISM_MODULE;
}

export const EXTISM_HTTP: readonly (ExtismRow | ExtismAsyncRow)[] = [
  {
    module: EXTISM_MODULE,
    name: 'http_request',
    capability: 'http',
    params: ['i64', 'i64'],
    results: ['i64'],
    price: { base: 20_000 },
    wait: (host, request, body) => send(host, fromWide(request), fromWide(body)),
    mayWait: ({ http }) => http.mayWait,
  },
  {
    module: EXTISM_MODULE,
    name: 'http_status_code',
    capability: 'extism',
    params: [],
    results: ['i32'],
    price: { base: 100 },
    call: ({ extism }) => extism.httpStatus,
  },
  {
    module: EXTISM_MODULE,
    name: 'http_headers',
    capability: 'extism',
    params: [],
    results: ['i64'],
    price: { base: 200 },
    call: ({ extism }) =>
      extism.httpHeaders === undefined ? 0n : BigInt(extism.blocks.give(encoder.encode(extism.httpHeaders))),
  },
];

const encoder = new TextEncoder();

/** @returns the address of the answer's body */
function send(host: HostContext, requestAt: bigint, bodyAt: bigint): Whenever<bigint> {
  const { account, extism, services } = host;
  const head = headOf(readText(host, requestAt, HEAD_BYTES, 'HTTP request'));
  const body = bodyAt === 0n ? null : bodyOf(host, bodyAt);
  extism.endCall();
  const call = account.service;
  return whenever(services.http.send(call, head, body), call, (answer) => {
    if (!answer.ok) throw refused(answer);
    extism.httpStatus = answer.status;
    extism.httpHeaders = answer.headers;
    return readBody(host, answer);
  }) as Whenever<bigint>;
}

/** Extism's plugins write `header` or `headers`; members that mean nothing to us are left out. */
function headOf(text: string): string {
  let request: unknown;
  try {
    request = isShallow(text, MAX_DEPTH) ? JSON.parse(text) : undefined;
  } catch {
    // The service says what is wrong with it.
  }
  if (typeof request !== 'object' || request === null) return text;
  const { url, method, headers, header } = request as Record<string, unknown>;
  const given = typeof method === 'string' && method !== '' ? method.toUpperCase() : undefined;
  return JSON.stringify({ url, method: given, headers: headers ?? header ?? undefined });
}

function bodyOf({ account, extism }: HostContext, at: bigint): Uint8Array | null {
  const bytes = extism.blocks.view(at, 'HTTP request body');
  const { httpRequestBytes } = account.limits;
  if (bytes.length > httpRequestBytes)
    throw overLimit('httpRequestBytes', httpRequestBytes, 'bytes of an HTTP request', bytes.length);
  account.pay(bytes.length * BODY_PRICE);
  return bytes.length === 0 ? null : bytes.slice();
}

/** The whole body, which the service bounds, as one block. */
async function readBody(host: HostContext, { exchange }: HttpHead): Promise<bigint> {
  const { account, extism, services } = host;
  const call = account.service;
  const pieces: Uint8Array[] = [];
  for (let bytes = 0; ; ) {
    const answer = services.http.read(call, exchange, PIECE_BYTES);
    const piece = await whenever(answer, call, (chunk) => {
      if (!chunk.ok) throw refused(chunk);
      account.pay(chunk.bytes.length * BODY_PRICE);
      return chunk.bytes;
    });
    // The last piece may have come with the end of the call.
    if (call.signal.aborted) throw TRAP;
    if (piece.length === 0) break;
    bytes += piece.length;
    if (bytes > account.limits.blockBytes) throw overLimit('blockBytes', account.limits.blockBytes, 'bytes of blocks');
    pieces.push(piece.slice());
  }
  services.http.close(call, exchange);
  const body = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  pieces.reduce((at, piece) => {
    body.set(piece, at);
    return at + piece.length;
  }, 0);
  return BigInt(extism.blocks.give(body));
}

function refused({ code, message }: HttpFailure): RingfenceError {
  const isDenied = code === 'PERMISSION_DENIED' || code === 'ADDRESS_DENIED';
  return new RingfenceError(
    isDenied ? 'PERMISSION_DENIED' : code === 'LIMIT_EXCEEDED' ? 'LIMIT_EXCEEDED' : 'HOST_FUNCTION_FAILED',
    `http_request: ${message}`,
    { stage: 'host', details: { import: 'http_request', code } },
  );
}
