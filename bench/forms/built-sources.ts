/**
 * What runs in the other forms, as JavaScript: plugins are shipped so, and stripping types at every start would be counted as
 * theirs. The folder has the same places as the sources, below the root, so that packages are found.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { builtPlugin } from '../../test/support/built-plugin.ts';

const ROOT = join(import.meta.dirname, '../..');
const BENCH = join(ROOT, 'bench');
const BUILT = join(ROOT, 'build/forms');
const IMPORT = /(from '\.[^']*)\.ts'/g;

export interface BuiltSources {
  /** Path of the plugin as WebAssembly. */
  readonly wasm: string;
  /** Folder in which `source/` and `hosts/` of this one stand as JavaScript. */
  readonly folder: string;
}

export async function buildSources(): Promise<BuiltSources> {
  const files = ['forms/source', 'forms/hosts'].flatMap((folder) =>
    readdirSync(join(BENCH, folder)).map((name) => join(BENCH, folder, name)),
  );
  for (const file of [...files, join(BENCH, 'support/grpc.ts')]) {
    const to = join(BUILT, relative(BENCH, file));
    mkdirSync(dirname(to), { recursive: true });
    if (!file.endsWith('.ts')) copyFileSync(file, to);
    else writeFileSync(to.replace(/\.ts$/, '.js'), toJavaScript(readFileSync(file, 'utf8')));
  }
  const wasm = join(BUILT, 'music-source.wasm');
  writeFileSync(wasm, await builtPlugin(join(ROOT, 'plugins/music-source')));
  return { wasm, folder: join(BUILT, 'forms') };
}

const toJavaScript = (text: string): string => stripTypeScriptTypes(text).replaceAll(IMPORT, "$1.js'");
