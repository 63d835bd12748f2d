/** Calls that wait for something, in order of arrival. Each leaves exactly once: served, refused, too late or aborted. */
import { Fifo } from '../fifo.ts';
import { cancelled, tooLate } from '../host/account.ts';
import type { CallSettings } from '../options.ts';

interface Waiter<Served> {
  readonly serve: (value: Served) => void;
  readonly refuse: (reason: unknown) => void;
}

export class WaitQueue<Served> {
  readonly #waiters = new Fifo<Waiter<Served>>();

  get length(): number {
    return this.#waiters.length;
  }

  /**
   * Waits until the caller's own time is up.
   * @param startedAt when the call was made; its `timeoutMs` runs from then
   * @throws DEADLINE_EXCEEDED, CANCELLED, and whatever it is refused with
   */
  join({ limits, signal }: CallSettings, startedAt: number): Promise<Served> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.remove(place);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter<Served> = {
        serve: (value) => {
          leave();
          resolve(value);
        },
        refuse: (reason) => {
          leave();
          reject(reason);
        },
      };
      const onAbort = (): void => waiter.refuse(cancelled(signal as AbortSignal));
      const left = startedAt + limits.timeoutMs - performance.now();
      const timer = setTimeout(() => waiter.refuse(tooLate('timeoutMs', limits.timeoutMs)), Math.max(0, left));
      const place = this.#waiters.push(waiter);
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Serves whoever has waited longest. */
  serve(value: Served): void {
    this.#waiters.first?.serve(value);
  }

  /** Refuses whoever has waited longest. */
  refuseFirst(reason: unknown): void {
    this.#waiters.first?.refuse(reason);
  }

  refuseAll(reason: unknown): void {
    for (let first = this.#waiters.first; first !== undefined; first = this.#waiters.first) first.refuse(reason);
  }
}
