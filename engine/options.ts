/**
 * Every option that a caller may give, in two types: what users write (all optional) and what the engine holds (all
 * present, readonly, frozen). The `fill…` functions turn one into the other; a name that is not known is an error.
 */

import type { AuditEvent } from './audit.ts';
import { RingfenceError } from './errors.ts';
import { fillGrants, type Grants, type GrantsInput } from './grants.ts';
import type { CustomFunction } from './host-function.ts';
import type { KvStore } from './kv-store.ts';
import {
  ENGINE_LIMITS,
  type LimitName,
  type LimitRates,
  type Limits,
  type LimitsInput,
  parseLimit,
  resolveLimits,
} from './limits.ts';
import { fromLevelLogger, isLevelLogger, type LevelLogger, LOG_LEVELS, type Logger, type LogLevel } from './logger.ts';
import { checkNames, invalid, show } from './option-checks.ts';

export {
  type LevelLogger,
  LOG_LEVELS,
  type LogEntry,
  type LogField,
  type LogFields,
  type Logger,
  type LogLevel,
} from './logger.ts';

/** The executors that this version has. */
export const EXECUTORS = ['inline', 'worker', 'process'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

/** When an instance goes back to the state that it had when it had started. */
export const RESET_MODES = ['never', 'per-call'] as const;
export type ResetMode = (typeof RESET_MODES)[number];

/** Time and random numbers that are the same on every run, for tests and for running a call again. */
export interface DeterministicInput {
  /** What the first reading of the clock in a call says: milliseconds since the epoch, a `Date`, or ISO 8601 text. @default 0 */
  readonly time?: number | string | Date | undefined;
  /** How far each reading of a clock moves it on, in milliseconds. At 0 a plugin that waits for time to pass waits until its fuel is used up. @default 1 */
  readonly tickMs?: number | undefined;
  /** Of the random numbers: a whole number from 0 to 2^53 - 1. The same seed gives the same numbers. @default 0 */
  readonly seed?: number | undefined;
}
export interface Deterministic {
  readonly timeMs: number;
  readonly tickMs: number;
  readonly seed: number;
}

export type KvOption = 'memory' | { readonly path: string } | KvStore;

export interface EngineOptions {
  /**
   * The wall around plugins: `inline` runs them on the calling thread, `worker` on threads of their own, `process` in child
   * processes.
   * @default 'worker'
   */
  readonly executor?: ExecutorName | undefined;
  /** How many worker threads, and how many child processes, there may be; they are started when needed. @default one for each core */
  readonly workers?: number | undefined;
  /** Limit on the JavaScript heap of each worker or child: bytes, or text such as '256MiB'. @default '256MiB' */
  readonly workerHeap?: number | string | undefined;
  /**
   * Instances that are live at the same time: those that have been idle the longest make room, and come back when they are
   * called. `inline` has so many, all workers together have so many, each an equal share, and each child process has so many. A
   * process has room for some 13,000. @default 10000
   */
  readonly maxLiveInstances?: number | undefined;
  /** Limits of every plugin, unless its own are given to `load`. @default DEFAULT_LIMITS */
  readonly limits?: LimitsInput | undefined;
  /** Receives what plugins log: an object with `log(entry)`, or a logger such as pino. @default none: lines are counted and dropped */
  readonly logger?: Logger | LevelLogger | undefined;
  /** The application's own functions, which plugins may import: see `hostFunction`. @default none */
  readonly hostFunctions?: readonly CustomFunction[] | undefined;
  /**
   * Where plugins with the capability `kv` keep their data: in memory, in an SQLite file that is made if it is not there, or in a
   * store of the application's own. @default 'memory'
   */
  readonly kv?: KvOption | undefined;
  /** Fixes clock and random numbers of every plugin, unless its own are given to `load`. They start anew in each call. @default false */
  readonly deterministic?: DeterministicInput | false | undefined;
  /** Directory that keeps modules in their checked and metered form: loading one again, also in another process, is then little more than compiling it. It is made where there is none. Nobody else may be able to write to it. @default false */
  readonly cache?: string | false | undefined;
  /** Receives an event for each HTTP request of a plugin. What it throws is logged. @default none */
  readonly onAudit?: ((event: AuditEvent) => void) | undefined;
  /** DNS servers that hosts of HTTP requests are looked up with: `address` or `address:port`. @default those of the system */
  readonly dnsServers?: readonly string[] | undefined;
  /** Certificates in PEM that HTTPS servers may be signed by, beside those that Node.js trusts. @default none */
  readonly trustedCertificates?: readonly string[] | undefined;
  /** Connections that HTTP requests of all plugins may hold open together. @default 256, or a quarter of the file descriptors that the process may have */
  readonly httpConnections?: number | undefined;
}
export interface FilledEngineOptions {
  readonly executor: ExecutorName;
  /** Undefined: one for each core. */
  readonly workers: number | undefined;
  /** Bytes. */
  readonly workerHeap: number;
  readonly maxLiveInstances: number;
  readonly limits: Limits;
  readonly logger: Logger | undefined;
  readonly hostFunctions: readonly CustomFunction[] | undefined;
  readonly kv: KvOption;
  readonly deterministic: Deterministic | undefined;
  readonly cache: string | undefined;
  readonly onAudit: ((event: AuditEvent) => void) | undefined;
  readonly dnsServers: readonly string[] | undefined;
  readonly trustedCertificates: readonly string[];
  readonly httpConnections: number | undefined;
}

/** The value of a secret, or where to read it when the plugin is loaded: a variable of the environment, or a file. */
export type SecretInput = string | { readonly env: string } | { readonly file: string };

export interface LoadOptions {
  /** Name of the plugin in this engine. @default the name in its manifest */
  readonly id?: string | undefined;
  /** Configuration of the plugin, an object that JSON can carry. @default {} */
  readonly config?: unknown;
  /** What the plugin may do of what it asks for. @default nothing is granted */
  readonly grants?: GrantsInput | undefined;
  /** Rejects with PERMISSION_DENIED where the plugin would otherwise wait for permissions, unstarted. @default false */
  readonly requireGrants?: boolean | undefined;
  /** Host functions for this plugin, besides those of the engine. @default none */
  readonly hostFunctions?: readonly CustomFunction[] | undefined;
  /** Values that the host sends on behalf of the plugin, by name: see the `headers` of `HttpGrant`. The plugin cannot read them. @default none */
  readonly secrets?: Readonly<Record<string, SecretInput>> | undefined;
  /**
   * Variables of the environment that `config` may read, as `${NAME}` or `${NAME:-default}` inside of texts; `$${` is `${`.
   * @default none: `${` is a text like any other
   */
  readonly env?: readonly string[] | undefined;
  /** Limits of this plugin, over those of its manifest and of the engine. */
  readonly limits?: LimitsInput | undefined;
  /**
   * What is left of a call when it has ended: with `never` all of its traces in memory and globals, with `per-call` none: the
   * instance goes back to the state that it had after `plugin_start`. @default what the manifest says, or else 'never'
   */
  readonly reset?: ResetMode | undefined;
  /** The wall around this plugin. @default that of the engine */
  readonly executor?: ExecutorName | undefined;
  /** The manifest, where the module carries none. @default the `plugin.json` beside the file */
  readonly manifest?: unknown;
  /** Fixes clock and random numbers, or with `false` leaves them alone. They start anew in each call. @default that of the engine */
  readonly deterministic?: DeterministicInput | false | undefined;
  /**
   * Counts fuel by stacks of functions: see `plugin.profile()`. Slow, and only with the executor `inline`. @default false
   */
  readonly profile?: boolean | undefined;
  /** With `false` it is only read, checked and compiled: `plugin.start()` starts it. @default true */
  readonly start?: boolean | undefined;
  /**
   * Loads it beside a plugin of the same id: nobody reaches it but through what `load` returns, until `engine.swap` puts it in
   * the other's place. @default false
   */
  readonly aside?: boolean | undefined;
  /**
   * File that everything is written to which the plugin is asked, asks and answers, for `replay`. It is overwritten, and complete
   * when the plugin is unloaded. Only with the executor `inline`. @default none
   */
  readonly record?: string | undefined;
  /**
   * How severe lines of the plugin may be: those above are written at this level, so that a plugin cannot wake anybody up.
   * @default 'error'
   */
  readonly maxLogLevel?: LogLevel | undefined;
  /** Aborts the loading. */
  readonly signal?: AbortSignal | undefined;
}
export interface FilledLoadOptions {
  readonly id: string | undefined;
  /** A copy that belongs to the plugin. */
  readonly config: Record<string, unknown>;
  readonly grants: Grants;
  readonly requireGrants: boolean;
  readonly hostFunctions: readonly CustomFunction[] | undefined;
  readonly secrets: Readonly<Record<string, SecretInput>> | undefined;
  readonly env: readonly string[] | undefined;
  readonly limits: LimitsInput | undefined;
  readonly reset: ResetMode | undefined;
  readonly executor: ExecutorName | undefined;
  readonly manifest: unknown;
  /** Null: off, whatever the engine says. */
  readonly deterministic: Deterministic | null | undefined;
  readonly profile: boolean;
  readonly start: boolean;
  readonly aside: boolean;
  readonly record: string | undefined;
  readonly maxLogLevel: LogLevel;
  readonly signal: AbortSignal | undefined;
}

export interface CallOptions {
  /** Limits of this call alone, over those of the plugin. Only those in {@link CALL_LIMITS}. */
  readonly limits?: CallLimitsInput | undefined;
  /** Aborts the call: at once while it waits, at the end of a slice while the plugin runs. */
  readonly signal?: AbortSignal | undefined;
  /** Handed to the logger with every line that the call logs. The plugin never sees it. */
  readonly context?: unknown;
  /** Fixes clock and random numbers of this call, or with `false` leaves them alone. @default that of the plugin */
  readonly deterministic?: DeterministicInput | false | undefined;
}
/** A call's options with the plugin's values filled in. */
export interface CallSettings {
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  readonly context: unknown;
  /** Ids of the plugins whose calls led to this one, outermost first. @default none: the application called */
  readonly callers?: readonly string[] | undefined;
  /** The plugin is being started or stopped: it is not a call of one of its functions. @default false */
  readonly isLifecycle?: boolean | undefined;
  readonly deterministic?: Deterministic | undefined;
  /** From now on the configuration of the instance, as JSON. @default it stays what it is */
  readonly configText?: string | undefined;
}

export interface CloseOptions {
  /** How long calls that were accepted may still run, in milliseconds. After it they end with CLOSED. @default 2000 */
  readonly deadlineMs?: number | undefined;
}

/** Limits that a single call may set. The others are fixed when the plugin is loaded. */
export const CALL_LIMITS = [
  'fuel',
  'timeoutMs',
  'inputBytes',
  'outputBytes',
  'hostCalls',
  'httpRequests',
  'httpRequestBytes',
  'httpResponseBytes',
  'httpRedirects',
  'httpTimeoutMs',
  'events',
  'eventBytes',
  'pluginCalls',
  'callDepth',
  'logMessageBytes',
  'logCallBytes',
  'logFields',
  'jsonDepth',
  'jsonHandles',
  'randomBytes',
  'kvKeyBytes',
  'kvValueBytes',
  'kvListKeys',
] as const satisfies readonly LimitName[];
export type CallLimitsInput = { readonly [name in (typeof CALL_LIMITS)[number]]?: number | string | undefined };

const MOST_WORKERS = 1_000;
const DEFAULT_CLOSE_DEADLINE_MS = 2_000;

/** @throws INVALID_OPTION */
export function fillEngineOptions(given: EngineOptions = {}, rates?: LimitRates): FilledEngineOptions {
  checkNames('createEngine', given, [
    'executor',
    'workers',
    'workerHeap',
    'maxLiveInstances',
    'limits',
    'logger',
    'hostFunctions',
    'kv',
    'deterministic',
    'cache',
    'onAudit',
    'dnsServers',
    'trustedCertificates',
    'httpConnections',
  ]);
  const executor = given.executor ?? 'worker';
  checkExecutor(executor);
  const { workers } = given;
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= MOST_WORKERS)) {
    throw invalid(`Expected \`workers\` to be a whole number from 1 to ${MOST_WORKERS}, got ${show(workers)}`, {
      option: 'workers',
    });
  }
  const { onAudit, dnsServers, trustedCertificates = [], httpConnections } = given;
  if (onAudit !== undefined && typeof onAudit !== 'function') {
    throw invalid(`Expected \`onAudit\` to be a function, got ${show(onAudit)}`, { option: 'onAudit' });
  }
  checkTexts('dnsServers', dnsServers);
  checkTexts('trustedCertificates', trustedCertificates);
  if (httpConnections !== undefined && !(Number.isSafeInteger(httpConnections) && httpConnections > 0)) {
    throw invalid(`Expected \`httpConnections\` to be a whole number above 0, got ${show(httpConnections)}`, {
      option: 'httpConnections',
    });
  }
  return Object.freeze({
    executor,
    workers,
    workerHeap: parseLimit('workerHeap', given.workerHeap ?? ENGINE_LIMITS.workerHeap.default),
    maxLiveInstances: parseLimit('maxLiveInstances', given.maxLiveInstances ?? ENGINE_LIMITS.maxLiveInstances.default),
    limits: resolveLimits(given.limits, undefined, rates),
    logger: fillLogger(given.logger),
    hostFunctions: given.hostFunctions,
    kv: fillKv(given.kv),
    deterministic: fillDeterministic(given.deterministic) ?? undefined,
    cache: fillCache(given.cache),
    onAudit,
    dnsServers,
    trustedCertificates,
    httpConnections,
  });
}

