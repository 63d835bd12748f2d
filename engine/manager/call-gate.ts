/** Holds calls back while a plugin changes from one version to another, and lets them go on in the order in which they came. */
import { RingfenceError } from '../errors.ts';
import { cancelled, tooLate } from '../host/account.ts';

export class CallGate {
  #closed: PromiseWithResolvers<void> | undefined;
  #waiting = 0;

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  close(): void {
    this.#closed ??= Promise.withResolvers();
  }

  open(): void {
    this.#closed?.resolve();
    this.#closed = undefined;
  }

  /**
   * Waits until it is open.
   * @param most calls that may wait at the same time
   * @throws BUSY, CANCELLED, DEADLINE_EXCEEDED
   */
  async pass(timeoutMs: number, signal: AbortSignal | undefined, most: number): Promise<void> {
    if (this.#closed === undefined) return;
    if (signal?.aborted === true) throw cancelled(signal);
    if (this.#waiting >= most) throw tooMany(most);
    const given = Promise.withResolvers<void>();
    const timer = setTimeout(() => given.reject(tooLate('timeoutMs', timeoutMs)), timeoutMs);
    const onAbort = (): void => given.reject(cancelled(signal as AbortSignal));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiting++;
    try {
      // It may have been closed again when this call is woken.
      while (this.#closed !== undefined) await Promise.race([this.#closed.promise, given.promise]);
    } finally {
      this.#waiting--;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      given.resolve();
    }
  }
}

const tooMany = (allowed: number): RingfenceError =>
  new RingfenceError('BUSY', `${allowed} calls wait already for the plugin to change its version (limit \`queue\`)`, {
    details: { limit: 'queue', allowed },
  });
