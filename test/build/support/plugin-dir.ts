/** A plugin's directory outside the repository, as a new user has one: no package.json, no node_modules. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface PluginDir extends Disposable {
  readonly path: string;
}

/** Writes files by their paths; what is not text becomes JSON. A plugin.json is added unless there is one. */
export function pluginDir(files: Readonly<Record<string, unknown>>): PluginDir {
  const path = mkdtempSync(join(tmpdir(), 'ringfence-build-'));
  const all = { 'plugin.json': { name: 'tried', version: '1.2.3' }, ...files };
  for (const [name, content] of Object.entries(all)) {
    if (content === undefined) continue;
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A directory whose main file has this text. */
export function pluginWith(main: string, manifest?: unknown): PluginDir {
  return pluginDir({ 'assembly/index.ts': main, ...(manifest === undefined ? {} : { 'plugin.json': manifest }) });
}