/** @throws INVALID_OPTION */
function checkExecutor(given: ExecutorName): void {
  if (EXECUTORS.includes(given)) return;
  throw invalid(
    `Expected \`executor\` to be one of those that this version has (${EXECUTORS.join(', ')}), got ${show(given)}`,
    { option: 'executor' },
  );
}

/** @throws INVALID_OPTION */
function fillPath(option: string, given: string | undefined): string | undefined {
  if (given === undefined || (typeof given === 'string' && given !== '' && !given.includes('\0'))) return given;
  throw invalid(`Expected \`${option}\` to be the path of a file, got ${show(given)}`, { option });
}

/** @throws INVALID_OPTION */
function fillCache(given: string | false | undefined): string | undefined {
  if (given === undefined || given === false) return undefined;
  if (typeof given === 'string' && given !== '' && !given.includes('\0')) return given;
  throw invalid(`Expected \`cache\` to be the path of a directory, or false, got ${show(given)}`, { option: 'cache' });
}

/** @throws INVALID_OPTION */
function fillLogger(given: Logger | LevelLogger | undefined): Logger | undefined {
  if (given === undefined) return undefined;
  if (typeof (given as Partial<Logger> | null)?.log === 'function') return given as Logger;
  if (isLevelLogger(given)) return fromLevelLogger(given);
  throw invalid(
    `Expected \`logger\` to be an object with a method log(entry), or with a method for each level as pino has them, got ${show(given)}`,
    { option: 'logger' },
  );
}

