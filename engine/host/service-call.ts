/** The {@link ServiceCall} of a call that runs on the engine's own thread. */
import type { Limits } from '../limits.ts';
import type { CallSettings, Deterministic } from '../options.ts';
import type { ServiceCall, ServiceCounters } from './services.ts';

/** What the signal says when the call simply ended. */
const OVER = 'the call is over';

/** One per call, made when the call first uses a service. */
export class LocalServiceCall implements ServiceCall {
  readonly limits: Limits;
  readonly context: unknown;
  readonly deadline: number;
  readonly counters: ServiceCounters = { httpRequests: 0, events: 0, pluginCalls: 0 };
  readonly callers: readonly string[];
  readonly isLifecycle: boolean;
  readonly deterministic: Deterministic | undefined;
  #ended: { readonly reason: unknown } | undefined;
  /** Few services need the signal, and it is what costs most. */
  #controller: AbortController | undefined;

  constructor({ limits, context, callers = [], isLifecycle = false, deterministic }: CallSettings, deadline: number) {
    this.limits = limits;
    this.context = context;
    this.callers = callers;
    this.isLifecycle = isLifecycle;
    this.deterministic = deterministic;
    this.deadline = deadline;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended !== undefined) this.#controller.abort(this.#ended.reason);
    }
    return this.#controller.signal;
  }

  /** The call has ended, however it did. @param reason why, if it did not simply return */
  end(reason: unknown = OVER): void {
    this.#ended ??= { reason };
    this.#controller?.abort(reason);
  }
}
