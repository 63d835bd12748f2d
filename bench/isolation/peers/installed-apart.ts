/**
 * Peers with native addons stand in bench/peers, with a lockfile of their own: who installs Ringfence for development need not
 * build them. `npm ci --prefix bench/peers` brings them; without them their rows say so.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(import.meta.dirname, '../../peers/package.json'));
/** Where `npm ci` has put it; undefined where it has not. */
function find(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

export const whyMissing = (name: string): string | undefined =>
  find(name) === undefined ? `not installed: npm ci --prefix bench/peers` : undefined;

export function importPeer(name: string): Promise<unknown> {
  const file = find(name);
  if (file === undefined) throw new Error(`${name} is ${whyMissing(name)}`);
  return import(pathToFileURL(file).href);
}
