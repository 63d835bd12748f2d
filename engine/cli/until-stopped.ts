/** For commands that run until they are told to stop. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
export type StopSignal = (typeof SIGNALS)[number];

/** Timers do not wait longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Keeps the process alive until it is told to stop, or until it is released. */
export class UntilStopped {
  /** Done with the signal that came. Whoever sends a second one is not kept waiting: it ends the process at once. */
  readonly signal: Promise<StopSignal>;
  readonly #stop: (signal: StopSignal) => void;
  // Waiting for a signal alone keeps no process alive.
  readonly #alive = setInterval(() => {}, LONGEST_MS);

  constructor() {
    const { promise, resolve } = Promise.withResolvers<StopSignal>();
    this.signal = promise;
    this.#stop = (signal) => {
      this.release();
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, this.#stop);
  }

  /** Signals do from now on what they do by default. */
  release(): void {
    clearInterval(this.#alive);
    for (const signal of SIGNALS) process.off(signal, this.#stop);
  }
}
