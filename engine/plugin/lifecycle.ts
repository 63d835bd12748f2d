/** The life of a plugin, from its first instance to its last, over restarts. */
import { bug } from '../errors.ts';
import { cancelled } from '../host/account.ts';
import type { UsageRecord } from '../host/usage-counters.ts';
import { type CloseOptions, fillCloseOptions } from '../options.ts';
import { InstancePool, type StartInstance } from '../pool/instance-pool.ts';
import { NEXT_STATES, type PluginState } from '../runtime/state.ts';
import type { Granted } from './granted.ts';
import type { PluginInstances } from './instances.ts';
import type { PluginParts } from './parts.ts';
import type { PluginErrors } from './plugin-errors.ts';

export class PluginLifecycle {
  // These two are fields because each call reads them. Written here alone.
  state: PluginState = 'installed';
  /** Where calls get their instances: a restart makes another. */
  pool: InstancePool;
  readonly #parts: PluginParts;
  readonly #granted: Granted;
  readonly #instances: PluginInstances;
  readonly #errors: PluginErrors;
  /** Done when the plugin has started, or has failed to. */
  #warming: Promise<void> = Promise.resolve();
  /** Done when the instances before the last restart have stopped. */
  #stopped: Promise<void> = Promise.resolve();
  #restarting: Promise<void> | undefined;
  /** Why its first instance was given up. */
  #abandoned: { readonly reason: unknown } | undefined;
  #unloading: Promise<void> | undefined;

  constructor(parts: PluginParts, granted: Granted, instances: PluginInstances, errors: PluginErrors) {
    this.#parts = parts;
    this.#granted = granted;
    this.#instances = instances;
    this.#errors = errors;
    this.pool = this.#newPool(Promise.resolve());
  }

  /**
   * Starts the first instance, or waits for permissions.
   * @param usage where to leave what starting used
   * @throws whatever loading may throw
   */
  async start(startedAt: number, signal: AbortSignal | undefined, usage: UsageRecord): Promise<void> {
    if (this.state !== 'installed') throw bug(`a plugin is started that is ${this.state}`);
    const denied = this.#granted.denied();
    if (denied !== undefined) {
      this.#enter('pending-permission');
      this.#instances.warn(denied.message);
      return;
    }
    const onAbort = (): void => this.abandon(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#warm(async (aborted) => {
        const instance = await this.#instances.start(startedAt, aborted);
        usage.copy(instance.usage);
        return instance;
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
    // It may have started just then, but its pool starts no more.
    if (this.#abandoned !== undefined) throw this.#errors.describe(cancelled(this.#abandoned), 'start', {});
  }

  /** Gives up the instance that is being started, and starts no more: the plugin is about to be unloaded. */
  abandon(reason: unknown): void {
    this.#abandoned = { reason };
    this.pool.abandon(reason);
  }

  /** Starts a plugin that has waited for permissions. @throws whatever loading may throw */
  startGranted(): Promise<void> {
    return this.#warm();
  }

  /** Starts further instances until there are so many, up to the limit. @throws whatever starting may throw */
  async fill(instances: number): Promise<void> {
    const { pool } = this;
    const missing = Math.min(instances, this.#parts.prepared.limits.instances) - pool.size;
    try {
      await Promise.all(Array.from({ length: Math.max(0, missing) }, () => pool.warm()));
    } catch (error) {
      throw this.#errors.describe(error, 'start', {});
    }
  }

  /** @throws CLOSED */
  checkLoaded(): void {
    if (this.#unloading !== undefined) throw this.#errors.unloaded();
  }

  /** While it restarts, calling it again returns the same promise. @throws CLOSED; whatever loading may throw */
  restart(options?: CloseOptions): Promise<void> {
    const { deadlineMs } = fillCloseOptions(options);
    this.#restarting ??= this.#restart(deadlineMs).finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  /** As {@link restart}, but not content with one that is under way: that may have begun with what held before. */
  async restartAnew(): Promise<void> {
    await this.#restarting?.catch(() => {});
    await this.restart();
  }

  async #restart(deadlineMs: number): Promise<void> {
    if (this.state === 'starting') await this.#warming;
    this.checkLoaded();
    if (this.state === 'pending-permission') throw this.#errors.describe(this.#granted.denied(), 'start', {});
    const old = this.pool;
    if (this.state === 'running') this.#enter('stopping');
    this.#stopped = this.#stop(old, deadlineMs);
    this.pool = this.#newPool(this.#stopped);
    await this.#stopped;
    if (this.state === 'stopping' && this.#unloading === undefined) this.#enter('stopped');
    await this.#warm();
  }

  /** Calling it again returns the same promise. */
  unload(options?: CloseOptions): Promise<void> {
    const { deadlineMs } = fillCloseOptions(options);
    this.#unloading ??= this.#unload(deadlineMs);
    return this.#unloading;
  }

  async #unload(deadlineMs: number): Promise<void> {
    if (this.state === 'running' || this.state === 'starting') this.#enter('stopping');
    await Promise.all([this.#stopped, this.#stop(this.pool, deadlineMs)]);
    this.#parts.log.reportDropped(undefined, true);
    await this.#granted.assembly.release();
    if (this.state !== 'stopped') this.#enter('stopped');
    await this.#parts.onUnloaded();
  }

  #stop(pool: InstancePool, deadlineMs: number): Promise<void> {
    let startedAt: number | undefined;
    return pool.close(deadlineMs, (instance) =>
      this.#parts.stopping.run(() => {
        // One clock for all instances.
        startedAt ??= performance.now();
        return this.#instances.stop(instance, startedAt);
      }),
    );
  }

  #warm(start?: StartInstance): Promise<void> {
    const warming = this.#warmNow(start);
    this.#warming = warming.catch(() => {});
    return warming;
  }

  async #warmNow(start: StartInstance | undefined): Promise<void> {
    const isLeaving = (): boolean => this.#unloading !== undefined;
    const { pool } = this;
    if (!isLeaving()) this.#enter('starting');
    try {
      await pool.warm(start);
      if (!isLeaving()) this.#enter('running');
    } catch (error) {
      if (!isLeaving()) {
        this.#enter('failed');
        // Calls that wait must not each try to start it once more.
        await this.#stop(pool, 0);
      }
      throw this.#errors.describe(error, 'start', {});
    }
  }

  #enter(state: PluginState): void {
    if (!NEXT_STATES[this.state].includes(state)) throw bug(`plugin ${this.#parts.id} from ${this.state} to ${state}`);
    this.state = state;
  }

  #newPool(after: Promise<void>): InstancePool {
    return new InstancePool(
      async (signal) => {
        await after;
        return this.#instances.start(performance.now(), signal);
      },
      (spare) => this.#instances.stop(spare, performance.now()),
      this.#parts.prepared.limits,
    );
  }
}
