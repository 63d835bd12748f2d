/** Work that is done one after the other. Whatever is asked for while something is under way happens after it. */
export class OperationQueue {
  #work: Promise<unknown> = Promise.resolve();
  #operation = new AbortController();

  /** Of what is under way: fires when it is aborted. */
  get signal(): AbortSignal {
    return this.#operation.signal;
  }

  /** What one throws is its caller's, and keeps none after it from being done. */
  next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(() => {
      this.#operation = new AbortController();
      return work();
    });
    this.#work = done.catch(() => {});
    return done;
  }

  /** Tells what is under way that it is of no use any more; what waits is not told. */
  abort(reason: unknown): void {
    this.#operation.abort(reason);
  }

  /** Done when nothing is under way. Never rejects. */
  async settled(): Promise<void> {
    await this.#work;
  }
}
