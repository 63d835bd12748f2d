/**
 * Data of plugins in one SQLite file, through Node's own `node:sqlite`: it answers at once, survives crashes (write-ahead log),
 * and may be shared with other processes on the same machine.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { RingfenceError } from '../errors.ts';
import {
  EXPIRED_AT_A_TIME,
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
import { compareCodePoints } from './sorted-set.ts';

/** "RFkv": says whose file this is. */
const APPLICATION_ID = 0x52_46_6b_76;
const SCHEMA_VERSION = 1;
/** How long to wait, on the calling thread, for another process that writes. */
const BUSY_MS = 500;

/**
 * Keys are blobs: text would end at its first NUL in some of SQLite's functions, and blobs are in the order of their bytes.
 * What a namespace has is counted beside it, in the same transaction as each write.
 */
const SCHEMA = `
  CREATE TABLE namespaces (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL, keys INTEGER NOT NULL, version INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE entries (
    namespace INTEGER NOT NULL REFERENCES namespaces, key BLOB NOT NULL, value BLOB NOT NULL,
    version INTEGER NOT NULL, expires_at INTEGER,
    PRIMARY KEY (namespace, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX entries_by_expiry ON entries (namespace, expires_at) WHERE expires_at IS NOT NULL;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Node.js 22 binds no bytes as NULL: hence `coalesce`, and no bound of no bytes. */
const STATEMENTS = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  addNamespace: 'INSERT INTO namespaces (name, bytes, keys, version) VALUES (?, 0, 0, 0) ON CONFLICT DO NOTHING',
  namespace: 'SELECT id, bytes, keys, version FROM namespaces WHERE name = ?',
  count: 'UPDATE namespaces SET bytes = ?, keys = ?, version = ? WHERE id = ?',
  get: 'SELECT value, version FROM entries WHERE namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)',
  head: 'SELECT length(value) AS size, version, expires_at AS expiresAt FROM entries WHERE namespace = ? AND key = ?',
  set: `INSERT INTO entries (namespace, key, value, version, expires_at) VALUES (?, ?, coalesce(?, x''), ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at`,
  delete: 'DELETE FROM entries WHERE namespace = ? AND key = ?',
  list: `SELECT key, expires_at AS expiresAt FROM entries
    WHERE namespace = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?`,
  expired: `SELECT key, length(value) AS size FROM entries
    WHERE namespace = ? AND expires_at <= ? AND key <> ? ORDER BY expires_at LIMIT ?`,
  clear: 'DELETE FROM entries WHERE namespace = ?',
} as const;

interface NamespaceRow {
  readonly id: number;
  readonly bytes: number;
  readonly keys: number;
  readonly version: number;
}
interface HeadRow {
  readonly size: number;
  readonly version: number;
  readonly expiresAt: number | null;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Not above any key: none is empty. */
const FIRST = Uint8Array.of(0);
/** Above every key, since no UTF-8 has this byte. */
const LAST = Uint8Array.of(0xff);

/**
 * Opens the file, or makes it.
 * @throws STORE_FAILED for a file that cannot be opened, is damaged or is not ours; UNSUPPORTED_PLATFORM without node:sqlite
 */
export function openSqliteStore(path: string): SqliteKvStore {
  const { DatabaseSync } = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    prepareFile(database);
    return new SqliteKvStore(database);
  } catch (cause) {
    database?.close();
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new RingfenceError('STORE_FAILED', `The data of plugins cannot be kept in ${JSON.stringify(path)}: ${said}`, {
      stage: 'options',
      details: { option: 'kv.path', path },
      cause,
    });
  }
}

/** Node.js 22 and 24 warn of the module when it is loaded. Whoever gave a path knows what for; other warnings stay. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('SQLite is an experimental feature')) emitWarning(warning, ...rest);
  }) as typeof emitWarning;
  try {
    // Not an import: that would load it later, and others' warnings would pass through here meanwhile.
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (sqlite !== undefined) return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new RingfenceError('UNSUPPORTED_PLATFORM', 'This Node.js was built without SQLite: `kv.path` needs it', {
    stage: 'options',
    details: { option: 'kv.path' },
  });
}

/** @throws where the file is somebody else's, damaged, or of a later version */
function prepareFile(database: DatabaseSync): void {
  const read = (pragma: string): number =>
    Object.values(database.prepare(`PRAGMA ${pragma}`).get() as Record<string, number>)[0] as number;
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  const isNew = read('application_id') === 0 && read('user_version') === 0 && read('schema_version') === 0;
  if (!isNew && read('application_id') !== APPLICATION_ID) throw new Error('it is the database of another application');
  if (!isNew && read('user_version') !== SCHEMA_VERSION) {
    throw new Error(`it has version ${read('user_version')} of its tables, and this engine knows ${SCHEMA_VERSION}`);
  }
  // With a write-ahead log, NORMAL loses the last writes when the machine loses power, and damages nothing.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF');
  if (!isNew) return;
  database.exec('BEGIN IMMEDIATE');
  // Another process may have been faster.
  if (read('schema_version') === 0) database.exec(SCHEMA);
  database.exec('COMMIT');
}

export class SqliteKvStore implements KvStore {
  readonly mayWait = false;
  readonly #database: DatabaseSync;
  readonly #run: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#run = Object.fromEntries(
      Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]),
    ) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  get(namespace: string, key: string, now: number): KvEntry | undefined {
    const { id } = this.#namespace(namespace);
    return this.#run.get.get(id, encoder.encode(key), now) as unknown as KvEntry | undefined;
  }

  set(namespace: string, key: string, { value, expiresAt, expected, quota }: KvWrite, now: number): KvSetResult {
    return this.#transaction(namespace, (space) => {
      const name = encoder.encode(key);
      const old = this.#run.head.get(space.id, name) as unknown as HeadRow | undefined;
      const current = liveVersion(old, now);
      if (expected !== undefined && expected !== current) return { status: 'conflict', version: current };
      const grow = value.length - (old === undefined ? -entryBytes(name.length, 0) : old.size);
      let used: KvUsage = space;
      let full = overQuota(used, quota, grow, old === undefined);
      while (full !== undefined) {
        const less = this.#dropExpired(space.id, name, used, now);
        if (less === undefined) break;
        used = less;
        full = overQuota(used, quota, grow, old === undefined);
      }
      const version = full === undefined ? space.version + 1 : space.version;
      const bytes = full === undefined ? used.bytes + grow : used.bytes;
      const keys = full === undefined && old === undefined ? used.keys + 1 : used.keys;
      if (full === undefined) this.#run.set.run(space.id, name, value, version, expiresAt ?? null);
      this.#run.count.run(bytes, keys, version, space.id);
      return full ?? { status: 'written', version };
    });
  }

  delete(namespace: string, key: string, expected: number | undefined, now: number): KvDeleteResult {
    return this.#transaction(namespace, ({ id, bytes, keys, version: last }) => {
      const name = encoder.encode(key);
      const old = this.#run.head.get(id, name) as unknown as HeadRow | undefined;
      const version = liveVersion(old, now);
      if (old === undefined || version === 0 || (expected !== undefined && expected !== version)) {
        return { status: 'kept', version };
      }
      this.#run.delete.run(id, name);
      this.#run.count.run(bytes - entryBytes(name.length, old.size), keys - 1, last, id);
      return { status: 'deleted' };
    });
  }

  list(namespace: string, { prefix, after, limit }: KvQuery, now: number): KvPage {
    const { id } = this.#namespace(namespace);
    // One lower bound: of two, SQLite would search for one and look at everything up to the other.
    const start = compareCodePoints(after, prefix) < 0 || after === '' ? prefix : `${after}\0`;
    const rows = this.#run.list.all(
      id,
      start === '' ? FIRST : encoder.encode(start),
      behind(encoder.encode(prefix)),
      limit + EXPIRED_AT_A_TIME + 1,
    ) as unknown as readonly ListedRow[];
    return pageOf(named(rows), limit, now);
  }

  usage(namespace: string): KvUsage {
    const { bytes, keys } = this.#namespace(namespace);
    return { bytes, keys };
  }

  clear(namespace: string): void {
    this.#transaction(namespace, ({ id, version }) => {
      this.#run.clear.run(id);
      this.#run.count.run(0, 0, version, id);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** Looked up each time: another process may have written. */
  #namespace(name: string): NamespaceRow {
    const found = this.#run.namespace.get(name) as unknown as NamespaceRow | undefined;
    if (found !== undefined) return found;
    this.#run.addNamespace.run(name);
    return this.#run.namespace.get(name) as unknown as NamespaceRow;
  }

  #transaction<T>(namespace: string, work: (namespace: NamespaceRow) => T): T {
    this.#run.begin.run();
    try {
      const result = work(this.#namespace(namespace));
      this.#run.commit.run();
      return result;
    } catch (error) {
      // After some failures SQLite has rolled back already.
      if (this.#database.isTransaction) this.#run.rollback.run();
      throw error;
    }
  }

  /** Clears some away. @returns what is left; undefined if there was nothing to clear */
  #dropExpired(id: number, but: Uint8Array, used: KvUsage, now: number): KvUsage | undefined {
    const rows = this.#run.expired.all(id, now, but, EXPIRED_AT_A_TIME) as unknown as readonly {
      readonly key: Uint8Array;
      readonly size: number;
    }[];
    if (rows.length === 0) return undefined;
    let { bytes } = used;
    for (const { key, size } of rows) {
      this.#run.delete.run(id, key);
      bytes -= entryBytes(key.length, size);
    }
    return { bytes, keys: used.keys - rows.length };
  }
}

const liveVersion = (row: HeadRow | undefined, now: number): number =>
  row === undefined || (row.expiresAt !== null && row.expiresAt <= now) ? 0 : row.version;

interface ListedRow {
  readonly key: Uint8Array;
  readonly expiresAt: number | null;
}

function* named(rows: readonly ListedRow[]): Generator<readonly [key: string, expiresAt: number | null]> {
  for (const { key, expiresAt } of rows) yield [decoder.decode(key), expiresAt];
}

/** What comes behind all keys that start with this. */
function behind(prefix: Uint8Array): Uint8Array {
  if (prefix.length === 0) return LAST;
  const next = prefix.slice();
  // UTF-8 has no byte 0xff, so there is no carry.
  next[next.length - 1] = (next.at(-1) as number) + 1;
  return next;
}
