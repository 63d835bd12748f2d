/** What a plugin is made of: handed over by the engine that loads it. */
import type { Executor } from '../executors/executor.ts';
import type { Gate } from '../gate.ts';
import type { Grants } from '../grants.ts';
import type { LogChannel } from '../host/log-channel.ts';
import type { PluginPermissions } from '../host/permissions.ts';
import type { Secrets } from '../host/secrets.ts';
import type { Deterministic } from '../options.ts';
import type { PreparedPlugin } from '../runtime/prepare.ts';
import type { RunnablePlugin } from '../runtime/runnable.ts';

/** What a plugin runs with, as long as its grants stay what they are. */
export interface Assembly {
  readonly permissions: PluginPermissions;
  readonly runnable: RunnablePlugin;
  /** Lets go of what its services hold: connections and the like. Called once its instances have stopped. */
  readonly release: () => Promise<void>;
}

export interface PluginParts {
  readonly id: string;
  readonly executor: Executor;
  readonly prepared: PreparedPlugin;
  readonly log: LogChannel;
  readonly secrets: Secrets;
  readonly grants: Grants;
  /** Its services and host functions under these grants. @throws INVALID_OPTION for grants that mean nothing */
  readonly assemble: (grants: Grants) => Assembly;
  /** A configuration as its instances get it, as JSON. @throws INVALID_CONFIG */
  readonly configure: (config: unknown) => string;
  /** Loaded for profiles. */
  readonly profiles: boolean;
  /** Of calls that do not say otherwise. */
  readonly deterministic: Deterministic | undefined;
  /** Through which instances that are to stop go, of all plugins of the engine. */
  readonly stopping: Gate;
  /** Told when the plugin has stopped, and waited for. */
  readonly onUnloaded: () => Promise<void>;
}
