/** Where npm has a package from, if that was a file: who installs one that way has no other to depend on. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * @param dir of the package
 * @param name of the package, or of one that was installed beside it
 * @returns the path of the archive or directory; undefined where npm had it from a registry, or was not what installed it
 */
export function installedFrom(dir: string, name: string): string | undefined {
  const modules = dirname(dir);
  try {
    const text = readFileSync(join(modules, '.package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as { packages?: Record<string, { resolved?: unknown } | undefined> };
    const resolved = packages?.[`node_modules/${name}`]?.resolved;
    if (typeof resolved !== 'string' || !resolved.startsWith('file:')) return undefined;
    return resolve(dirname(modules), resolved.slice('file:'.length));
  } catch {
    // Another package manager, or none.
    return undefined;
  }
}
