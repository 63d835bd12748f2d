/**
 * The body of a request that the guest writes piece by piece: one piece waits here, and the guest waits until the one before it
 * has been taken, so that a slow server slows the guest down and fills nobody's memory.
 */
export class UploadBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  /** Bytes given to the connection. */
  bytes = 0;
  #piece: Uint8Array | undefined;
  #state: 'open' | 'ended' | 'unwanted' = 'open';
  #change = Promise.withResolvers<void>();

  /** Bytes that wait to be taken. */
  get waiting(): number {
    return this.#piece?.length ?? 0;
  }

  /** @returns once the piece before this one has been taken; false when nobody wants any more */
  async write(piece: Uint8Array): Promise<boolean> {
    while (this.#piece !== undefined && this.#state === 'open') await this.#change.promise;
    if (this.#state !== 'open') return false;
    this.#piece = piece;
    this.#changed();
    return true;
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#changed();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (this.#piece === undefined && this.#state === 'open') await this.#change.promise;
    const piece = this.#piece;
    this.#piece = undefined;
    this.#changed();
    if (piece === undefined) return { done: true, value: undefined };
    this.bytes += piece.length;
    return { done: false, value: piece };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.cancel();
    return { done: true, value: undefined };
  }

  /** Nobody takes pieces any more: the request is over, however it ended. */
  cancel(): void {
    this.#state = 'unwanted';
    this.#piece = undefined;
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
