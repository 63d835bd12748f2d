/** What a manager has from the world around it, where tests put something else in its place. Nobody else can reach these. */
import { type Clock, systemClock } from './clock.ts';

/** Steps in the life of a plugin before which something can go wrong. */
export type FaultPoint = 'load' | 'start' | 'health' | 'save-state' | 'restore-state' | 'warm' | 'swap' | 'call';

/** Makes things go wrong. */
export interface Faults {
  /** What was read of a plugin, on its way to the engine. */
  readonly read?: ((plugin: string, bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) | undefined;
  /** A state on its way from one version to the next. */
  readonly state?: ((plugin: string, state: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) | undefined;
  /** Before a step: what it throws is thrown there, and the step waits for its promise. */
  readonly before?: ((point: FaultPoint, plugin: string, version: string) => Promise<void> | void) | undefined;
}

export interface ManagerSeams {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly faults: Faults;
}

export const REAL_WORLD: ManagerSeams = { clock: systemClock, random: Math.random, faults: {} };
