/** The contract of an executor: a wall around instances of plugins. One contract, one test suite, several walls. */
import type { UsageCounters } from '../host/usage-counters.ts';
import type { CallSettings, ExecutorName } from '../options.ts';
import type { FuelProfile } from '../runtime/fuel-profile.ts';
import type { Input, InstanceState, Output, OutputKind } from '../runtime/instance.ts';
import type { InstanceMemory, WallMemory } from '../runtime/memory-use.ts';
import type { RunnablePlugin } from '../runtime/runnable.ts';

export interface Executor {
  readonly name: ExecutorName;
  /** It compiles plugins in other processes: prepared plugins are to have `bytes`. @default false */
  readonly needsBytes?: boolean;
  /**
   * A fresh instance on which the plugin has been initialised and started.
   * @param startedAt when it was asked for, on the clock of `performance.now()`; `startTimeoutMs` runs from then
   */
  start(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): Promise<ExecutorInstance>;
  /** As `start`, at once. Only executors that share the caller's thread can. */
  readonly startSync?: (plugin: RunnablePlugin, settings: CallSettings, startedAt: number) => ExecutorInstance;
  /** Its workers or children, and their memory. Only of executors that have some. */
  readonly walls?: () => Promise<readonly WallMemory[]>;
  /** The plugin is unloaded, and its instances have been stopped. */
  release(plugin: RunnablePlugin): void;
  /** Lets go of threads and processes. All instances have been stopped. */
  close(): Promise<void>;
}

/** One instance behind the wall. It runs one call at a time; whoever holds it sees to that. */
export interface ExecutorInstance {
  /** `poisoned` after a call that did not end well: to be dropped. */
  readonly state: InstanceState;
  /** Of the call that ended last; valid until the next begins. */
  readonly usage: UsageCounters;
  /** The memory that it takes now. */
  readonly memory: InstanceMemory;
  /** Where the fuel of that call went, of plugins that were loaded for it. Only of executors on the caller's thread. */
  readonly profile?: FuelProfile | undefined;
  /** @returns the output, or a promise of it */
  call(name: string, input: Input, as: OutputKind, settings: CallSettings, startedAt: number): Output | Promise<Output>;
  /** As `call`, at once: of instances of executors that have `startSync`. */
  callSync(name: string, input: Input, as: OutputKind, settings: CallSettings, startedAt: number): Output;
  /** Ends the running call, soon, with this reason. */
  interrupt(reason: unknown): void;
  /**
   * Runs `plugin_stop` and `plugin_cleanup` if the instance is idle, and lets go of it.
   * @param startedAt `stopGraceMs` runs from then
   * @throws what they report
   */
  stop(settings: CallSettings, startedAt: number): Promise<void>;
}
