/** The HTTP exchanges that one call has open, behind small integers: what the guest holds of them. */
import type { HttpFailure, HttpHead, HttpOpened } from './http-service.ts';

/** A request whose body is still being written, or an answer. */
export type HttpHandle = HttpOpened | HttpHead;

export class HttpHandles {
  readonly #open = new Map<number, HttpHandle>();
  #lastHandle = 0;
  /** What went wrong last in this call. */
  failure: HttpFailure | undefined;

  open(exchange: HttpHandle): number {
    this.#lastHandle++;
    this.#open.set(this.#lastHandle, exchange);
    return this.#lastHandle;
  }

  get(handle: number): HttpHandle | undefined {
    return this.#open.get(handle);
  }

  /** The answer, once it is there. */
  head(handle: number): HttpHead | undefined {
    const found = this.#open.get(handle);
    return found !== undefined && 'status' in found ? found : undefined;
  }

  /** The answer to a request that was open. */
  answer(handle: number, head: HttpHead): void {
    this.#open.set(handle, head);
  }

  forget(handle: number): void {
    this.#open.delete(handle);
  }

  clear(): void {
    if (this.#lastHandle === 0 && this.failure === undefined) return;
    this.#open.clear();
    this.#lastHandle = 0;
    this.failure = undefined;
  }
}
