/** Typed events with listeners. What a listener does wrong is its own matter: whoever emits never hears of it. */
import { invalid, show } from './option-checks.ts';

/** Stops listening. */
export type Unlisten = () => void;
export type Listener<Value> = (value: Value) => unknown;

export class Emitter<Events extends object> {
  readonly #listeners: ReadonlyMap<keyof Events, Set<Listener<never>>>;
  readonly #onError: (error: unknown, name: string) => void;

  /** @param onError is told what listeners throw, or reject with */
  constructor(names: readonly (keyof Events & string)[], onError: (error: unknown, name: string) => void) {
    this.#listeners = new Map(names.map((name) => [name, new Set()]));
    this.#onError = onError;
  }

  /** @throws INVALID_OPTION for an event that there is not. @returns a function that stops listening */
  on<Name extends keyof Events & string>(name: Name, listener: Listener<Events[Name]>): Unlisten {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      throw invalid(`Expected one of the events ${[...this.#listeners.keys()].join(', ')}, got ${show(name)}`, {
        option: 'event',
      });
    }
    if (typeof listener !== 'function') {
      throw invalid(`Expected a function to listen with, got ${show(listener)}`, { option: 'listener' });
    }
    // Wrapped, so that a function that listens twice is called twice, and stops once.
    const own = (value: Events[Name]): unknown => listener(value);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /** Calls the listeners once whatever runs now has finished, in the order in which they began to listen. */
  emit<Name extends keyof Events & string>(name: Name, value: Events[Name]): void {
    const listeners = this.#listeners.get(name) as ReadonlySet<Listener<Events[Name]>> | undefined;
    if (listeners === undefined || listeners.size === 0) return;
    queueMicrotask(() => {
      for (const listener of [...listeners]) this.#call(listener, name, value);
    });
  }

  #call<Value>(listener: Listener<Value>, name: string, value: Value): void {
    try {
      const answer = listener(value);
      if (answer instanceof Promise) answer.catch((error: unknown) => this.#onError(error, name));
    } catch (error) {
      this.#onError(error, name);
    }
  }
}
