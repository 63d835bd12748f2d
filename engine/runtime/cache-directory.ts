/**
 * The directory of a disk cache. Whoever can write to it chooses what runs, so it has to belong to the user of this process (or
 * to root), and nobody else may be able to write to it. The same is asked of every file in it.
 */
import { mkdirSync, realpathSync, type Stats, statSync } from 'node:fs';

const OWNER_ONLY = 0o700;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes the directory where there is none, for its owner alone. At once: it is done for once, and a trip to another thread for
 * each step takes many times as long as they do.
 * @returns its path with all links resolved: a link that is changed later changes nothing
 * @throws an Error that says why it cannot be used
 */
export function openDirectory(path: string): string {
  const real = realOf(path) ?? madeAt(path);
  const stats = statSync(real);
  if (!stats.isDirectory()) throw new Error('it is no directory');
  const problem = distrust(stats);
  if (problem !== undefined) throw new Error(problem);
  return real;
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function madeAt(path: string): string {
  mkdirSync(path, { recursive: true, mode: OWNER_ONLY });
  return realpathSync(path);
}

/** Why what is in a file or directory could be somebody else's; undefined where it is ours. On Windows nothing is asked. */
export function distrust({ uid, mode }: Stats): string | undefined {
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  if (uid !== own && uid !== 0) return `it belongs to user ${uid}, and this process runs as user ${own}`;
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    return `others than its owner may write to it (mode ${(mode & 0o777).toString(8)}): use chmod go-w`;
  }
  return undefined;
}
