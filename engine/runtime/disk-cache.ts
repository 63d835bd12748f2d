/**
 * Metered modules on disk, for the next process: a directory with a file for each module, limits and version of the engine.
 * Processes share it without talking to each other. A file appears whole or not at all, and is believed only if its content
 * has the seal that it states, under the secret of the directory. Whatever goes wrong costs time and nothing else: the module is metered anew.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, futimesSync, openSync, read, readSync } from 'node:fs';
import { readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { distrust, openDirectory } from './cache-directory.ts';
import { openSecret, SECRET_FILE } from './cache-secret.ts';
import { compile } from './compiled-module.ts';
import { SecretHash } from './digest.ts';
import { BadEntry, type DiskEntry, encodeEntry, readEntry } from './disk-entry.ts';

export interface DiskCacheOptions {
  readonly directory: string;
  /** All entries together. @default 512 MiB */
  readonly maxBytes?: number | undefined;
  /** Told once of each kind of trouble. */
  readonly warn: (message: string) => void;
}

export interface DiskCacheCounts {
  /** Entries that were used. */
  readonly hits: number;
  readonly misses: number;
  /** Files that were there and were not believed. Each is a miss too. */
  readonly rejected: number;
  readonly written: number;
  /** Entries that could not be written. */
  readonly failed: number;
  /** Entries that made room for others. */
  readonly evicted: number;
}

/** An entry, and its module, which V8 has been compiling since it was read. */
export interface FoundEntry extends DiskEntry {
  readonly module: Promise<WebAssembly.Module>;
}

const MiB = 1024 * 1024;
const DEFAULT_MAX_BYTES = 512 * MiB;
/** No entry is a larger part of the cache. */
const LARGEST_PART = 1 / 4;
/** Making room leaves this much of it in use, so that not every write has to. */
const FULL_AFTER_EVICTION = 3 / 4;
/** Other processes write too: the directory is looked through again after as many writes. */
const WRITES_BETWEEN_LOOKS = 64;
/** The time of use of an entry is noted when the last note is older than this. */
const NOTE_AFTER_MS = 60_000;
/** A temporary file that is older was left by a process that died. */
const ABANDONED_AFTER_MS = 600_000;

const ENTRY = /^[0-9a-f]{64}\.rfm$/;
const TEMPORARY = new RegExp(`^(?:[0-9a-f]{64}\\.rfm|${SECRET_FILE})\\.[0-9a-f]{16}\\.tmp$`);
const OWNER_ONLY = 0o600;
/** A link in place of a file is not followed, a pipe not waited for. Windows knows neither. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Where the entries are, and the secret under which they are named and sealed. */
interface Place {
  readonly directory: string;
  readonly secret: SecretHash;
}

export class DiskCache {
  readonly #options: DiskCacheOptions;
  readonly #maxBytes: number;
  readonly #counts = { hits: 0, misses: 0, rejected: 0, written: 0, failed: 0, evicted: 0 };
  readonly #warned = new Set<string>();
  readonly #busy = new Set<Promise<void>>();
  /** Null where it cannot be used; undefined before the first look. */
  #place: Place | null | undefined;
  /** What the entries take, as far as this process knows; undefined before the first look. */
  #usedBytes: number | undefined;
  #writes = 0;
  /** Looking through the directory, by one at a time. */
  #making: Promise<void> | undefined;

