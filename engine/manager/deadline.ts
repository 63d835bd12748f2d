/** Work that must not take longer than it may, on the manager's clock. */
import { RingfenceError } from '../errors.ts';
import type { Clock } from './clock.ts';

/**
 * @param what for the message: "plugin_health of counter"
 * @param signal ends the waiting, with its reason
 * @param onGivenUp gives up the work; what comes of it is ignored from then on
 * @throws DEADLINE_EXCEEDED, what the work throws, or the reason of the signal
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  what: string,
  work: Promise<T>,
  signal?: AbortSignal,
  onGivenUp: () => void = () => {},
): Promise<T> {
  const given = Promise.withResolvers<never>();
  const giveUp = (reason: unknown): void => {
    given.reject(reason);
    onGivenUp();
  };
  const cancel = clock.after(ms, () => giveUp(tookTooLong(what, ms)));
  const onAbort = (): void => giveUp(signal?.reason);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  // Whoever gave it up does not listen any more.
  work.catch(() => {});
  try {
    return await Promise.race([work, given.promise]);
  } finally {
    cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

const tookTooLong = (what: string, ms: number): RingfenceError =>
  new RingfenceError('DEADLINE_EXCEEDED', `${what} took longer than ${ms} ms`, { details: { allowed: ms } });
