/** The data of the plugin under test: in memory, for the test to fill and to look at. */
import { MemoryKvStore } from '../host/kv-memory.ts';
import type { KvDeleteResult, KvEntry, KvPage, KvQuery, KvSetResult, KvStore, KvWrite } from '../kv-store.ts';

/** Text, bytes, or any other value as JSON. */
export type KvValue = string | Uint8Array | object | number | boolean | null;

const NO_QUOTA = { bytes: Number.MAX_SAFE_INTEGER, keys: Number.MAX_SAFE_INTEGER } as const;
const PAGE = 1_000;

/** There is one plugin: its data is found whatever its id is, also before that is known. */
class OnePluginStore extends MemoryKvStore {
  override get(_plugin: string, key: string, now: number): KvEntry | undefined {
    return super.get('', key, now);
  }

  override set(_plugin: string, key: string, write: KvWrite, now: number): KvSetResult {
    return super.set('', key, write, now);
  }

  override delete(_plugin: string, key: string, expected: number | undefined, now: number): KvDeleteResult {
    return super.delete('', key, expected, now);
  }

  override list(_plugin: string, query: KvQuery, now: number): KvPage {
    return super.list('', query, now);
  }
}

export class FakeKv {
  readonly store: KvStore = new OnePluginStore();
  readonly #store = this.store as OnePluginStore;
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number, values: Readonly<Record<string, KvValue>> = {}) {
    this.#now = now;
    for (const [key, value] of Object.entries(values)) this.set(key, value);
  }

  /** Undefined where there is nothing. */
  bytes(key: string): Uint8Array | undefined {
    const value = this.#store.get('', key, this.#now())?.value;
    return value === undefined ? undefined : new Uint8Array(value);
  }

  /** Undefined where there is nothing. */
  text(key: string): string | undefined {
    const bytes = this.bytes(key);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  /** Undefined where there is nothing. @throws SyntaxError for what is no JSON */
  json(key: string): unknown {
    const text = this.text(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** All keys, in the order of their code points. */
  keys(): string[] {
    const keys: string[] = [];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page = this.#store.list('', { prefix: '', after, limit: PAGE }, this.#now());
      keys.push(...page.keys);
      after = page.next;
    }
    return keys;
  }

  set(key: string, value: KvValue): void {
    const bytes =
      value instanceof Uint8Array
        ? new Uint8Array(value)
        : new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
    const write = { value: bytes, expiresAt: undefined, expected: undefined, quota: NO_QUOTA };
    this.#store.set('', key, write, this.#now());
  }

  delete(key: string): void {
    this.#store.delete('', key, undefined, this.#now());
  }
}
