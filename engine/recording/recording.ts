/** The plugins of an engine, written down while they run: a file for each of them, in one directory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkNames, invalid, show } from '../option-checks.ts';
import { RecordingFile } from './recording-file.ts';

export interface RecordOptions {
  /** Ids of the plugins to record; they may be loaded later. @default all */
  readonly plugins?: readonly string[] | undefined;
}

/** A plugin that can be recorded. */
export interface Recordable {
  /** What it starts from now on is recorded. @param file the recording's to close */
  on(file: RecordingFile): void;
  off(): void;
}

/** What `engine.record` returns. */
export class Recording implements AsyncDisposable {
  readonly directory: string;
  readonly #plugins: ReadonlySet<string> | undefined;
  readonly #warn: (message: string) => void;
  readonly #onStopped: () => void;
  readonly #recorded = new Map<Recordable, Promise<RecordingFile>>();
  readonly #files: string[] = [];
  /** By plugin id, how often it was loaded. */
  readonly #loads = new Map<string, number>();
  #stopping: Promise<void> | undefined;

  /**
   * Engines do this: see `engine.record`.
   * @param warn told when writing fails
   * @param onStopped called once
   * @throws INVALID_OPTION
   */
  constructor(directory: string, options: RecordOptions, warn: (message: string) => void, onStopped: () => void) {
    checkNames('record', options, ['plugins']);
    const { plugins } = options;
    if (typeof directory !== 'string' || directory === '')
      throw invalid(`Expected \`record\` to be given a directory, got ${show(directory)}`, { option: 'directory' });
    if (plugins !== undefined && !(Array.isArray(plugins) && plugins.every((id) => typeof id === 'string'))) {
      throw invalid(`Expected \`plugins\` of \`record\` to be a list of ids, got ${show(plugins)}`, {
        option: 'plugins',
      });
    }
    this.directory = directory;
    this.#plugins = plugins === undefined ? undefined : new Set(plugins);
    this.#warn = warn;
    this.#onStopped = onStopped;
  }

  /** Paths of the files so far: `<id>.jsonl`, and `<id>.2.jsonl` for a plugin that was loaded a second time. */
  get files(): readonly string[] {
    return [...this.#files];
  }

  /** Whether plugins of this id are recorded: `named` where somebody asked for this one. */
  concerns(id: string): 'no' | 'yes' | 'named' {
    if (this.#stopping !== undefined) return 'no';
    if (this.#plugins === undefined) return 'yes';
    return this.#plugins.has(id) ? 'named' : 'no';
  }

  /** Records what this plugin starts from now on. Doing it again does nothing. @throws INVALID_OPTION for a file that cannot be written */
  async begin(id: string, plugin: Recordable): Promise<void> {
    let file = this.#recorded.get(plugin);
    if (file === undefined) {
      file = this.#create(id);
      this.#recorded.set(plugin, file);
    }
    const opened = await file;
    if (this.#recorded.has(plugin)) plugin.on(opened);
  }

  /** The plugin is unloaded. */
  async end(plugin: Recordable): Promise<void> {
    const file = this.#recorded.get(plugin);
    this.#recorded.delete(plugin);
    plugin.off();
    // Whoever began it was told if it could not be opened.
    await (await file?.catch(() => undefined))?.close();
  }

  /**
   * Ends the recording: the files are complete. The plugins go on; those of their instances that were recorded cost a little more
   * until they are replaced. Calling it again returns the same promise.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#onStopped();
    await Promise.all([...this.#recorded.keys()].map((plugin) => this.end(plugin)));
  }

  async #create(id: string): Promise<RecordingFile> {
    const load = (this.#loads.get(id) ?? 0) + 1;
    this.#loads.set(id, load);
    // Ids are not names of files: they may have slashes.
    const path = join(this.directory, `${encodeURIComponent(id)}${load === 1 ? '' : `.${load}`}.jsonl`);
    await mkdir(this.directory, { recursive: true }).catch((cause: Error) => {
      throw invalid(`Cannot write recordings to the directory: ${cause.message}`, { option: 'directory' });
    });
    const file = await RecordingFile.create(path, this.#warn);
    this.#files.push(path);
    return file;
  }
}
