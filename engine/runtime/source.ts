/** Where the bytes of a plugin come from. They are read once: what is hashed and checked is what runs. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRingfenceError, RingfenceError } from '../errors.ts';
import { STRUCTURE } from '../limits.ts';

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
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    checkSize(source.byteLength, maxBytes, 'wasmBytes', 'The plugin');
    // A copy: the caller may change its own while we check and compile.
    const bytes = new Uint8Array(source.byteLength);
    bytes.set(source instanceof ArrayBuffer ? new Uint8Array(source) : source);
    return { bytes, digest: digestOf(bytes), manifest: undefined, path: undefined, name: 'bytes' };
  }
  const path = pathOf(source);
  const bytes = await readFileUpTo(path, maxBytes, 'wasmBytes');
  return { bytes, digest: digestOf(bytes), manifest: await readBeside(path), path, name: basename(path) };
}

function pathOf(source: unknown): string {
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

async function readFileUpTo(path: string, maxBytes: number, limit: string): Promise<Uint8Array<ArrayBuffer>> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a file');
    checkSize(stat.size, maxBytes, limit, path);
    // One byte more than the size, to see whether the file has grown meanwhile.
    const buffer = new Uint8Array(stat.size + 1);
    let length = 0;
    for (let bytesRead = -1; bytesRead !== 0 && length < buffer.length; length += bytesRead) {
      ({ bytesRead } = await file.read(buffer, length, buffer.length - length, null));
    }
    if (length === buffer.length) throw new Error('it is being written to');
    return buffer.slice(0, length);
  } catch (error) {
    throw isRingfenceError(error) ? error : unreadable(path, error);
  } finally {
    await file?.close();
  }
}

async function readBeside(path: string): Promise<string | undefined> {
  const beside = join(dirname(path), MANIFEST_FILE);
  try {
    return utf8.decode(await readFileUpTo(beside, STRUCTURE.manifestBytes, 'manifestBytes'));
  } catch (error) {
    if (isRingfenceError(error, 'UNKNOWN_PLUGIN') && error.details.reason === 'ENOENT') return undefined;
    throw error;
  }
}

function checkSize(size: number, maxBytes: number, limit: string, what: string): void {
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

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
