/**
 * Where the capability `kv` keeps its data: the contract of a store. Two come with the engine, in memory and in a file; an
 * application may bring its own. `test/host/kv-store-contract.ts` holds each to it.
 *
 * A namespace is the id of a plugin. Keys are well-formed text; they are in the order of their code points, which is that of
 * their UTF-8 bytes. Every method answers at once or with a promise; what it does, it does as a whole and apart from what
 * others do meanwhile. Limits, permissions and messages are the caller's business; only quotas are looked at here, because
 * nobody else can look at them and write in one step.
 */
/** At once where the store can, later where it must. */
type Whenever<T> = T | Promise<T>;

export interface KvStore {
  /** Whether answers may be promises. A plugin whose store answers at once never has to be suspended for it. @default true */
  readonly mayWait?: boolean | undefined;
  /** @param now milliseconds since the epoch: an entry that has expired by then is not there, in all methods */
  get(namespace: string, key: string, now: number): Whenever<KvEntry | undefined>;
  set(namespace: string, key: string, write: KvWrite, now: number): Whenever<KvSetResult>;
  /** @param expected the version that the entry has to have; undefined for whatever is there */
  delete(namespace: string, key: string, expected: number | undefined, now: number): Whenever<KvDeleteResult>;
  list(namespace: string, query: KvQuery, now: number): Whenever<KvPage>;
  /** What counts against the quota now, entries that have expired included. */
  usage(namespace: string): Whenever<KvUsage>;
  /** Forgets all entries of a namespace, but not which versions it has given. */
  clear(namespace: string): Whenever<void>;
  /** Lets go of files and connections. Everything after it fails. */
  close(): Whenever<void>;
}

export interface KvEntry {
  /** Not to be changed by whoever gets it. */
  readonly value: Uint8Array;
  /**
   * Above 0. Every write of a namespace gets a higher one than all before it, also where the key was deleted in between: who
   * holds a version can tell that nothing has happened to the entry since.
   */
  readonly version: number;
}

export interface KvWrite {
  /** Belongs to the store from now on. */
  readonly value: Uint8Array;
  /** Milliseconds since the epoch from which on the entry is gone; undefined for never. */
  readonly expiresAt: number | undefined;
  /** The version that the entry has to have: 0 for "there must be none", undefined for whatever is there. */
  readonly expected: number | undefined;
  /** What the namespace may have after the write, by {@link entryBytes}. A write that makes nothing larger is always allowed. */
  readonly quota: KvUsage;
}

export interface KvUsage {
  readonly bytes: number;
  readonly keys: number;
}

export type KvSetResult =
  | { readonly status: 'written'; readonly version: number }
  /** The entry has another version than expected; 0 where there is none. */
  | { readonly status: 'conflict'; readonly version: number }
  /** The write would go over the quota. `used` is what there would be. */
  | { readonly status: 'full'; readonly limit: 'kvBytes' | 'kvKeys'; readonly used: number };

export type KvDeleteResult =
  | { readonly status: 'deleted' }
  /** Nothing there, or another version than expected. */
  | { readonly status: 'kept'; readonly version: number };

export interface KvQuery {
  readonly prefix: string;
  /** Where the page before ended: its `next`. Empty for the first. */
  readonly after: string;
  /** Keys at most; above 0. */
  readonly limit: number;
}

export interface KvPage {
  readonly keys: readonly string[];
  /** There may be more; undefined at the end. A page may be short, or empty, before the end. */
  readonly next: string | undefined;
}

/** What an entry costs beside its key and value: measured in memory, where it costs more than in a file. */
const ENTRY_OVERHEAD = 384;

/** What an entry counts against the quota. @param keyBytes of the key as UTF-8 */
export const entryBytes = (keyBytes: number, valueBytes: number): number => keyBytes + valueBytes + ENTRY_OVERHEAD;

/**
 * Why a write does not fit; undefined if it does.
 * @param grow bytes that it adds, below zero where it replaces something larger
 */
export function overQuota(
  used: KvUsage,
  quota: KvUsage,
  grow: number,
  isNew: boolean,
): Extract<KvSetResult, { status: 'full' }> | undefined {
  const bytes = used.bytes + grow;
  if (grow > 0 && bytes > quota.bytes) return { status: 'full', limit: 'kvBytes', used: bytes };
  if (isNew && used.keys >= quota.keys) return { status: 'full', limit: 'kvKeys', used: used.keys + 1 };
  return undefined;
}

/** Entries that have expired which one listing passes over, and one step of clearing away takes. */
export const EXPIRED_AT_A_TIME = 1_000;

/**
 * A page of a listing, for stores: keys that have expired are left out, and no more than {@link EXPIRED_AT_A_TIME} of them are
 * gone through for one page.
 * @param found keys in their order, from the first that may be on the page, with the time at which they expire
 */
export function pageOf(
  found: Iterable<readonly [key: string, expiresAt: number | null | undefined]>,
  limit: number,
  now: number,
): KvPage {
  const keys: string[] = [];
  let visits = limit + EXPIRED_AT_A_TIME;
  let last = '';
  for (const [key, expiresAt] of found) {
    if (keys.length === limit || visits === 0) return { keys, next: last };
    visits--;
    last = key;
    if (expiresAt == null || expiresAt > now) keys.push(key);
  }
  return { keys, next: undefined };
}
