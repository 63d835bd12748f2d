/** An executor whose instances can be recorded from some moment on, and no longer from another. */
import { bug } from '../errors.ts';
import type { Executor, ExecutorInstance } from '../executors/executor.ts';
import type { CallSettings, ExecutorName } from '../options.ts';
import type { RunnablePlugin } from '../runtime/runnable.ts';
import { RecordingExecutor } from './recording-executor.ts';
import type { RecordingFile } from './recording-file.ts';

export class RecordSwitch implements Executor {
  readonly name: ExecutorName;
  readonly #path: string | undefined;
  readonly #strike: (text: string) => string;
  readonly #inner: Executor;
  #current: Executor;

  /**
   * @param inner on the caller's thread
   * @param file to record to from the beginning on, whatever is switched later. It is the caller's to close
   * @param path of the plugin, if it has one
   * @param strike removes secrets
   */
  constructor(
    inner: Executor,
    file: RecordingFile | undefined,
    path: string | undefined,
    strike: (text: string) => string,
  ) {
    this.name = inner.name;
    this.#path = path;
    this.#strike = strike;
    this.#inner = file === undefined ? inner : new RecordingExecutor(inner, file, path, strike);
    this.#current = this.#inner;
  }

  /** Instances that are started from now on are recorded, to their end. @param file the caller's to close */
  on(file: RecordingFile): void {
    this.#current = new RecordingExecutor(this.#inner, file, this.#path, this.#strike);
  }

  /** Instances that are started from now on are not. */
  off(): void {
    this.#current = this.#inner;
  }

  start(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): Promise<ExecutorInstance> {
    return this.#current.start(plugin, settings, startedAt);
  }

  readonly startSync = (plugin: RunnablePlugin, settings: CallSettings, startedAt: number): ExecutorInstance => {
    const { startSync } = this.#current;
    if (startSync === undefined) throw bug('a recording of what does not run on this thread');
    return startSync(plugin, settings, startedAt);
  };

  release(plugin: RunnablePlugin): void {
    this.#inner.release(plugin);
  }

  /** The engine closes what is behind it. */
  async close(): Promise<void> {}
}