const KV_METHODS = ['get', 'set', 'delete', 'list', 'usage', 'clear', 'close'] as const;

/** @throws INVALID_OPTION */
function fillKv(given: KvOption | undefined): KvOption {
  if (given === undefined || given === 'memory') return 'memory';
  if (typeof given === 'object' && given !== null) {
    const store = given as Partial<KvStore>;
    if (KV_METHODS.every((name) => typeof store[name] === 'function')) return given;
    const { path, ...rest } = given as { readonly path?: unknown };
    if (typeof path === 'string' && path !== '' && Object.keys(rest).length === 0) return Object.freeze({ path });
  }
  throw invalid(
    `Expected \`kv\` to be "memory", { path: "…" } or a store with the methods ${KV_METHODS.join(', ')}, got ${show(given)}`,
    { option: 'kv' },
  );
}

/** Values are checked where they are known. @throws INVALID_OPTION, which never says a value */
function fillSecrets(given: LoadOptions['secrets']): Readonly<Record<string, SecretInput>> | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid('Expected `secrets` to be an object of values by name', { option: 'secrets' });
  }
  for (const [name, source] of Object.entries(given)) {
    const places = typeof source === 'object' && source !== null ? Object.entries(source) : [];
    const isPlace =
      places.length === 1 &&
      places.every(([kind, at]) => (kind === 'env' || kind === 'file') && typeof at === 'string' && at !== '');
    if (typeof source === 'string' || isPlace) continue;
    throw invalid(`Expected the secret ${JSON.stringify(name)} to be text, { env: "NAME" } or { file: "path" }`, {
      option: 'secrets',
      secret: name,
    });
  }
  return Object.freeze({ ...given });
}

