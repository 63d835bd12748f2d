/** Where the entry files of workers and children are: beside this file in the sources, in a folder of their own in dist/. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RingfenceError } from '../../errors.ts';

export type EntryName = 'worker-main';

const found = new Map<EntryName, URL>();

/** @throws EXECUTOR_CRASHED where it is not: a bundler has taken the engine apart */
export function entryFile(name: EntryName): URL {
  const known = found.get(name);
  if (known !== undefined) return known;
  const candidates = [`./${name}.ts`, `./executors/${name}.js`, `./${name}.js`, `../executors/${name}.js`].map(
    (path) => new URL(path, import.meta.url),
  );
  const file = candidates.find((url) => existsSync(url));
  if (file === undefined) {
    throw new RingfenceError(
      'EXECUTOR_CRASHED',
      `The entry file ${name} is not where the engine's own files are (${fileURLToPath(candidates[1] as URL)}). ` +
        'Leave ringfence out of the bundle, or use the executor `inline`',
      { details: { started: false } },
    );
  }
  found.set(name, file);
  return file;
}
