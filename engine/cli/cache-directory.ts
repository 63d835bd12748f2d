/** Where the command line keeps metered modules: below the directory that the system has for such things. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * @param given a directory, `false` for none; undefined for that of the user
 * @returns what `createEngine` takes as `cache`
 */
export function cacheDirectory(given: string | false | undefined): string | false {
  return given ?? join(userCache(), 'ringfence', 'modules');
}

function userCache(): string {
  const { LOCALAPPDATA: local, XDG_CACHE_HOME: xdg } = process.env;
  if (process.platform === 'win32') return local ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  // The specification of these directories: a relative path is to be ignored.
  return xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
}
