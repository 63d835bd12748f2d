/** The workers that were started since, so that tests can kill them. */
import type { Worker } from 'node:worker_threads';

export class SpawnedWorkers implements Disposable {
  readonly all: Worker[] = [];
  readonly #note = (worker: Worker): void => {
    this.all.push(worker);
  };

  constructor() {
    process.on('worker', this.#note);
  }

  /** How many there are still. */
  get alive(): number {
    return this.all.filter(({ threadId }) => threadId !== -1).length;
  }

  /** Ends all that run, at once. */
  async kill(): Promise<void> {
    await Promise.all(this.all.map((worker) => worker.terminate()));
  }

  [Symbol.dispose](): void {
    process.off('worker', this.#note);
  }
}
