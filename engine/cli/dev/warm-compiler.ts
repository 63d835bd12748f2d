/** The compiler in a thread of its own, kept for the next build: plugins go on answering while it works. */
import { Worker } from 'node:worker_threads';
import { bug, RingfenceError } from '../../errors.ts';
import { ownFile } from '../../own-file.ts';
import type { BuildAnswer, BuildRequest, BuiltInThread } from './compiler-protocol.ts';

export class WarmCompiler {
  #worker: Worker | undefined;
  /** Builds come one after the other. */
  #work: Promise<unknown> = Promise.resolve();

  /**
   * Compiles a plugin without optimisation, and writes it.
   * @throws what `buildPlugin` throws; BUILD_FAILED where the compiler took its thread along: the next build gets a fresh one
   */
  build(request: BuildRequest): Promise<BuiltInThread> {
    const done = this.#work.then(() => this.#build(request));
    this.#work = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #build(request: BuildRequest): Promise<BuiltInThread> {
    this.#worker ??= new Worker(ownFile('cli/dev/compiler-thread'));
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
        end();
      };
      const lost = (why: string, cause?: unknown): void => {
        if (this.#worker === worker) this.#worker = undefined;
        const message = `The compiler has ended: ${why}`;
        settle(() => reject(new RingfenceError('BUILD_FAILED', message, { stage: 'build', cause })));
      };
      const onAnswer = (answer: BuildAnswer): void =>
        settle(() => (answer.ok ? resolve(answer.value) : reject(RingfenceError.fromJSON(answer.error))));
      const onError = (error: unknown): void => lost(error instanceof Error ? error.message : String(error), error);
      const onExit = (): void => lost('its thread was stopped');
      worker.on('message', onAnswer).on('error', onError).on('exit', onExit);
      if (this.#worker === undefined) reject(bug('the compiler was closed while it was started'));
      else worker.postMessage(request);
    });
  }
}
