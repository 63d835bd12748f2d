/** Requests to the catalogue, and what can go wrong with them. */
import { SourceFailure } from './failure.ts';

export type JsonObject = Record<string, unknown>;
export type GetObject = (path: string, what: string, id: string) => Promise<JsonObject>;

/** Statuses of a server that may well answer the next time. */
const BUSY: ReadonlySet<number> = new Set([502, 503, 504]);

/** @param attempts how often a request is tried while the catalogue is busy */
export function catalogueOf(address: string, attempts: number): GetObject {
  if (!/^https?:\/\//.test(address)) {
    throw new SourceFailure('NOT_CONFIGURED', 'expected the address of the catalogue in the configuration', undefined);
  }
  const base = address.replace(/\/+$/, '');
  const ask = async (path: string): Promise<Response> => {
    try {
      return await fetch(base + path, { headers: { accept: 'application/json' } });
    } catch (error) {
      throw unavailable(path, error);
    }
  };
  return async (path, what, id) => {
    let response = await ask(path);
    for (let attempt = 2; attempt <= attempts && BUSY.has(response.status); attempt++) {
      await response.body?.cancel();
      response = await ask(path);
    }
    if (response.ok) return objectIn(response, path);
    await response.body?.cancel();
    throw refusal(response, path, what, id);
  };
}

async function objectIn(response: Response, path: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw unavailable(path, error);
  }
  const parsed = parse(text);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  const details = { path, contentType: response.headers.get('content-type') ?? '' };
  throw new SourceFailure('UPSTREAM_INVALID', `expected a JSON object from the catalogue at ${path}`, details);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal({ status, headers }: Response, path: string, what: string, id: string): SourceFailure {
  if (status === 404) return new SourceFailure('NOT_FOUND', `the catalogue has no ${what} "${id}"`, { what, id });
  const details: JsonObject = { path, status };
  if (status !== 429) {
    return new SourceFailure('UPSTREAM_FAILED', `the catalogue answered ${path} with status ${status}`, details);
  }
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  if (!Number.isNaN(seconds)) details.retryAfterSeconds = seconds;
  return new SourceFailure('RATE_LIMITED', 'the catalogue wants fewer requests', details);
}

const unavailable = (path: string, error: unknown): SourceFailure =>
  new SourceFailure('UPSTREAM_UNAVAILABLE', `no answer from the catalogue for ${path}: ${String(error)}`, {
    path,
    reason: 'NETWORK',
  });
