/** The time that a manager goes by: monotonic, so that nothing happens when the machine's clock is set. */

export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  /** Milliseconds since the epoch, for people. */
  date(): number;
  /** Calls back once. @returns what keeps it from doing so */
  after(ms: number, run: () => void): () => void;
}

/** The longest time that a timer of the platform can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
