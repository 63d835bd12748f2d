// `clock`: what time it is. The plugin's manifest asks for `clock`, the operator grants it. AssemblyScript's own `Date.now()`
// works as well.

import * as env from "./env";

const NANOSECONDS: i64 = 1_000_000;

export namespace clock {
  /** Milliseconds since 1970 in UTC, as the host's clock has it. */
  export function now(): i64 {
    return env.clock_now() / NANOSECONDS;
  }

  /**
   * Milliseconds since some moment; never less than before, also when somebody sets the clock. For measuring how long something
   * takes, within one call or from call to call; the moment is another one after a restart.
   */
  export function monotonic(): i64 {
    return env.clock_monotonic() / NANOSECONDS;
  }
}
