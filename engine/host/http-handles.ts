/** The HTTP answers that one call has open, behind small integers: what the guest holds of them. */
import type { HttpFailure, HttpHead } from './http-service.ts';

export class HttpHandles {
  readonly #open = new Map<number, HttpHead>();
  #lastHandle = 0;
  /** What went wrong last in this call. */
  failure: HttpFailure | undefined;

  open(head: HttpHead): number {
    this.#lastHandle++;
    this.#open.set(this.#lastHandle, head);
    return this.#lastHandle;
  }

  get(handle: number): HttpHead | undefined {
    return this.#open.get(handle);
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
