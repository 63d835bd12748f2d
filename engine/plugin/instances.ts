/** Starting and stopping the instances of a plugin, with the configuration and the state that they are to have. */
import { bug } from '../errors.ts';
import type { ExecutorInstance } from '../executors/executor.ts';
import type { CallSettings } from '../options.ts';
import { CarriedState } from './carried-state.ts';
import { ConfigNews } from './config-news.ts';
import type { Granted } from './granted.ts';
import type { PluginParts } from './parts.ts';
import type { PluginErrors } from './plugin-errors.ts';

export class PluginInstances {
  readonly config: ConfigNews;
  readonly carried: CarriedState;
  readonly #parts: PluginParts;
  readonly #granted: Granted;
  /** Of starting and stopping. */
  readonly #lifecycle: CallSettings;

  /** @param settings of calls without options */
  constructor(parts: PluginParts, granted: Granted, errors: PluginErrors, settings: CallSettings) {
    this.#parts = parts;
    this.#granted = granted;
    this.#lifecycle = Object.freeze({ ...settings, isLifecycle: true });
    this.carried = new CarriedState(settings, errors);
    this.config = new ConfigNews(settings, (instance, error) => {
      this.warn(`The plugin did not take its new configuration: ${(error as Error).message}`);
      return this.stop(instance, performance.now());
    });
  }

  /**
   * @param startedAt `startTimeoutMs` runs from then
   * @param signal gives up
   * @throws whatever starting may throw
   */
  async start(startedAt: number, signal: AbortSignal): Promise<ExecutorInstance> {
    const configText = this.config.text;
    const carried = this.carried.bytes;
    const settings = { ...this.#lifecycle, signal, configText };
    const instance = await this.#parts.executor.start(this.#granted.assembly.runnable, settings, startedAt);
    if (configText !== undefined) this.config.note(instance, configText);
    // It may have changed meanwhile.
    if (this.isToHear(instance)) await this.config.tell(instance);
    return carried === undefined ? instance : this.#carryInto(instance, carried, signal);
  }

  async #carryInto(instance: ExecutorInstance, state: Uint8Array, signal: AbortSignal): Promise<ExecutorInstance> {
    try {
      await this.carried.giveTo(instance, state, signal);
    } catch (error) {
      await this.stop(instance, performance.now());
      throw error;
    }
    return instance;
  }

  /** As {@link start}, at once. Only with executors that can. */
  startSync(): ExecutorInstance {
    const { startSync } = this.#parts.executor;
    if (startSync === undefined) throw bug('an instance of an executor that starts none at once');
    const configText = this.config.text;
    const settings = { ...this.#lifecycle, configText };
    const instance = startSync(this.#granted.assembly.runnable, settings, performance.now());
    if (configText !== undefined) this.config.note(instance, configText);
    const carried = this.carried.bytes;
    if (carried !== undefined) this.carried.giveToSync(instance, carried);
    return instance;
  }

  /**
   * What goes wrong in `plugin_stop` is logged: there is nobody else to tell, and the plugin goes anyway.
   * @param startedAt `stopGraceMs` runs from then
   */
  async stop(instance: ExecutorInstance, startedAt: number): Promise<void> {
    try {
      await instance.stop(this.#lifecycle, startedAt);
    } catch (error) {
      this.warn(`While stopping: ${(error as Error).message}`);
    }
  }

  /** Whether they hear of another configuration between two calls; otherwise it takes others. */
  get hearOfConfig(): boolean {
    return this.#parts.prepared.hooks.includes('on_event') && this.#granted.assembly.runnable.reset === 'never';
  }

  /** Whether an instance is to hear of another configuration before its next call. */
  isToHear(instance: ExecutorInstance): boolean {
    return this.config.isBehind(instance) && this.hearOfConfig;
  }

  warn(message: string): void {
    try {
      this.#parts.log.write('warn', message, 'engine', undefined);
    } catch {
      // A logger that throws must not keep a plugin from stopping.
    }
  }
}
