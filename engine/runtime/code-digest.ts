/** Identifies the code that this process runs: what it has metered is of use to no other. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownFile } from '../own-file.ts';

let digest: Promise<string> | undefined;

/**
 * SHA-256 over the engine's own files: a version number would not change with the code that somebody is working on, and not
 * with a patched copy. Read once in a process, and only where a disk cache is used.
 */
export function codeDigest(): Promise<string> {
  digest ??= digestOfFiles(fileURLToPath(ownFile('index')));
  return digest;
}

async function digestOfFiles(entry: string): Promise<string> {
  const directory = dirname(entry);
  const names = await readdir(directory, { recursive: true });
  const own = names.filter((name) => extname(name) === extname(entry)).sort();
  const contents = await Promise.all(own.map((name) => readFile(join(directory, name))));
  const hash = createHash('sha256');
  own.forEach((name, i) => {
    const content = contents[i] as Buffer;
    hash.update(`${name}\0${content.length}\0`).update(content);
  });
  return hash.digest('hex');
}
