/**
 * Files that were read before: what is in them is known as long as nobody has written to them, nor to the `plugin.json` beside
 * them. To find out takes two looks at the file system, which are done at once: a trip to another thread takes fifty times as
 * long as they do.
 */
import { Lru } from './lru.ts';
import { type Beside, besideOf, identify, identifyBeside } from './source.ts';

export interface KnownFile {
  /** As {@link identify} says. */
  readonly identity: string;
  /** SHA-256 of its content. */
  readonly digest: string;
  /** Undefined where nobody asked for it. */
  readonly beside: Beside | undefined;
}

const BYTES = 8 * 1024 * 1024;
const OVERHEAD_BYTES = 1_000;

export class KnownFiles {
  readonly #files = new Lru<string, KnownFile & { readonly besideAt: string }>(
    BYTES,
    ({ beside }) => OVERHEAD_BYTES + 2 * (beside?.manifest?.length ?? 0),
  );

  remember(path: string, file: KnownFile): void {
    this.#files.set(path, { ...file, besideAt: besideOf(path) });
  }

  /**
   * @param needsBeside whether what is beside it must be known, too
   * @returns undefined where it has to be read
   */
  find(path: string, needsBeside: boolean): KnownFile | undefined {
    const file = this.#files.get(path);
    if (file === undefined || identify(path) !== file.identity) return undefined;
    if (!needsBeside) return file;
    const { beside, besideAt } = file;
    return beside?.identity !== undefined && identifyBeside(besideAt) === beside.identity ? file : undefined;
  }
}
