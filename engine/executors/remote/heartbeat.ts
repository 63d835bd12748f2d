/** Asks a process that is busy, again and again, whether it is alive. Keeps nothing alive itself. */

export interface HeartbeatOptions {
  /** Between two questions. */
  readonly everyMs: number;
  /** After so long without an answer it is lost. */
  readonly lostMs: number;
}

/** A process that the system has stopped, or that cannot be reached, is lost soon; one that waits for a core is not. */
export const HEARTBEAT: HeartbeatOptions = { everyMs: 1_000, lostMs: 15_000 };

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #ask: () => void;
  readonly #onLost: () => void;
  #timer: NodeJS.Timeout | undefined;
  #heardAt = 0;

  constructor(options: HeartbeatOptions, ask: () => void, onLost: () => void) {
    this.#options = options;
    this.#ask = ask;
    this.#onLost = onLost;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#heardAt = performance.now();
    this.#timer = setInterval(() => this.#beat(), this.#options.everyMs).unref();
  }

  heard(): void {
    this.#heardAt = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    if (performance.now() - this.#heardAt < this.#options.lostMs) {
      this.#ask();
      return;
    }
    this.stop();
    this.#onLost();
  }
}
