/** Runs the plugins of a configuration, keeps them running, and changes them while they run. */
import type { Listener, Unlisten } from '../emitter.ts';
import { createEngine, type Engine } from '../engine.ts';
import { isRingfenceError, RingfenceError } from '../errors.ts';
import { checkNames } from '../option-checks.ts';
import { type CloseOptions, fillCloseOptions } from '../options.ts';
import type { PluginSource } from '../runtime/source.ts';
import type { ManagerConfiguration } from './configuration/configuration.ts';
import { differenceOf } from './configuration-difference.ts';
import { type EmitOptions, type EmitReport, EventBus } from './event-bus.ts';
import { type FilledConfiguration, type FilledPlugin, fillConfiguration } from './filled-configuration.ts';
import { Journal } from './journal.ts';
import type { ReloadReport } from './lifecycle.ts';
import { ManagedPlugin, type PluginStatus } from './managed-plugin.ts';
import type { ManagerEvents } from './manager-events.ts';
import { checkNeighbours, checkRemoval } from './neighbours.ts';
import { OperationQueue } from './operation-queue.ts';
import { PluginRecord } from './plugin-record.ts';
import { PluginWatches } from './plugin-watches.ts';
import { type ManagerSeams, REAL_WORLD } from './seams.ts';
import { Starter, stopInOrder } from './starter.ts';
import type { MigrateState } from './state-transfer.ts';

export interface ManagerOptions {
  readonly configuration: ManagerConfiguration;
  /** The engine that runs the plugins; it is the application's to close. @default one of its own, made with `configuration.engine` */
  readonly engine?: Engine | undefined;
  /** Brings states into the form that a new version takes. @default such a version is refused */
  readonly migrateState?: MigrateState | undefined;
}

/** What {@link Manager.apply} has done, by ids of plugins. */
export interface ApplyReport {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Loaded anew, beside the old: with other options, or from another file. */
  readonly reloaded: readonly string[];
  /** Changed in place: priority, supervision and the like. */
  readonly adjusted: readonly string[];
  readonly unchanged: readonly string[];
  /** Those that could not be changed or started: what ran before still runs. */
  readonly failed: readonly { readonly plugin: string; readonly error: RingfenceError }[];
  /** `engine` differs: that takes effect with the next manager. */
  readonly engineChanged: boolean;
}

/**
 * Makes a manager. Nothing runs before {@link Manager.start}.
 * @throws INVALID_CONFIG, INVALID_OPTION, and what making an engine may throw
 *
 * @example
 * await using manager = await createManager({
 *   configuration: { plugins: [{ id: 'moderation', source: 'moderation.wasm', watch: true, onFailure: 'closed' }] },
 * });
 * await manager.start();
 * const { payload, stopped } = await manager.emit('message.incoming', { text: 'hello' });
 */
export async function createManager(options: ManagerOptions): Promise<Manager> {
  return makeManager(options, REAL_WORLD);
}

/** As {@link createManager}, in a world of the caller's own. */
export async function makeManager(options: ManagerOptions, seams: ManagerSeams): Promise<Manager> {
  checkNames('createManager', options, ['configuration', 'engine', 'migrateState']);
  const filled = fillConfiguration(options.configuration);
  const engine = options.engine ?? (await createEngine(filled.engine));
  return new Manager(options, filled, engine, seams);
}

export class Manager implements AsyncDisposable {
  readonly engine: Engine;
  readonly #options: ManagerOptions;
  readonly #seams: ManagerSeams;
  readonly #journal: Journal;
  /** In the order of the configuration. */
  readonly #plugins = new Map<string, ManagedPlugin>();
  readonly #watches = new PluginWatches();
  readonly #starter: Starter;
  readonly #bus: EventBus;
  #configuration: ManagerConfiguration;
  #filled: FilledConfiguration;
  /** Starting and applying. */
  readonly #queue = new OperationQueue();
  #closing: Promise<void> | undefined;

  /** Use {@link createManager}. */
  constructor(options: ManagerOptions, filled: FilledConfiguration, engine: Engine, seams: ManagerSeams) {
    this.#options = options;
    this.#configuration = options.configuration;
    this.#filled = filled;
    this.engine = engine;
    this.#seams = seams;
    this.#journal = new Journal(engine);
    this.#starter = new Starter(this.#plugins);
    this.#bus = new EventBus(this.#plugins);
    for (const plugin of filled.plugins.values()) if (plugin.enabled) this.#add(plugin);
  }

  /** The one that was applied last. */
  get configuration(): ManagerConfiguration {
    return this.#configuration;
  }

