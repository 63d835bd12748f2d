/**
 * What plugins reach beyond their own instance: the network, stored data, other plugins, the application's own functions.
 *
 * Services work on the engine's side of the wall, where grants, secrets and connections are; guests may run on another thread
 * or in another process. So every method takes and returns plain data (what structured clone carries; bytes as Uint8Array),
 * and the call on whose behalf it works comes first. Host functions read and write guest memory and leave the rest to these.
 */
import type { Limits } from '../limits.ts';
import type { Deterministic } from '../options.ts';

/** The call on whose behalf a service works, as the engine knows it. */
export interface ServiceCall {
  readonly limits: Limits;
  /** The `context` that the caller gave. */
  readonly context: unknown;
  /** When the call ends at the latest, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Fires when nobody waits for the answer any more: the call has ended, however it did. */
  readonly signal: AbortSignal;
  /** What services count against the limits of the call. */
  readonly counters: ServiceCounters;
  /** Ids of the plugins whose calls led to this one, outermost first; empty when the application called. */
  readonly callers: readonly string[];
  /** The plugin is being started or stopped: nobody has called one of its functions. */
  readonly isLifecycle: boolean;
  /** Fixes clock and random numbers. */
  readonly deterministic: Deterministic | undefined;
}

export interface ServiceCounters {
  httpRequests: number;
  events: number;
  pluginCalls: number;
}

/** What a service says of itself to the host functions beside the guest; a proxy in a worker speaks for itself. */
export interface Service {
  /** Its methods may answer with a promise. False for what answers from memory, and for a proxy that blocks its thread. */
  readonly mayWait: boolean;
}

/** A method of a service: at once where it can, later where it must. Whoever calls it takes both. */
export type ServiceMethod = (call: ServiceCall, ...args: never[]) => unknown;

/**
 * Every service and its methods. What stands here can be reached from a worker or a child; nothing else can.
 */
export const SERVICE_METHODS = {
  http: ['send', 'open', 'write', 'finish', 'read', 'close'],
  custom: ['invoke'],
  kv: ['get', 'set', 'delete', 'list'],
  events: ['emit'],
  calls: ['call'],
} as const satisfies Record<string, readonly string[]>;

export type ServiceName = keyof typeof SERVICE_METHODS;

/** Which capability of the host table a service belongs to; undefined where each of its methods looks for itself. */
export const SERVICE_CAPABILITIES: Readonly<Record<ServiceName, string | undefined>> = {
  http: 'http',
  custom: undefined,
  kv: 'kv',
  events: 'emit',
  calls: 'call',
};
