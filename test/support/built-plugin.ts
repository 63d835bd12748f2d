/** Plugins built for tests: once for all test files, as long as nothing that goes into them changes. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPlugin } from '../../engine/build/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = join(tmpdir(), 'ringfence-test-builds');
/** What goes into every plugin: the SDK, the build, and the compiler, whose version the lockfile has. */
const TOOLCHAIN = ['guest-sdk/assembly', 'engine/build', 'package-lock.json'];

const building = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** @param source the folder of a plugin */
export function builtPlugin(source: string): Promise<Uint8Array<ArrayBuffer>> {
  let wasm = building.get(source);
  if (wasm === undefined) {
    wasm = build(source);
    building.set(source, wasm);
  }
  return wasm;
}

async function build(source: string): Promise<Uint8Array<ArrayBuffer>> {
  const hash = createHash('sha256').update(source);
  for (const path of [...TOOLCHAIN.map((name) => join(ROOT, name)), source]) addFiles(hash, path);
  const file = join(BUILT, `${hash.digest('hex')}.wasm`);
  try {
    return new Uint8Array(readFileSync(file));
  } catch {
    const { wasm } = await buildPlugin({ source, outDir: false });
    mkdirSync(BUILT, { recursive: true });
    const part = `${file}.${process.pid}`;
    writeFileSync(part, wasm);
    renameSync(part, file);
    return wasm;
  }
}

function addFiles(hash: ReturnType<typeof createHash>, path: string): void {
  try {
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) addFile(hash, join(entry.parentPath, entry.name));
    }
  } catch {
    addFile(hash, path);
  }
}

function addFile(hash: ReturnType<typeof createHash>, path: string): void {
  const bytes = readFileSync(path);
  hash.update(`${path} ${bytes.length}\n`).update(bytes);
}
