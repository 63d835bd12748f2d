/** Where a plugin's sources are. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { RingfenceError } from '../errors.ts';

export interface Place {
  /** The plugin's directory: plugin.json is there, and paths in diagnostics start there. */
  readonly dir: string;
  /** The main file as the compiler names it: relative to `dir`, without extension, with slashes. */
  readonly entry: string;
  /** What the plugin is called if its manifest does not say so. */
  readonly name: string;
}

const MAIN_FILE = 'assembly/index.ts';

/**
 * The place of a plugin that is named by its directory or by its main file. A main file in a directory `assembly` belongs to
 * the directory above.
 * @throws UNKNOWN_PLUGIN if there is no such file or directory
 */
export function locatePlugin(source: string): Place {
  const path = resolve(source);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw unknown(`there is no ${source}`, source);
  if (!stats.isDirectory()) {
    if (!path.endsWith('.ts')) throw unknown(`${source} is not a .ts file`, source);
    const dir = basename(dirname(path)) === dirname(MAIN_FILE) ? dirname(dirname(path)) : dirname(path);
    return place(dir, path);
  }
  const main = join(path, MAIN_FILE);
  if (!existsSync(main)) throw unknown(`${source} has no ${MAIN_FILE}`, source);
  return place(path, main);
}

function place(dir: string, main: string): Place {
  const name = basename(main, '.ts');
  return {
    dir,
    entry: relative(dir, main).replaceAll('\\', '/').replace(/\.ts$/, ''),
    name: (name === 'index' ? basename(dir) : name).toLowerCase(),
  };
}

function unknown(problem: string, source: string): RingfenceError {
  const message = `Expected a plugin's directory or its main file (${MAIN_FILE}), but ${problem}`;
  return new RingfenceError('UNKNOWN_PLUGIN', message, { stage: 'build', details: { source } });
}
