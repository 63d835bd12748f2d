/** Where the bytes of a plugin come from. They are read once: what is hashed and checked is what runs. */
import { type BigIntStats, statSync } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRingfenceError, RingfenceError } from '../errors.ts';
import { STRUCTURE } from '../limits.ts';
import { sha256 } from './digest.ts';

/** A path, a `file:` URL, or the bytes themselves. */
export type PluginSource = string | URL | Uint8Array | ArrayBuffer;

export interface SourceBytes {
  /** Nobody else holds these bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
  /** Text of the `plugin.json` beside the file, if there is one. */
  readonly manifest: string | undefined;
  /** Where they were read from. */
  readonly path: string | undefined;
  /** For messages. */
  readonly name: string;
}

const MANIFEST_FILE = 'plugin.json';
const utf8 = new TextDecoder();

/**
 * Reads a plugin.
 * @param maxBytes nothing larger is read into memory
 * @throws UNKNOWN_PLUGIN, LIMIT_EXCEEDED (limit `wasmBytes`), INVALID_OPTION
 */
export async function readSource(source: PluginSource, maxBytes: number): Promise<SourceBytes> {
  if (isBytes(source)) {
    // A copy: the caller may change its own while we check and compile.
    const bytes = new Uint8Array(givenBytes(source, maxBytes));
    return { bytes, digest: await sha256(bytes), manifest: undefined, path: undefined, name: 'bytes' };
  }
  const path = pathOf(source);
  const { bytes } = await readPluginFile(path, maxBytes);
  return { bytes, digest: await sha256(bytes), manifest: await readBeside(path), path, name: basename(path) };
}

export const isBytes = (source: unknown): source is Uint8Array | ArrayBuffer =>
  source instanceof Uint8Array || source instanceof ArrayBuffer;

/** The caller's own bytes, which the caller may change at any time. @throws LIMIT_EXCEEDED */
export function givenBytes(source: Uint8Array | ArrayBuffer, maxBytes: number): Uint8Array {
  checkSize(source.byteLength, maxBytes, 'The plugin');
  return source instanceof ArrayBuffer ? new Uint8Array(source) : source;
}

/** @throws INVALID_OPTION */
export function pathOf(source: unknown): string {
  if (typeof source === 'string' && source !== '' && !source.includes('\0')) {
    return source.startsWith('file:') ? fileURLToPath(source) : source;
  }
  if (source instanceof URL && source.protocol === 'file:') return fileURLToPath(source);
  throw new RingfenceError(
    'INVALID_OPTION',
    `Expected a plugin as a path, a file: URL or bytes, got ${source instanceof URL ? source.href : typeof source}`,
    { stage: 'read' },
  );
}

export interface PluginFile {
  /** Nobody else holds these bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** As {@link identify} says; undefined where a change might go unnoticed. */
  readonly identity: string | undefined;
}

/** @throws UNKNOWN_PLUGIN, LIMIT_EXCEEDED (limit `wasmBytes`) */
export const readPluginFile = (path: string, maxBytes: number): Promise<PluginFile> =>
  readFileUpTo(path, maxBytes, 'wasmBytes');

/**
 * Which file is at a path, and when it was written to last: the same text as long as nobody has. Undefined where there is none.
 */
export function identify(path: string): string | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && identityOf(stats);
  } catch {
    // Whoever reads it will say what is wrong.
    return undefined;
  }
}

/**
 * The same of the `plugin.json` beside a plugin, but that there is none is something to know.
 * @param path of that file, see {@link besideOf}
 */
export function identifyBeside(path: string): string | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? NO_FILE : identityOf(stats);
  } catch {
    return undefined;
  }
}

const NO_FILE = 'none';
/** Where the `plugin.json` beside a plugin is, or would be. */
export const besideOf = (path: string): string => join(dirname(path), MANIFEST_FILE);

/** The kernel sets the time of the last change: nobody can set it back. */
const identityOf = ({ dev, ino, size, ctimeNs, mtimeNs }: BigIntStats): string =>
  `${dev}:${ino}:${size}:${ctimeNs}:${mtimeNs}`;

/**
 * A file that was changed just now can be changed again within the same tick of the clock that stamps it, and will look the
 * same. The coarsest of those clocks, that of FAT, has ticks of two seconds.
 */
const SETTLED_AFTER_NS = 3_000_000_000n;

const isSettled = ({ ctimeNs }: BigIntStats): boolean => BigInt(Date.now()) * 1_000_000n - ctimeNs > SETTLED_AFTER_NS;

/** @throws UNKNOWN_PLUGIN, LIMIT_EXCEEDED naming the limit */
export async function readFileUpTo(path: string, maxBytes: number, limit: string): Promise<PluginFile> {
  let file: FileHandle | undefined;
  try {
    // A pipe would have us wait for somebody who writes to it.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw new Error('it is not a file');
    const size = Number(before.size);
    checkSize(size, maxBytes, path, limit);
    const bytes = new Uint8Array(size);
    let length = 0;
    for (let bytesRead = -1; bytesRead !== 0 && length < size; length += bytesRead) {
      ({ bytesRead } = await file.read(bytes, length, size - length, null));
    }
    const after = await file.stat({ bigint: true });
    if (length < size || after.size !== before.size) throw new Error('it is being written to');
    const identity = identityOf(before);
    return { bytes, identity: isSettled(before) && identityOf(after) === identity ? identity : undefined };
  } catch (error) {
    throw isRingfenceError(error) ? error : unreadable(path, error);
  } finally {
    await file?.close();
  }
}

/** The `plugin.json` beside a plugin. */
export interface Beside {
  /** Its text; undefined where there is no such file. */
  readonly manifest: string | undefined;
  /** As {@link identifyBeside} says; undefined where a change might go unnoticed. */
  readonly identity: string | undefined;
}

/** @throws UNKNOWN_PLUGIN, LIMIT_EXCEEDED */
export async function lookBeside(path: string): Promise<Beside> {
  try {
    const { bytes, identity } = await readFileUpTo(besideOf(path), STRUCTURE.manifestBytes, 'manifestBytes');
    return { manifest: utf8.decode(bytes), identity };
  } catch (error) {
    const isMissing = isRingfenceError(error, 'UNKNOWN_PLUGIN') && error.details.reason === 'ENOENT';
    if (isMissing) return { manifest: undefined, identity: NO_FILE };
    throw error;
  }
}

/** Text of the `plugin.json` beside a plugin; undefined where there is none. @throws UNKNOWN_PLUGIN, LIMIT_EXCEEDED */
export const readBeside = async (path: string): Promise<string | undefined> => (await lookBeside(path)).manifest;

/** @throws LIMIT_EXCEEDED */
export function checkSize(size: number, maxBytes: number, what: string, limit = 'wasmBytes'): void {
  if (size <= maxBytes) return;
  throw new RingfenceError(
    'LIMIT_EXCEEDED',
    `${what} has ${size} bytes: at most ${maxBytes} are allowed (limit \`${limit}\`)`,
    { stage: 'read', details: { limit, used: size, allowed: maxBytes } },
  );
}

function unreadable(path: string, cause: unknown): RingfenceError {
  return new RingfenceError(
    'UNKNOWN_PLUGIN',
    `Cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      stage: 'read',
      details: { path, reason: cause instanceof Error && 'code' in cause ? cause.code : undefined },
      cause,
    },
  );
}
