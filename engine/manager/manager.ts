/** Runs the plugins of a configuration, keeps them running, and changes them while they run. */
import type { Engine } from '../engine.ts';
import { bug } from '../errors.ts';
import type { PluginSource } from '../runtime/source.ts';
import type { ManagerConfiguration } from './configuration/configuration.ts';

export interface ManagerOptions {
  /** The engine that runs the plugins; it is the application's to close. @default one of its own, made with `configuration.engine` */
  readonly engine?: Engine | undefined;
  readonly configuration: ManagerConfiguration;
}

/** What {@link Manager.apply} has done, by ids of plugins. */
export interface ApplyReport {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Loaded anew, beside the old, with other options or from another file. */
  readonly reloaded: readonly string[];
  /** Changed in place: priority, supervision and the like. */
  readonly adjusted: readonly string[];
  readonly unchanged: readonly string[];
  /** Those that could not be changed or started: what ran before still runs. */
  readonly failed: readonly { readonly plugin: string; readonly error: Error }[];
  /** `engine` differs: that takes effect with the next manager. */
  readonly engineChanged: boolean;
}

export interface Manager extends AsyncDisposable {
  readonly engine: Engine;
  readonly configuration: ManagerConfiguration;
  /** Starts all enabled plugins, by dependencies and priority. Resolves when each runs or has failed. */
  start(): Promise<void>;
  /** Applies the difference, no more. @throws INVALID_CONFIG for one that means nothing: what runs is left alone */
  apply(configuration: ManagerConfiguration): Promise<ApplyReport>;
  close(options?: { readonly deadlineMs?: number | undefined }): Promise<void>;
  readonly plugins: readonly ManagedPlugin[];
  get(id: string): ManagedPlugin | undefined;
  reload(id: string, source?: PluginSource): Promise<void>;
  rollback(id: string, version?: string): Promise<void>;
  emit(event: string, payload?: unknown, options?: { readonly context?: unknown }): Promise<unknown>;
}

export interface ManagedPlugin {
  readonly id: string;
}

/** @throws INVALID_CONFIG, and what making an engine may throw */
export async function createManager(_options: ManagerOptions): Promise<Manager> {
  throw bug('not there yet');
}
