/** Data of plugins in memory: gone when the engine is. */

import {
  entryBytes,
  type KvDeleteResult,
  type KvEntry,
  type KvPage,
  type KvQuery,
  type KvSetResult,
  type KvStore,
  type KvUsage,
  type KvWrite,
  overQuota,
  pageOf,
} from '../kv-store.ts';
import { utf8Length } from '../memory/utf8.ts';
import { compareCodePoints, SortedSet } from './sorted-set.ts';

interface Stored extends KvEntry {
  readonly expiresAt: number | undefined;
  /** What it counts. */
  readonly bytes: number;
}

interface Expiry {
  readonly at: number;
  readonly key: string;
}

export class MemoryKvStore implements KvStore {
  readonly mayWait = false;
  readonly #namespaces = new Map<string, Namespace>();
  #isClosed = false;

  get(namespace: string, key: string, now: number): KvEntry | undefined {
    return this.#namespace(namespace).get(key, now);
  }

  set(namespace: string, key: string, write: KvWrite, now: number): KvSetResult {
    return this.#namespace(namespace).set(key, write, now);
  }

  delete(namespace: string, key: string, expected: number | undefined, now: number): KvDeleteResult {
    return this.#namespace(namespace).delete(key, expected, now);
  }

  list(namespace: string, query: KvQuery, now: number): KvPage {
    return this.#namespace(namespace).list(query, now);
  }

  usage(namespace: string): KvUsage {
    const { bytes, keys } = this.#namespace(namespace);
    return { bytes, keys };
  }

  clear(namespace: string): void {
    this.#namespace(namespace).clear();
  }

  close(): void {
    this.#isClosed = true;
    this.#namespaces.clear();
  }

  #namespace(name: string): Namespace {
    if (this.#isClosed) throw new Error('The store is closed');
    let found = this.#namespaces.get(name);
    if (found === undefined) {
      found = new Namespace();
      this.#namespaces.set(name, found);
    }
    return found;
  }
}

const FIRST_EXPIRY: Expiry = { at: 0, key: '' };
const compareExpiries = (a: Expiry, b: Expiry): number => a.at - b.at || compareCodePoints(a.key, b.key);

class Namespace {
  #entries = new Map<string, Stored>();
  #keys = new SortedSet(compareCodePoints);
  /** Entries that expire, the next one first. */
  #expiries = new SortedSet(compareExpiries);
  #version = 0;
  bytes = 0;

  get keys(): number {
    return this.#entries.size;
  }

  get(key: string, now: number): Stored | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || isExpired(entry, now) ? undefined : entry;
  }

  set(key: string, { value, expiresAt, expected, quota }: KvWrite, now: number): KvSetResult {
    const current = this.get(key, now)?.version ?? 0;
    if (expected !== undefined && expected !== current) return { status: 'conflict', version: current };
    const bytes = entryBytes(utf8Length(key), value.length);
    // One write, one entry that has expired: so they do not pile up.
    this.#dropExpired(now, key);
    // What is in its place, expired or not.
    const old = this.#entries.get(key);
    const grow = bytes - (old?.bytes ?? 0);
    let full = overQuota(this, quota, grow, old === undefined);
    while (full !== undefined && this.#dropExpired(now, key)) full = overQuota(this, quota, grow, old === undefined);
    if (full !== undefined) return full;
    if (old === undefined) this.#keys.add(key);
    else if (old.expiresAt !== undefined) this.#expiries.remove({ at: old.expiresAt, key });
    this.#version++;
    this.#entries.set(key, { value, version: this.#version, expiresAt, bytes });
    this.bytes += grow;
    if (expiresAt !== undefined) this.#expiries.add({ at: expiresAt, key });
    return { status: 'written', version: this.#version };
  }

  delete(key: string, expected: number | undefined, now: number): KvDeleteResult {
    const version = this.get(key, now)?.version ?? 0;
    if (version === 0 || (expected !== undefined && expected !== version)) return { status: 'kept', version };
    this.#remove(key);
    return { status: 'deleted' };
  }

  list({ prefix, after, limit }: KvQuery, now: number): KvPage {
    return pageOf(this.#below(prefix, after), limit, now);
  }

  /** Keys that begin with `prefix`, behind `after`, and when they expire. */
  *#below(prefix: string, after: string): Generator<readonly [key: string, expiresAt: number | undefined]> {
    const start = compareCodePoints(after, prefix) > 0 ? after : prefix;
    for (const key of this.#keys.from(start)) {
      if (key === after && after !== '') continue;
      if (!key.startsWith(prefix)) return;
      yield [key, this.#entries.get(key)?.expiresAt];
    }
  }

  clear(): void {
    this.#entries = new Map();
    this.#keys = new SortedSet(compareCodePoints);
    this.#expiries = new SortedSet(compareExpiries);
    this.bytes = 0;
  }

  /** Drops one entry that has expired, but not that of `key`. False if there is none. */
  #dropExpired(now: number, key: string): boolean {
    for (const expiry of this.#expiries.from(FIRST_EXPIRY)) {
      if (expiry.at > now) return false;
      if (expiry.key === key) continue;
      this.#remove(expiry.key);
      return true;
    }
    return false;
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#keys.remove(key);
    if (entry.expiresAt !== undefined) this.#expiries.remove({ at: entry.expiresAt, key });
    this.bytes -= entry.bytes;
  }
}

const isExpired = ({ expiresAt }: Stored, now: number): boolean => expiresAt !== undefined && expiresAt <= now;
