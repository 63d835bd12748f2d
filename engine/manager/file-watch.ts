/** Tells when the file of a plugin has changed and is whole: however many events there are, once. */
import { dirname, resolve } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { pathOf } from '../runtime/source.ts';

/** Loaded with the first file that is watched. */
const loadChokidar = (): Promise<typeof import('chokidar')> => import('chokidar');

export interface FileWatchOptions {
  readonly source: string | URL;
  /** How long the file has to be quiet. */
  readonly settleMs: number;
  /** Must not throw. It is not called while the promise of its last call is pending; what changes meanwhile counts after it. */
  readonly onChange: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class FileWatch {
  readonly #options: FileWatchOptions;
  readonly #directory: string;
  readonly #paths: ReadonlySet<string>;
  readonly #opened: Promise<FSWatcher | undefined>;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #isDue = false;
  #isClosed = false;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    const path = resolve(pathOf(options.source));
    this.#directory = dirname(path);
    // The manifest beside it is a part of the plugin.
    this.#paths = new Set([path, resolve(this.#directory, 'plugin.json')]);
    this.#opened = this.#open().catch((error: unknown) => {
      options.onError(error);
      return undefined;
    });
  }

  /** Done when changes are noticed from then on. */
  async ready(): Promise<void> {
    await this.#opened;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await (await this.#opened)?.close();
  }

  async #open(): Promise<FSWatcher> {
    const { watch } = await loadChokidar();
    const { settleMs, onError } = this.#options;
    // The directory: a file that is deleted or replaced would take its own watch with it.
    const watcher = watch(this.#directory, {
      depth: 0,
      ignored: (path) => path !== this.#directory && !this.#paths.has(resolve(path)),
      ignoreInitial: true,
      persistent: false,
      awaitWriteFinish: { stabilityThreshold: settleMs, pollInterval: Math.max(10, Math.floor(settleMs / 4)) },
    });
    const touched = (path: string): void => this.#touched(path);
    watcher.on('add', touched).on('change', touched).on('error', onError);
    await new Promise<void>((done) => watcher.once('ready', done));
    return watcher;
  }

  #touched(path: string): void {
    if (this.#isClosed || !this.#paths.has(resolve(path))) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fire(), this.#options.settleMs);
    this.#timer.unref();
  }

  #fire(): void {
    this.#isDue = true;
    if (this.#isBusy || this.#isClosed) return;
    this.#isBusy = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false;
      try {
        await this.#options.onChange();
      } catch (error) {
        this.#options.onError(error);
      }
    }
    this.#isBusy = false;
  }
}
