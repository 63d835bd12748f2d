/** When a plugin that has failed is started anew, and when it is given up. */
import type { FilledSupervision } from './filled-configuration.ts';

type RestartRules = Pick<FilledSupervision, 'restartDelayMs' | 'restartMaxDelayMs' | 'restarts' | 'restartWindowMs'>;

export class RestartPolicy {
  readonly #rules: RestartRules;
  readonly #random: () => number;
  /** When it was restarted, within the window. */
  #restarts: number[] = [];

  constructor(rules: RestartRules, random: () => number) {
    this.#rules = rules;
    this.#random = random;
  }

  /**
   * Takes a restart out of the budget.
   * @returns milliseconds to wait before it: they double from one to the next, and half of them is chance, so that plugins that
   *   fail together do not come back together; undefined when the budget is used up
   */
  next(now: number): number | undefined {
    const { restarts, restartWindowMs, restartDelayMs, restartMaxDelayMs } = this.#rules;
    this.#restarts = this.#restarts.filter((at) => now - at < restartWindowMs);
    if (this.#restarts.length >= restarts) return undefined;
    const delay = Math.min(restartDelayMs * 2 ** this.#restarts.length, Math.max(restartDelayMs, restartMaxDelayMs));
    this.#restarts.push(now);
    return delay / 2 + (this.#random() * delay) / 2;
  }

  /** An operator has taken care of it. */
  reset(): void {
    this.#restarts = [];
  }
}
