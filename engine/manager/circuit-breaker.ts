/** Keeps calls away from a plugin that fails time and again, and lets one try from time to time whether it is well. */
import type { FilledSupervision } from './filled-configuration.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

type BreakerRules = Pick<FilledSupervision, 'breakerFailures' | 'breakerOpenMs' | 'restartMaxDelayMs'>;

export class CircuitBreaker {
  readonly #rules: BreakerRules;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  /** In a row. */
  #failures = 0;
  /** How often it has opened since it was closed last: each time it stays open twice as long. */
  #openings = 0;
  #openUntil = 0;

  /** @param onChange must not throw */
  constructor(rules: BreakerRules, onChange: (state: BreakerState) => void) {
    this.#rules = rules;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Milliseconds until it lets one call try; 0 where it does already. */
  left(now: number): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - now) : 0;
  }

  /** Whether a call may pass. The first that may while it is open is the one that tries; it has to be reported. */
  admits(now: number): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || now < this.#openUntil) return false;
    this.#enter('half-open');
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    if (this.#state !== 'half-open') return;
    this.#openings = 0;
    this.#enter('closed');
  }

  failed(now: number): void {
    this.#failures++;
    const { breakerFailures, breakerOpenMs, restartMaxDelayMs } = this.#rules;
    if (breakerFailures === 0 || this.#state === 'open') return;
    if (this.#state === 'closed' && this.#failures < breakerFailures) return;
    this.#openUntil = now + Math.min(breakerOpenMs * 2 ** this.#openings, Math.max(breakerOpenMs, restartMaxDelayMs));
    this.#openings++;
    this.#enter('open');
  }

  /** The call that was to try has told nothing about the plugin: the next one tries. */
  undecided(): void {
    if (this.#state === 'half-open') this.#enter('open');
  }

  /** The plugin has been started anew. */
  reset(): void {
    this.#failures = 0;
    this.#openings = 0;
    if (this.#state !== 'closed') this.#enter('closed');
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#onChange(state);
  }
}