/** @throws INVALID_OPTION */
function fillEnv(given: readonly string[] | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined;
  if (Array.isArray(given) && given.every((name) => typeof name === 'string' && /^[A-Za-z_]\w*$/.test(name))) {
    return Object.freeze([...given]);
  }
  throw invalid(`Expected \`env\` to be a list of names of environment variables, got ${show(given)}`, {
    option: 'env',
  });
}

const ID = /^[A-Za-z0-9@][A-Za-z0-9._@/-]{0,127}$/;

const LOAD_OPTIONS: readonly (keyof LoadOptions)[] = [
  'id',
  'config',
  'grants',
  'requireGrants',
  'hostFunctions',
  'secrets',
  'env',
  'limits',
  'reset',
  'executor',
  'manifest',
  'deterministic',
  'profile',
  'start',
  'aside',
  'record',
  'maxLogLevel',
  'signal',
];

/** @throws INVALID_OPTION, INVALID_CONFIG */
export function fillLoadOptions(given: LoadOptions = {}): FilledLoadOptions {
  checkNames('load', given, LOAD_OPTIONS);
  const { id } = given;
  if (id !== undefined && (typeof id !== 'string' || !ID.test(id))) {
    throw invalid(
      `Expected \`id\` to be 1 to 128 letters, digits or any of . _ @ / -, starting with a letter or digit, got ${show(id)}`,
      { option: 'id' },
    );
  }
  checkSignal(given.signal);
  const { reset, executor } = given;
  if (executor !== undefined) checkExecutor(executor);
  if (reset !== undefined && !RESET_MODES.includes(reset)) {
    throw invalid(`Expected \`reset\` to be one of ${RESET_MODES.join(', ')}, got ${show(reset)}`, { option: 'reset' });
  }
  const { maxLogLevel = 'error' } = given;
  if (!LOG_LEVELS.includes(maxLogLevel)) {
    throw invalid(`Expected \`maxLogLevel\` to be one of ${LOG_LEVELS.join(', ')}, got ${show(maxLogLevel)}`, {
      option: 'maxLogLevel',
    });
  }
  return Object.freeze({
    id,
    config: plainConfig(given.config),
    grants: fillGrants(given.grants),
    requireGrants: given.requireGrants ?? false,
    hostFunctions: given.hostFunctions,
    secrets: fillSecrets(given.secrets),
    env: fillEnv(given.env),
    limits: given.limits,
    reset,
    executor,
    manifest: given.manifest,
    deterministic: fillDeterministic(given.deterministic),
    profile: given.profile ?? false,
    start: given.start ?? true,
    aside: given.aside ?? false,
    record: fillPath('record', given.record),
    maxLogLevel,
    signal: given.signal,
  });
}

