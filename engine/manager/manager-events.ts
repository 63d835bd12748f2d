/** What a manager tells of: each is plain data, and each is a line in the log as well. */
import type { ErrorData } from '../errors.ts';
import type { PluginState } from '../runtime/state.ts';
import type { BreakerState } from './circuit-breaker.ts';

interface About {
  /** Id of the plugin. */
  readonly plugin: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A plugin has gone from one state to another. */
export interface StateChange extends About {
  readonly from: PluginState;
  readonly to: PluginState;
  readonly version: string | undefined;
  /** Why, in words. */
  readonly reason: string;
}

/** Steps of a reload, in their order. */
const RELOAD_STEPS = ['load', 'verify', 'start', 'health', 'state', 'warm', 'swap', 'watch'] as const;
export type ReloadStep = (typeof RELOAD_STEPS)[number];

/** A plugin has changed its version, or has not. */
export interface ReloadEvent extends About {
  /** `swapped`: the new one runs. `refused`: the old one was never touched. `rolled-back`: the old one is back. `accepted`: the old one is let go. */
  readonly outcome: 'swapped' | 'refused' | 'rolled-back' | 'accepted';
  readonly from: string | undefined;
  /** Undefined where it never became known. */
  readonly to: string | undefined;
  /** Where it ended. */
  readonly step: ReloadStep;
  /** The new version has the state of the old one. */
  readonly carriedState: boolean;
  readonly reason: string;
  /** Of `refused` and `rolled-back`. */
  readonly error?: ErrorData | undefined;
}

/** A plugin counts as ill, or as well again. */
export interface HealthChange extends About {
  readonly healthy: boolean;
  readonly reason: string;
}

export interface BreakerChange extends About {
  readonly state: BreakerState;
}

export interface ManagerEvents {
  readonly state: StateChange;
  readonly reload: ReloadEvent;
  readonly health: HealthChange;
  readonly breaker: BreakerChange;
}
export const MANAGER_EVENTS = [
  'state',
  'reload',
  'health',
  'breaker',
] as const satisfies readonly (keyof ManagerEvents)[];
