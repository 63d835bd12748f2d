/**
 * The secret of a disk cache: a file of random bytes beside the entries, made by whoever comes first. Under it modules have their
 * names and entries their seals. Who knows it could look for two modules of the same name, so it is for its owner alone.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { distrust } from './cache-directory.ts';
import { SECRET_BYTES } from './digest.ts';

export const SECRET_FILE = 'secret';
const OWNER_ONLY = 0o600;
/** A link in its place is not followed, a pipe not waited for. Windows knows neither. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Reads the secret, or makes one. At once, as everything that is done once for a directory.
 * @throws an Error that says why it cannot be used
 */
export function openSecret(directory: string): Uint8Array {
  const path = join(directory, SECRET_FILE);
  return readSecret(path) ?? makeSecret(path);
}

/** Undefined where there is none, or none that is whole: what it was is lost, and with it what the entries are called. */
function readSecret(path: string): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, READ);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    const problem = stats.isFile() ? distrust(stats) : 'it is no file';
    if (problem !== undefined) throw new Error(`the file ${SECRET_FILE} in it cannot be trusted: ${problem}`);
    const secret = new Uint8Array(SECRET_BYTES + 1);
    if (readSync(file, secret, 0, secret.length, 0) === SECRET_BYTES) return secret.subarray(0, SECRET_BYTES);
  } finally {
    closeSync(file);
  }
  unlinkSync(path);
  return undefined;
}

/** It appears whole or not at all, and not before it has reached the disk: zeros after a crash would be no secret. */
function makeSecret(path: string): Uint8Array {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  const secret = randomBytes(SECRET_BYTES);
  const file = openSync(temporary, 'wx', OWNER_ONLY);
  try {
    writeSync(file, secret);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(temporary, path);
    unlinkSync(temporary);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') unlinkSync(temporary);
    // Some file systems have no links. The last of those who come at the same time is the first of those who stay.
    else renameSync(temporary, path);
  }
  // Another process may have been faster.
  return readSecret(path) ?? secret;
}
