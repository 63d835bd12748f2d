/**
 * What a JavaScript plugin finds in its world: the global `ringfence`, and a `console` that writes to the host's log.
 *
 *     /// <reference types="ringfence-guest/js/ringfence" />
 */
declare namespace ringfence {
  /** An error whose code and details the caller of the plugin gets as they are. */
  class PluginError extends Error {
    constructor(code: string, message: string, details?: unknown);
    readonly code: string;
    readonly details?: unknown;
  }

  const log: { readonly [level in 'trace' | 'debug' | 'info' | 'warn' | 'error']: (...values: unknown[]) => void };

  const config: {
    /** The value under a key, all of the configuration without one. */
    get(key?: string): unknown;
  };

  /** Capability `clock`: milliseconds. `Date.now()` stands still without it. */
  const clock: { now(): number; monotonic(): number };

  interface Request {
    readonly url: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly redirect?: 'follow' | 'manual' | 'error';
    readonly timeoutMs?: number;
  }
  interface Response {
    readonly status: number;
    /** Where the answer came from, after redirects. */
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }
  /** Capability `http`. @throws PluginError with the code of what went wrong */
  const http: { request(request: string | Request): Response };

  interface Written {
    /** False where the entry has another version than expected, or there is nothing to delete. */
    readonly done: boolean;
    readonly version: number;
  }
  /** Capability `kv`: JSON values that are kept from call to call. @throws PluginError */
  const kv: {
    get(key: string): { readonly value: unknown; readonly version: number };
    set(key: string, value: unknown, options?: { readonly ttlMs?: number; readonly expected?: number }): Written;
    delete(key: string, options?: { readonly expected?: number }): Written;
    list(options?: { readonly prefix?: string; readonly after?: string; readonly limit?: number }): {
      readonly keys: readonly string[];
      readonly next?: string;
    };
  };

  /** Capability `emit`. @throws PluginError */
  function emit(event: string, payload?: unknown): void;
  /** Capability `call`: a function of another plugin, by `plugin.function`. @throws PluginError */
  function call(target: string, input?: unknown): unknown;
}
