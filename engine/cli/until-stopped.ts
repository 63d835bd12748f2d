/** For commands that run until they are told to stop. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
export type StopSignal = (typeof SIGNALS)[number];

/** Timers do not wait longer. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Keeps the process alive until it is told to stop. Whoever asks a second time is not kept waiting: that ends the process at once.
 * @returns the signal
 */
export function untilStopped(): Promise<StopSignal> {
  return new Promise((resolve) => {
    // Nothing that waits for a signal keeps a process alive.
    const alive = setInterval(() => {}, LONGEST_MS);
    const stop = (signal: StopSignal): void => {
      clearInterval(alive);
      for (const each of SIGNALS) process.off(each, stop);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}
