/** Answers of services come at once or later; host functions go on with them in the same way. */
import type { ServiceCall } from './services.ts';
import { TRAP } from './trap.ts';

export type Whenever<T> = T | Promise<T>;

/**
 * Goes on with the answer of a service: at once if it is there. After a promise only if the call still runs: otherwise the
 * instance may be in another one, whose memory and fuel are not to be touched.
 */
export function whenever<T, Result>(
  answer: Whenever<T>,
  call: ServiceCall,
  next: (answer: T) => Result,
): Whenever<Result> {
  if (!(answer instanceof Promise)) return next(answer);
  return answer.then((value) => {
    if (call.signal.aborted) throw TRAP;
    return next(value);
  });
}