/** @throws INVALID_OPTION */
export function fillCallOptions(given: CallOptions, base: CallSettings, rates?: LimitRates): CallSettings {
  checkNames('call', given, ['limits', 'signal', 'context', 'deterministic']);
  checkSignal(given.signal);
  if (given.limits !== undefined) checkNames('call limits', given.limits, CALL_LIMITS);
  const deterministic = fillDeterministic(given.deterministic);
  return {
    limits: resolveLimits(given.limits, base.limits, rates),
    signal: given.signal,
    context: given.context,
    deterministic: deterministic === undefined ? base.deterministic : (deterministic ?? undefined),
  };
}

/** @throws INVALID_OPTION */
export function fillCloseOptions(given: CloseOptions = {}): { readonly deadlineMs: number } {
  checkNames('close', given, ['deadlineMs']);
  const deadlineMs = given.deadlineMs ?? DEFAULT_CLOSE_DEADLINE_MS;
  if (typeof deadlineMs !== 'number' || !(deadlineMs >= 0)) {
    throw invalid(`Expected \`deadlineMs\` to be a number of milliseconds from 0, got ${show(deadlineMs)}`, {
      option: 'deadlineMs',
    });
  }
  return { deadlineMs };
}

function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalid(`Expected \`signal\` to be an AbortSignal, got ${show(signal)}`, { option: 'signal' });
  }
}

