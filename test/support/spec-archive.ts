/**
 * The official WebAssembly test suite, compiled: JSON commands and the modules that they name. The archive is not part of
 * the repository; it is looked for in the directory RINGFENCE_SPEC_DIR, else in `../shared/data`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FILE = 'wasm-spec-2.0-draft1.tgz';
const REPOSITORY = resolve(import.meta.dirname, '../..');

export const specArchivePath: string = join(process.env.RINGFENCE_SPEC_DIR ?? join(REPOSITORY, '../shared/data'), FILE);
export const hasSpecArchive: boolean = existsSync(specArchivePath);
if (!hasSpecArchive) {
  console.warn(`skipped: the spec test suite is not at ${specArchivePath} (set RINGFENCE_SPEC_DIR to its directory)`);
}

export interface SpecCommand {
  readonly type: string;
  readonly line: number;
  readonly filename?: string;
  readonly module_type?: 'binary' | 'text';
  readonly text?: string;
}

/** A module of the suite and what the suite says of it. */
export interface SpecModule {
  readonly file: string;
  readonly verdict: 'valid' | 'invalid' | 'malformed';
  /** Why it is not valid. */
  readonly reason: string | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const VERDICTS: Readonly<Record<string, SpecModule['verdict']>> = {
  module: 'valid',
  assert_uninstantiable: 'valid',
  assert_unlinkable: 'valid',
  assert_invalid: 'invalid',
  assert_malformed: 'malformed',
};

/** The files of the archive by name. */
export function readSpecArchive(): Map<string, Uint8Array<ArrayBuffer>> {
  return untar(new Uint8Array(gunzipSync(readFileSync(specArchivePath))));
}

/** All binary modules of the suite, in its order. */
export function readSpecModules(files = readSpecArchive()): SpecModule[] {
  const modules: SpecModule[] = [];
  for (const [file, bytes] of files) {
    if (!file.endsWith('.json')) continue;
    const { commands } = JSON.parse(new TextDecoder().decode(bytes)) as { commands: SpecCommand[] };
    for (const { type, filename, text } of commands) {
      const verdict = VERDICTS[type];
      const content = filename === undefined ? undefined : files.get(filename);
      if (verdict === undefined || filename === undefined || content === undefined) continue;
      modules.push({ file: filename, verdict, reason: text, bytes: content });
    }
  }
  return modules;
}

/** Enough of tar for this archive: plain files with short names. */
function untar(tar: Uint8Array): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const text = (from: number, size: number): string =>
    new TextDecoder().decode(tar.subarray(from, from + size)).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const kind = text(at + 156, 1);
    if (kind === '0' || kind === '')
      files.set(text(at, 100).replace(/^\.\//, ''), tar.slice(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
