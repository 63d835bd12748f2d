/** What a handler of the application is told of the call that it works for. */
import type { HostCall } from '../../host-function.ts';
import type { ServiceCall } from '../services.ts';

/** The signal is made when the handler asks for it. */
export class HandlerCall implements HostCall {
  readonly plugin: string;
  readonly #call: ServiceCall;

  constructor(plugin: string, call: ServiceCall) {
    this.plugin = plugin;
    this.#call = call;
  }

  get context(): unknown {
    return this.#call.context;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get deadline(): number {
    return this.#call.deadline;
  }

  get callers(): readonly string[] {
    return this.#call.callers;
  }
}
