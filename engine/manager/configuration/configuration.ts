/**
 * What a manager is to run: the one thing that a configuration file, or an application's own object, comes down to. Durations
 * are milliseconds, or text such as "10s"; limits are as `LimitsInput` has them. filled-configuration.ts checks it.
 */
import type { GrantsInput } from '../../grants.ts';
import type { LimitsInput } from '../../limits.ts';
import type { EngineOptions, ExecutorName, LogLevel, ResetMode, SecretInput } from '../../options.ts';
import type { PluginSource } from '../../runtime/source.ts';

/** Milliseconds, or text such as "500ms", "10s", "5m", "1h". */
export type Duration = number | string;

export interface ManagerConfiguration {
  /** Options of the engine, where the manager makes it. A change of them takes effect with the next manager. @default {} */
  readonly engine?: EngineOptions | undefined;
  /** Supervision of plugins that do not say otherwise. @default DEFAULT_SUPERVISION */
  readonly supervision?: SupervisionInput | undefined;
  /** Hot reload of plugins that do not say otherwise. @default DEFAULT_RELOAD */
  readonly reload?: ReloadInput | undefined;
  readonly plugins: readonly PluginConfiguration[];
}

/** What becomes of an event that a plugin should have handled and could not: it goes on (`open`), or it ends there (`closed`). */
export const FAILURE_MODES = ['open', 'closed'] as const;
export type FailureMode = (typeof FAILURE_MODES)[number];

export interface PluginConfiguration {
  /** Its name in the engine: no two plugins have the same. */
  readonly id: string;
  /** A path, a `file:` URL, or the bytes themselves. */
  readonly source: PluginSource;
  /** @default true */
  readonly enabled?: boolean | undefined;
  /** Plugins of higher priority start first and see events first: from -1000 to 1000. @default what the manifest says, or else 0 */
  readonly priority?: number | undefined;
  /** SHA-256 that the file must have, in hexadecimal. @default any */
  readonly digest?: string | undefined;
  readonly limits?: LimitsInput | undefined;
  /** Instances at most: short for `limits.instances`. @default 1 for plugins that carry state over a reload, otherwise the limit */
  readonly instances?: number | undefined;
  readonly grants?: GrantsInput | undefined;
  /** @default {} */
  readonly config?: unknown;
  readonly secrets?: Readonly<Record<string, SecretInput>> | undefined;
  /** Variables of the environment that `config` may read. @default none */
  readonly env?: readonly string[] | undefined;
  readonly executor?: ExecutorName | undefined;
  readonly reset?: ResetMode | undefined;
  /** @default 'error' */
  readonly maxLogLevel?: LogLevel | undefined;
  /** The manifest, where the module carries none. @default the `plugin.json` beside the file */
  readonly manifest?: unknown;
  /** @default 'open' */
  readonly onFailure?: FailureMode | undefined;
  /** Ids of plugins that have to run before this one is started, besides those that its manifest names. @default none */
  readonly dependencies?: readonly string[] | undefined;
  /** How long it may take to handle one event. @default '1s' */
  readonly eventTimeoutMs?: Duration | undefined;
  /** Watches the file, and reloads the plugin when it has changed. @default false */
  readonly watch?: boolean | undefined;
  readonly supervision?: SupervisionInput | undefined;
  readonly reload?: ReloadInput | undefined;
}

/** When a plugin counts as ill, and what is done about it. Zero switches a rule off where it says so. */
export interface SupervisionInput {
  /** Between probes with `plugin_health`, of plugins that export it; 0: never. @default '10s' */
  readonly healthEveryMs?: Duration | undefined;
  /** @default '1s' */
  readonly healthTimeoutMs?: Duration | undefined;
  /** Probes in a row that fail before it counts as ill. @default 3 */
  readonly unhealthyAfter?: number | undefined;
  /** Over which calls are looked at. @default '1m' */
  readonly windowMs?: Duration | undefined;
  /** Calls in the window before their failures and times mean anything. @default 20 */
  readonly minCalls?: number | undefined;
  /** Share of calls in the window that may fail; 1: all. @default 0.5 */
  readonly maxErrorRate?: number | undefined;
  /** Traps in the window that make it ill; 0: any number is borne. @default 0 */
  readonly maxTraps?: number | undefined;
  /** Mean time of the calls in the window that makes it ill; 0: any is borne. @default 0 */
  readonly maxLatencyMs?: Duration | undefined;
  /** Failures in a row that open the circuit breaker; 0: it never opens. @default 10 */
  readonly breakerFailures?: number | undefined;
  /** How long the breaker stays open before it lets one call try. @default '5s' */
  readonly breakerOpenMs?: Duration | undefined;
  /** Before the first restart; doubles with each that follows. @default '1s' */
  readonly restartDelayMs?: Duration | undefined;
  /** @default '1m' */
  readonly restartMaxDelayMs?: Duration | undefined;
  /** Restarts within `restartWindowMs` before it is given up as `failed`. @default 5 */
  readonly restarts?: number | undefined;
  /** @default '10m' */
  readonly restartWindowMs?: Duration | undefined;
  /** Fuel that all calls of the plugin may use together within `cpuWindowMs`; 0: any amount. @default 0 */
  readonly cpuFuel?: number | string | undefined;
  /** @default '1m' */
  readonly cpuWindowMs?: Duration | undefined;
}

/** How a plugin changes to another version. */
export interface ReloadInput {
  /** How long the old version is kept ready after the swap: if the new one fails within it, the old one is back. @default '10s' */
  readonly watchMs?: Duration | undefined;
  /** How long calls in flight may keep the state of the old version from being saved. @default '5s' */
  readonly drainMs?: Duration | undefined;
  /** Versions that are kept to go back to. @default 3 */
  readonly versions?: number | undefined;
  /** How long a watched file has to be quiet before it is read. @default '100ms' */
  readonly settleMs?: Duration | undefined;
}