function checkTexts(option: string, given: readonly string[] | undefined): void {
  if (given !== undefined && !(Array.isArray(given) && given.every((text) => typeof text === 'string'))) {
    throw invalid(`Expected \`${option}\` to be a list of strings, got ${show(given)}`, { option });
  }
}

/** The last moment that nanoseconds in a signed 64-bit number can name, in the year 2262. */
const LAST_MS = 9_223_372_036_854;
const LONGEST_TICK_MS = 86_400_000;

/** @returns null for `false`, undefined if nothing was given. @throws INVALID_OPTION */
function fillDeterministic(given: DeterministicInput | false | undefined): Deterministic | null | undefined {
  if (given === undefined) return undefined;
  if (given === false) return null;
  checkNames('deterministic', given, ['time', 'tickMs', 'seed']);
  const { time = 0, tickMs = 1, seed = 0 } = given;
  const timeMs = typeof time === 'number' ? time : new Date(time).getTime();
  const whole = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;
  if (!whole(timeMs, LAST_MS)) {
    throw invalid(
      `Expected \`deterministic.time\` to be a Date, ISO 8601 text, or whole milliseconds since the epoch, between 1970 and 2262, got ${show(time)}`,
      { option: 'deterministic.time' },
    );
  }
  if (!whole(tickMs, LONGEST_TICK_MS)) {
    throw invalid(`Expected \`deterministic.tickMs\` to be whole milliseconds from 0 to a day, got ${show(tickMs)}`, {
      option: 'deterministic.tickMs',
    });
  }
  if (!whole(seed, Number.MAX_SAFE_INTEGER)) {
    throw invalid(`Expected \`deterministic.seed\` to be a whole number from 0 to 2^53 - 1, got ${show(seed)}`, {
      option: 'deterministic.seed',
    });
  }
  return Object.freeze({ timeMs, tickMs, seed });
}

/** The configuration as plain data: a copy through JSON, so that nobody changes it afterwards. */
export function plainConfig(given: unknown): Record<string, unknown> {
  if (given === undefined) return {};
  let copy: unknown;
  try {
    const text = JSON.stringify(given);
    copy = text === undefined ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new RingfenceError(
      'INVALID_CONFIG',
      `Expected \`config\` to be an object that JSON can carry: ${(cause as Error).message}`,
      { stage: 'options', cause },
    );
  }
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) {
    throw new RingfenceError(
      'INVALID_CONFIG',
      `Expected \`config\` to be an object that JSON can carry, got ${show(given)}`,
      { stage: 'options' },
    );
  }
  return copy as Record<string, unknown>;
}
