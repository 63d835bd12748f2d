/** The `kv` of one plugin, on the engine's side: what it asks for is checked here, whoever has asked for it. */

import type { KvStore } from '../kv-store.ts';
import type { Limits } from '../limits.ts';
import { utf8Length } from '../memory/utf8.ts';
import {
  type KvDone,
  type KvFailure,
  type KvFound,
  type KvKeys,
  type KvService,
  type KvSetOptions,
  refuse,
} from './kv-service.ts';
import type { LogChannel } from './log-channel.ts';
import type { ServiceCall } from './services.ts';
import type { Whenever } from './whenever.ts';

/** A hundred years: longer is a mistake, or never. */
const LONGEST_TTL_MS = 100 * 366 * 86_400_000;

export class KvGateway implements KvService {
  readonly mayWait: boolean;
  readonly #store: KvStore;
  readonly #namespace: string;
  readonly #limits: Pick<Limits, 'kvBytes' | 'kvKeys'>;
  readonly #log: LogChannel;
  readonly #now: () => number;

  /**
   * @param namespace id of the plugin
   * @param limits of the plugin: quotas are the same for all of its calls
   * @param log where failures of the store go: the plugin is not told what is wrong with the host's disk
   * @param now milliseconds since the epoch, for entries that expire
   */
  constructor(
    store: KvStore,
    namespace: string,
    limits: Pick<Limits, 'kvBytes' | 'kvKeys'>,
    log: LogChannel,
    now: () => number = Date.now,
  ) {
    this.mayWait = store.mayWait ?? true;
    this.#store = store;
    this.#namespace = namespace;
    this.#limits = limits;
    this.#log = log;
    this.#now = now;
  }

  get(call: ServiceCall, key: string): Whenever<KvFound | KvFailure> {
    const wrong = wrongKey(key, call.limits);
    if (wrong !== undefined) return wrong;
    return this.#ask(
      call,
      () => this.#store.get(this.#namespace, key, this.#now()),
      (entry) => ({ ok: true, value: entry?.value ?? null, version: entry?.version ?? 0 }),
    );
  }

  set(
    call: ServiceCall,
    key: string,
    value: Uint8Array,
    { ttlMs, expected }: KvSetOptions,
  ): Whenever<KvDone | KvFailure> {
    const { limits } = call;
    const wrong = wrongKey(key, limits) ?? wrongVersion(expected);
    if (wrong !== undefined) return wrong;
    if (!(value instanceof Uint8Array)) return refuse('INVALID_ARGUMENT', 'Expected the value to be bytes');
    if (value.length > limits.kvValueBytes) {
      return refuse('LIMIT_EXCEEDED', `The value has ${value.length} bytes: ${over('kvValueBytes', limits)}`);
    }
    if (!isWhole(ttlMs) || ttlMs > LONGEST_TTL_MS) {
      return refuse('INVALID_ARGUMENT', 'Expected the time to live to be whole milliseconds up to a hundred years');
    }
    const now = this.#now();
    const { kvBytes, kvKeys } = this.#limits;
    const write = {
      value,
      expiresAt: ttlMs === 0 ? undefined : now + ttlMs,
      expected: expected ?? undefined,
      quota: { bytes: kvBytes, keys: kvKeys },
    };
    return this.#ask(
      call,
      () => this.#store.set(this.#namespace, key, write, now),
      (result) => {
        if (result.status !== 'full') {
          return { ok: true, done: result.status === 'written', version: result.version };
        }
        const what = result.limit === 'kvBytes' ? 'bytes of stored data' : 'stored keys';
        return refuse(
          'LIMIT_EXCEEDED',
          `The plugin would have ${result.used} ${what}: ${over(result.limit, this.#limits)}`,
        );
      },
    );
  }

  delete(call: ServiceCall, key: string, expected: number | null): Whenever<KvDone | KvFailure> {
    const wrong = wrongKey(key, call.limits) ?? wrongVersion(expected);
    if (wrong !== undefined) return wrong;
    return this.#ask(
      call,
      () => this.#store.delete(this.#namespace, key, expected ?? undefined, this.#now()),
      (result) =>
        result.status === 'deleted'
          ? { ok: true, done: true, version: 0 }
          : { ok: true, done: false, version: result.version },
    );
  }

  list(call: ServiceCall, prefix: string, after: string, limit: number): Whenever<KvKeys | KvFailure> {
    const { limits } = call;
    const wrong = wrongText(prefix, limits) ?? wrongText(after, limits);
    if (wrong !== undefined) return wrong;
    if (!isWhole(limit)) return refuse('INVALID_ARGUMENT', 'Expected the number of keys to be a whole number from 0');
    const query = { prefix, after, limit: Math.min(limit || limits.kvListKeys, limits.kvListKeys) };
    return this.#ask(
      call,
      () => this.#store.list(this.#namespace, query, this.#now()),
      ({ keys, next }) => ({ ok: true, keys, next }),
    );
  }

  /** Whatever the store throws is a failure of the store: the plugin is told that much, the operator all of it. */
  #ask<T, Result>(
    { context }: ServiceCall,
    ask: () => Whenever<T>,
    answer: (result: T) => Result | KvFailure,
  ): Whenever<Result | KvFailure> {
    const failed = (error: unknown): KvFailure => {
      const said = error instanceof Error ? error.message : String(error);
      this.#log.write('error', `kv: the store failed: ${said}`, 'engine', context);
      return refuse('STORE_FAILED', 'The store of the host failed; it may work again later');
    };
    try {
      const result = ask();
      return result instanceof Promise ? result.then(answer).catch(failed) : answer(result);
    } catch (error) {
      return failed(error);
    }
  }
}

/** Why this is no key; undefined if it is one. */
function wrongKey(key: string, limits: Limits): KvFailure | undefined {
  if (key === '') return refuse('INVALID_ARGUMENT', 'A key has at least one character');
  return wrongText(key, limits);
}

function wrongText(text: string, limits: Limits): KvFailure | undefined {
  if (typeof text !== 'string' || !text.isWellFormed()) {
    return refuse('INVALID_ARGUMENT', 'Expected a key to be well-formed text');
  }
  if (utf8Length(text) <= limits.kvKeyBytes) return undefined;
  return refuse('LIMIT_EXCEEDED', `The key has ${utf8Length(text)} bytes: ${over('kvKeyBytes', limits)}`);
}

function wrongVersion(expected: number | null): KvFailure | undefined {
  if (expected === null || isWhole(expected)) return undefined;
  return refuse('INVALID_ARGUMENT', 'Expected the version of an entry to be a whole number from 0');
}

const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const over = <Name extends keyof Limits>(limit: Name, limits: Pick<Limits, Name>): string =>
  `that is over the limit \`${limit}\` of ${limits[limit]}`;