  /** Touches nothing before the first entry is asked for. */
  constructor(options: DiskCacheOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  get counts(): DiskCacheCounts {
    return { ...this.#counts };
  }

  /**
   * What a module is called in this cache: part of the key of its entries, and for nobody else to see.
   * @param bytes nobody may change them until the answer is there
   * @returns undefined where the cache cannot be used
   */
  async nameOf(bytes: Uint8Array): Promise<string | undefined> {
    return this.#open()?.secret.nameOfLarge(bytes);
  }

  /**
   * @param key text that names all that the entry depends on
   * @param maxBytes an entry that is larger is not read
   * @returns undefined where there is none that can be believed; never throws
   */
  async read(key: string, maxBytes: number): Promise<FoundEntry | undefined> {
    const place = this.#open();
    if (place === null) return undefined;
    const path = join(place.directory, fileName(key));
    let found: FoundEntry | undefined;
    try {
      const sealed = readEntry(await readOwnFile(path, maxBytes), key, place.secret);
      // Compiling runs nothing of the module, and V8 checks what it compiles. It goes on while the seal is compared.
      const module = compile(sealed.wasm);
      module.catch(() => {});
      found = { ...(await sealed.open()), module };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#reject(path, error);
    }
    this.#counts[found === undefined ? 'misses' : 'hits']++;
    return found;
  }

  /** Writes an entry, in its own time: {@link settle} waits for it. */
  write(key: string, entry: DiskEntry): void {
    const writing = this.#write(key, entry)
      .catch((error: unknown) => {
        this.#counts.failed++;
        this.#warn('write', error);
      })
      .finally(() => this.#busy.delete(writing));
    this.#busy.add(writing);
  }

  /** Waits for what is being written. */
  async settle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  async #write(key: string, entry: DiskEntry): Promise<void> {
    const place = this.#open();
    if (place === null) return;
    const { directory, secret } = place;
    const bytes = await encodeEntry(key, entry, secret);
    if (bytes.length > this.#maxBytes * LARGEST_PART) return;
    const name = fileName(key);
    await writeWhole(join(directory, name), bytes);
    this.#counts.written++;
    await this.#makeRoom(directory, bytes.length);
  }

  #open(): Place | null {
    if (this.#place !== undefined) return this.#place;
    try {
      const directory = openDirectory(this.#options.directory);
      this.#place = { directory, secret: new SecretHash(openSecret(directory)) };
    } catch (error) {
      this.#warn('use', error);
      this.#place = null;
    }
    return this.#place;
  }

  /** What cannot be believed would be found again every time. */
  #reject(path: string, error: unknown): void {
    this.#counts.rejected++;
    this.#warn('read an entry of', error);
    if (error instanceof BadEntry) unlink(path).catch(() => {});
  }

  async #makeRoom(directory: string, writtenBytes: number): Promise<void> {
    if (this.#usedBytes !== undefined) this.#usedBytes += writtenBytes;
    const isDue = this.#usedBytes === undefined || ++this.#writes % WRITES_BETWEEN_LOOKS === 0;
    if (!isDue && (this.#usedBytes as number) <= this.#maxBytes) return;
    this.#making ??= this.#evict(directory).finally(() => {
      this.#making = undefined;
    });
    await this.#making;
  }

  /** Removes the entries that were not used for the longest time, until the rest is well below the limit. */
  async #evict(directory: string): Promise<void> {
    const files = await list(directory);
    let used = files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (used > this.#maxBytes) {
      files.sort((a, b) => a.usedAt - b.usedAt);
      for (const { path, bytes } of files) {
        if (used <= this.#maxBytes * FULL_AFTER_EVICTION) break;
        // Another process may have been faster.
        await unlink(path).catch(() => {});
        used -= bytes;
        this.#counts.evicted++;
      }
    }
    this.#usedBytes = used;
  }

  #warn(what: string, error: unknown): void {
    if (this.#warned.has(what)) return;
    this.#warned.add(what);
    const why = error instanceof Error ? error.message : String(error);
    this.#options.warn(`Cannot ${what} the module cache ${this.#options.directory}: ${why}. Loading is slower`);
  }
}

/** The name says nothing of the module: what it depends on is hashed. */
const fileName = (key: string): string => `${createHash('sha256').update(key).digest('hex')}.rfm`;

/** Read at once: a fraction of a millisecond, if the system has the file in memory. */
const SMALL_BYTES = 512 * 1024;
const readLater = promisify(read);

/**
 * To open a file and to look at it takes microseconds; a trip to another thread and back for each step takes many times as long. So
 * only the content of large ones is waited for.
 * @throws whatever keeps it from being read and believed
 */
async function readOwnFile(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = openSync(path, READ);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new BadEntry('it is no file');
    const problem = distrust(stats);
    if (problem !== undefined) throw new Error(problem);
    const { size } = stats;
    if (size > maxBytes) throw new BadEntry(`it has ${size} bytes`);
    const bytes = new Uint8Array(size);
    let length = 0;
    for (let bytesRead = -1; bytesRead !== 0 && length < size; length += bytesRead) {
      if (size <= SMALL_BYTES) bytesRead = readSync(file, bytes, length, size - length, null);
      else ({ bytesRead } = await readLater(file, bytes, length, size - length, null));
    }
    if (length < size) throw new BadEntry('it is cut off');
    if (Date.now() - stats.mtimeMs > NOTE_AFTER_MS) noteUse(file);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** The least recently used go first. In a directory that can only be read nobody makes room. */
function noteUse(file: number): void {
  const now = new Date();
  try {
    futimesSync(file, now, now);
  } catch {
    // Nobody makes room here.
  }
}

/**
 * The file appears whole or not at all: it is written under another name first. Nothing waits until it has reached the disk:
 * after a crash of the machine a file may be there without its content, and its seal will say so.
 */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, bytes, { flag: 'wx', mode: OWNER_ONLY });
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

interface CachedFile {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

/** The entries of a directory. What dead processes have left is removed on the way; nothing else is touched. */
async function list(directory: string): Promise<CachedFile[]> {
  const files: CachedFile[] = [];
  for (const name of await readdir(directory)) {
    const isTemporary = TEMPORARY.test(name);
    if (!isTemporary && !ENTRY.test(name)) continue;
    const path = join(directory, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    if (!isTemporary) files.push({ path, bytes: stats.size, usedAt: stats.mtimeMs });
    else if (Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS) await unlink(path).catch(() => {});
  }
  return files;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
