/** The workers and child processes that were started since, so that tests can end them. */
import type { ChildProcess } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';

/** Tells the workers of an executor from other threads: a heap that nobody else has. */
export const HEAP_MIB = 61;
export const HEAP_BYTES = HEAP_MIB * 1024 * 1024;

interface Wall {
  readonly isAlive: () => boolean;
  readonly kill: () => Promise<unknown>;
}

/** Of executors whose `workerHeap` is {@link HEAP_BYTES}. */
export class Spawned implements Disposable {
  readonly children: ChildProcess[] = [];
  readonly #walls: Wall[] = [];

  constructor() {
    process.on('worker', this.#addWorker);
    channel('child_process').subscribe(this.#addChild);
  }

  /** How many there have been. */
  get count(): number {
    return this.#walls.length;
  }

  /** How many there are still. */
  get alive(): number {
    return this.#walls.filter(({ isAlive }) => isAlive()).length;
  }

  /** Ends all that run, at once. */
  async kill(): Promise<void> {
    await Promise.all(this.#walls.filter(({ isAlive }) => isAlive()).map(({ kill }) => kill()));
  }

  /** Ends one of those that run. */
  async killOne(which: number): Promise<void> {
    const alive = this.#walls.filter(({ isAlive }) => isAlive());
    await alive[which % alive.length]?.kill();
  }

  [Symbol.dispose](): void {
    process.off('worker', this.#addWorker);
    channel('child_process').unsubscribe(this.#addChild);
  }

  readonly #addWorker = (worker: Worker): void => {
    if (worker.resourceLimits?.maxOldGenerationSizeMb !== HEAP_MIB) return;
    this.#walls.push({ isAlive: () => worker.threadId !== -1, kill: () => worker.terminate() });
  };

  readonly #addChild = (message: unknown): void => {
    const { process: child } = message as { process: ChildProcess };
    this.children.push(child);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
    const kill = (): Promise<unknown> => {
      child.kill('SIGKILL');
      return gone;
    };
    this.#walls.push({ isAlive, kill });
  };
}
