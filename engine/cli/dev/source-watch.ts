/** Tells when something in a plugin's directory has changed that it is built or tested from. */
import { relative, resolve, sep } from 'node:path';

/** Editors write a file in several steps: what comes within this time is one edit. */
const SETTLE_MS = 20;
/** By the first part of the path: what is made from the sources, and what belongs to others. */
const PASSED_OVER = new Set(['node_modules', 'build', 'dist', 'coverage']);
const SOURCES = /\.(?:ts|js|mjs|cjs|json|wasm)$/;

export interface SourceChange {
  /** From the directory. */
  readonly files: readonly string[];
  /** By the clock of `performance.now`: when the first of them was noticed. */
  readonly noticedAt: number;
}

export interface SourceWatch {
  close(): Promise<void>;
}

/**
 * Watches a plugin's directory.
 * @param onChange is called once for each edit, and not while its last promise is pending: what changes meanwhile comes after it
 */
export async function watchSources(
  directory: string,
  onChange: (change: SourceChange) => Promise<void>,
): Promise<SourceWatch> {
  const { watch } = await import('chokidar');
  const root = resolve(directory);
  const inside = (path: string): string => relative(root, resolve(path)).split(sep).join('/');
  const isPassedOver = (path: string): boolean =>
    inside(path)
      .split('/')
      .some(
        (part, i) => (part.startsWith('.') && part.length > 1 && part !== '..') || (i === 0 && PASSED_OVER.has(part)),
      );
  // Watching alone keeps no process alive: of a directory that vanishes chokidar leaves a handle behind, also once it is closed.
  const watcher = watch(root, { ignoreInitial: true, ignored: isPassedOver, persistent: false });
  let files = new Set<string>();
  let noticedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;
  const fire = async (): Promise<void> => {
    if (isBusy || files.size === 0) return;
    isBusy = true;
    const change = { files: [...files], noticedAt };
    files = new Set();
    try {
      await onChange(change);
    } finally {
      isBusy = false;
      void fire();
    }
  };
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir' || !SOURCES.test(path)) return;
    if (files.size === 0) noticedAt = performance.now();
    files.add(inside(path));
    clearTimeout(timer);
    timer = setTimeout(() => void fire(), SETTLE_MS);
  });
  await new Promise<void>((done) => watcher.once('ready', done));
  return {
    close: async () => {
      clearTimeout(timer);
      files.clear();
      await watcher.close();
    },
  };
}
