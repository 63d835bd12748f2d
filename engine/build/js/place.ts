/** Where the sources of a JavaScript plugin are. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { MANIFEST_FILE } from '../plugin-manifest.ts';

export interface ScriptPlace {
  /** The plugin's directory: plugin.json is there, and only files below it can be imported. */
  readonly dir: string;
  /** The main file from there, with slashes. */
  readonly main: string;
  /** What the plugin is called if its manifest does not say so. */
  readonly name: string;
}

const SCRIPTS: ReadonlySet<string> = new Set(['.js', '.mjs']);
/** In a directory that is named alone; the first that is there. */
const MAIN_FILES = ['plugin.js', 'src/plugin.js', 'index.js', 'src/index.js'];
const ASSEMBLYSCRIPT = 'assembly/index.ts';

/** Undefined for what is no JavaScript plugin, but maybe another one. */
export function locateScript(source: string): ScriptPlace | undefined {
  const path = resolve(source);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) return SCRIPTS.has(extname(path)) ? place(directoryOf(path), path) : undefined;
  if (existsSync(join(path, ASSEMBLYSCRIPT))) return undefined;
  const main = MAIN_FILES.find((file) => existsSync(join(path, file)));
  return main === undefined ? undefined : place(path, join(path, main));
}

/** A main file below `src` belongs to the directory above, if the manifest is there. */
function directoryOf(path: string): string {
  const dir = dirname(path);
  return !existsSync(join(dir, MANIFEST_FILE)) && existsSync(join(dirname(dir), MANIFEST_FILE)) ? dirname(dir) : dir;
}

function place(dir: string, path: string): ScriptPlace {
  const main = relative(dir, path).split(sep).join('/');
  const name = basename(path, extname(path));
  return { dir, main, name: (name === 'index' || name === 'plugin' ? basename(dir) : name).toLowerCase() };
}
