/** How a host function that hands over memory says that it failed: -1, and the reason for whoever asks with `host_error`. */

export interface HostFailure {
  /** For the plugin, such as `PERMISSION_DENIED`. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** Plain data. */
  readonly details?: unknown;
}

/** In place of a packed pointer and length. */
export const FAILED = -1n;