  /** Enabled plugins, in the order of the configuration. */
  get plugins(): readonly ManagedPlugin[] {
    return [...this.#plugins.values()];
  }

  get(id: string): ManagedPlugin | undefined {
    return this.#plugins.get(id);
  }

  status(): readonly PluginStatus[] {
    return this.plugins.map((plugin) => plugin.status());
  }

  /**
   * Listens to what happens. Listeners are called once what runs at that moment has finished; an error that one throws is logged.
   * @throws INVALID_OPTION for an event that there is not
   */
  on<Name extends keyof ManagerEvents>(name: Name, listener: Listener<ManagerEvents[Name]>): Unlisten {
    return this.#journal.on(name, listener);
  }

  /**
   * Starts all plugins, each after those that it needs, by priority. Resolves when each runs, has failed, or waits: one that
   * fails keeps no other from starting but those that need it. @throws CLOSED
   */
  start(): Promise<void> {
    return this.#next(() => this.#start(this.plugins));
  }

  /**
   * Applies the difference to what runs, no more.
   * @throws INVALID_CONFIG for a configuration that means nothing, or that takes away what others need: nothing changes then
   */
  apply(configuration: ManagerConfiguration): Promise<ApplyReport> {
    return this.#next(async () => {
      const filled = fillConfiguration(configuration);
      const before = new Map([...this.#plugins].map(([id, { record }]) => [id, record.settings]));
      const difference = differenceOf(before, filled);
      checkRemoval(this.#plugins, difference.removed);
      const engineChanged = JSON.stringify(filled.engine) !== JSON.stringify(this.#filled.engine);
      this.#configuration = configuration;
      this.#filled = filled;
      const failed: { plugin: string; error: RingfenceError }[] = [];
      await this.#remove(difference.removed);
      for (const settings of difference.adjusted) this.#adjust(settings);
      const reloaded = await Promise.all(
        difference.reloaded.map(async (settings) => {
          const error = await this.#reconfigure(settings);
          if (error !== undefined) failed.push({ plugin: settings.id, error });
          return error === undefined ? [settings.id] : [];
        }),
      );
      const added = difference.added.map((settings) => this.#add(settings));
      await this.#start(added);
      for (const { id, record } of added) {
        if (record.state !== 'failed') continue;
        failed.push({
          plugin: id,
          error: new RingfenceError('UNAVAILABLE', `${id} has failed: ${record.reason}`, { plugin: id }),
        });
      }
      return {
        added: added.map(({ id }) => id),
        removed: difference.removed,
        reloaded: reloaded.flat(),
        adjusted: difference.adjusted.map(({ id }) => id),
        unchanged: difference.unchanged,
        failed,
        engineChanged,
      };
    });
  }

  /** As {@link ManagedPlugin.reload}. @throws UNKNOWN_PLUGIN */
  async reload(id: string, source?: PluginSource): Promise<ReloadReport> {
    return this.#get(id).reload(source);
  }

  /** As {@link ManagedPlugin.rollback}. @throws UNKNOWN_PLUGIN */
  async rollback(id: string, version?: string): Promise<ReloadReport> {
    return this.#get(id).rollback(version);
  }

  /**
   * Sends an event to the plugins that subscribe to it, by priority, and gathers what they answer. A plugin that is slow or fails
   * takes nothing from the others.
   * @throws INVALID_OPTION, INVALID_INPUT; never what a plugin does wrong
   */
  emit(event: string, payload?: unknown, options?: EmitOptions): Promise<EmitReport> {
    return this.#bus.emit(event, payload, options);
  }

  /** Stops all plugins, each before those that it needs. An engine of the manager's own is closed. */
  close(options?: CloseOptions): Promise<void> {
    const { deadlineMs } = fillCloseOptions(options);
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#starter.close();
    await this.#watches.close();
    await stopInOrder(this.#plugins, 'the manager is closed', deadlineMs);
    for (const id of this.#plugins.keys()) this.engine.setFront(id, undefined);
    if (this.#options.engine === undefined) await this.engine.close({ deadlineMs });
  }

  async #start(plugins: readonly ManagedPlugin[]): Promise<void> {
    await this.#starter.start(plugins);
    await Promise.all(plugins.map((plugin) => this.#watches.set(plugin)));
  }

  #add(settings: FilledPlugin): ManagedPlugin {
    const record = new PluginRecord(settings, this.engine, this.#journal, this.#seams);
    const plugin = new ManagedPlugin({
      record,
      verify: ({ id }, next) => checkNeighbours(this.#plugins, id, next),
      migrate: this.#options.migrateState,
    });
    record.onChange = () => {
      this.#bus.forget();
      this.#starter.look();
    };
    this.#plugins.set(settings.id, plugin);
    this.#bus.forget();
    return plugin;
  }

  #adjust(settings: FilledPlugin): void {
    const plugin = this.#get(settings.id);
    plugin.lifecycle.adjust(settings);
    plugin.calls.adjust();
    void this.#watches.set(plugin);
  }

  /** @returns why it could not be: then it goes on as it was */
  async #reconfigure(settings: FilledPlugin): Promise<RingfenceError | undefined> {
    const plugin = this.#get(settings.id);
    try {
      await plugin.lifecycle.reload(settings.source, settings);
    } catch (error) {
      if (isRingfenceError(error)) return error;
      throw error;
    }
    plugin.calls.adjust();
    await this.#watches.set(plugin);
    return undefined;
  }

  async #remove(ids: readonly string[]): Promise<void> {
    const leaving = new Map(ids.map((id) => [id, this.#get(id)]));
    await Promise.all(ids.map((id) => this.#watches.end(id)));
    await stopInOrder(leaving, 'it is not configured any more');
    for (const [id, plugin] of leaving) {
      this.#plugins.delete(id);
      this.#starter.forget(plugin);
      this.engine.setFront(id, undefined);
      this.#journal.forget(id);
    }
    this.#bus.forget();
  }

  #get(id: string): ManagedPlugin {
    const plugin = this.#plugins.get(id);
    if (plugin !== undefined) return plugin;
    const ids = [...this.#plugins.keys()];
    throw new RingfenceError(
      'UNKNOWN_PLUGIN',
      `No plugin ${JSON.stringify(id)} is configured. Configured are: ${ids.join(', ') || 'none'}`,
      { plugin: id, details: { plugins: ids } },
    );
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.next(() => {
      if (this.#closing !== undefined) throw new RingfenceError('CLOSED', 'The manager is closed');
      return work();
    });
  }
}
