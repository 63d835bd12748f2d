/** The {@link ServiceCall} of a call that runs on the engine's own thread. */
import type { Limits } from '../limits.ts';
import type { ServiceCall, ServiceCounters } from './services.ts';

const CLOSED: AbortSignal = AbortSignal.abort();

/** One per call, made when the call first uses a service. */
export class LocalServiceCall implements ServiceCall {
  readonly limits: Limits;
  readonly context: unknown;
  readonly deadline: number;
  readonly counters: ServiceCounters = { httpRequests: 0 };
  #hasEnded = false;
  /** Few services need the signal, and it is what costs most. */
  #controller: AbortController | undefined;

  constructor(limits: Limits, context: unknown, deadline: number) {
    this.limits = limits;
    this.context = context;
    this.deadline = deadline;
  }

  get signal(): AbortSignal {
    if (this.#hasEnded && this.#controller === undefined) return CLOSED;
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** The call has ended, however it did. */
  end(): void {
    this.#hasEnded = true;
    this.#controller?.abort();
  }
}
