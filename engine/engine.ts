/** The engine: wires the stages from the bytes of a plugin to its calls. */
import { Emitter, type Listener, type Unlisten } from './emitter.ts';
import { RingfenceError, withContext } from './errors.ts';
import type { Executor } from './executors/executor.ts';
import { createExecutor } from './executors/index.ts';
import { Gate } from './gate.ts';
import type { CallablePlugin } from './host/call-service.ts';
import { type CustomFunctions, collectFunctions, signaturesWith } from './host/custom/functions.ts';
import type { PluginEvent } from './host/event-service.ts';
import type { HttpSender } from './host/http/connections.ts';
import { HttpNetwork } from './host/http/network.ts';
import { MemoryKvStore } from './host/kv-memory.ts';
import { openSqliteStore } from './host/kv-sqlite.ts';
import { LogChannel } from './host/log-channel.ts';
import { makeConfig, type PluginConfig } from './host/make-config.ts';
import { permissionDenied, permitsOf, requiredOf, resolvePermissions } from './host/permissions.ts';
import { PluginServices, type SharedServices } from './host/plugin-services.ts';
import { Secrets } from './host/secrets.ts';
import type { CustomShape } from './host-function.ts';
import type { KvStore } from './kv-store.ts';
import { type LimitName, type Limits, resolveLimits } from './limits.ts';
import { nodeProblem } from './node-version.ts';
import { invalid } from './option-checks.ts';
import {
  type CloseOptions,
  type EngineOptions,
  type ExecutorName,
  type FilledEngineOptions,
  type FilledLoadOptions,
  fillCloseOptions,
  fillEngineOptions,
  fillLoadOptions,
  type KvOption,
  type LoadOptions,
  plainConfig,
} from './options.ts';
import { makePlugin, type Plugin } from './plugin.ts';
import { RecordSwitch } from './recording/record-switch.ts';
import { Recording, type RecordOptions } from './recording/recording.ts';
import { RecordingFile } from './recording/recording-file.ts';
import { DiskCache } from './runtime/disk-cache.ts';
import { MACHINE_RATES } from './runtime/fuel-rate.ts';
import { type MemoryUse, sumOfMemory, type WallMemory } from './runtime/memory-use.ts';
import { type PreparedPlugin, Preparer } from './runtime/prepare.ts';
import { makeRunnable } from './runtime/runnable.ts';
import { readSecrets } from './runtime/secret-sources.ts';
import { isBytes, type PluginSource, pathOf } from './runtime/source.ts';
import type { PluginState } from './runtime/state.ts';
import type { Manifest } from './validate/index.ts';

/**
 * Makes an engine.
 * @throws INVALID_OPTION; UNSUPPORTED_PLATFORM on a Node.js that is too old; STORE_FAILED for a file of data that cannot be used
 *
 * @example
 * await using engine = await createEngine({ limits: { memory: '16MiB' } });
 * const plugin = await engine.load('plugins/word-count/build/word-count.wasm', { config: { stopWords: ['the'] } });
 * const words = await plugin.call('count', { text: 'to be or not to be' });
 */
export async function createEngine(options?: EngineOptions): Promise<Engine> {
  const problem = nodeProblem();
  if (problem !== undefined) throw new RingfenceError('UNSUPPORTED_PLATFORM', problem, { stage: 'options' });
  return new Engine(fillEngineOptions(options, MACHINE_RATES));
}

/** What `engine.on` tells of. */
export interface EngineEvents {
  /** A plugin has sent an event. */
  'plugin-event': PluginEvent;
}
const ENGINE_EVENTS: readonly (keyof EngineEvents)[] = ['plugin-event'];

/** What an engine has from the machine around it, where tests of plugins put something else in its place. */
export interface EngineSeams {
  /** Carries HTTP requests that may be sent. */
  readonly sender?: HttpSender | undefined;
  /** Plugins that others may call, before those that are loaded. */
  readonly plugin?: ((id: string) => CallablePlugin | undefined) | undefined;
  /** Milliseconds since the epoch, by which stored data expires. */
  readonly now?: (() => number) | undefined;
}

/**
 * Instances that stop at the same time. One that is evicted comes back for it, into memory and address space that others may need
 * while the engine goes on; and when it is closed, all would.
 */
const MOST_STOPPING = 32;

export class Engine implements AsyncDisposable {
  readonly options: FilledEngineOptions;
  /** Where plugins keep their data: by the plugin's id. For looking at it, and for clearing it away. */
  readonly kv: KvStore;
  /** Made when the first plugin needs them. */
  readonly #executors = new Map<ExecutorName, Executor>();
  readonly #preparer: Preparer;
  /** What its plugins are served with, each in its own way. */
  readonly #services: SharedServices;
  readonly #plugins = new Map<string, Plugin>();
  /** Loaded, and not in their places: new ones that wait for it, and old ones that were put out of it. */
  readonly #aside = new Set<Plugin>();
  /** Who answers calls of other plugins in place of the plugin itself, by its id. */
  readonly #fronts = new Map<string, CallablePlugin>();
  /** Of plugins that can be recorded. */
  readonly #switches = new WeakMap<Plugin, RecordSwitch>();
  #recording: Recording | undefined;
  readonly #functions: CustomFunctions;
  readonly #events = new Emitter<EngineEvents>(ENGINE_EVENTS, (error, name) =>
    this.#warn(`A listener to ${name} failed: ${error instanceof Error ? error.message : String(error)}`),
  );
  readonly #stopping = new Gate(MOST_STOPPING);
  readonly #loading = new Set<Promise<unknown>>();
  /** Those of which the first instance is being started. */
  readonly #starting = new Set<Plugin>();
  /** Fires when the engine is closed: loading gives up. */
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  /** Use {@link createEngine}. */
  constructor(options: FilledEngineOptions, seams: EngineSeams = {}) {
    this.options = options;
    this.kv = openStore(options.kv);
    this.#functions = collectFunctions(options.hostFunctions);
    const { cache } = options;
    const warn = (message: string): void => this.#warn(message);
    this.#preparer = new Preparer({
      disk: cache === undefined ? undefined : new DiskCache({ directory: cache, warn }),
    });
    this.#services = {
      network: new HttpNetwork(options),
      sender: seams.sender,
      onAudit: options.onAudit,
      kv: this.kv,
      now: seams.now,
      deliver: (event) => this.#events.emit('plugin-event', event),
      find: (id) => seams.plugin?.(id) ?? this.#fronts.get(id) ?? this.#plugins.get(id),
    };
  }

  /**
   * Listens to what happens in this engine. Listeners are called one after the other, once what runs at that moment has
   * finished; an error that one throws is logged.
   * @returns a function that stops listening
   * @throws INVALID_OPTION for an event that there is not
   *
   * @example
   * const stop = engine.on('plugin-event', ({ plugin, event, payload }) => console.log(plugin, event, payload));
   */
  on<Name extends keyof EngineEvents>(name: Name, listener: Listener<EngineEvents[Name]>): Unlisten {
    return this.#events.on(name, listener);
  }

  /** The loaded plugins, those that are starting or stopping included. */
  get plugins(): readonly Plugin[] {
    return [...this.#plugins.values()];
  }

  /** The memory that the instances of all plugins take now. */
  memory(): MemoryUse {
    return sumOfMemory([...this.#plugins.values()].map((plugin) => plugin.memory()));
  }

  /**
   * Puts a plugin that was loaded `aside` in its place, in one step: `get`, and calls of other plugins, reach it from now on.
   * @returns the one that had the place, if there was one; it still runs, and is its holder's to unload or to swap back
   * @throws CLOSED; INVALID_OPTION for a plugin that does not stand aside
   */
  swap(plugin: Plugin): Plugin | undefined {
    if (this.#closing !== undefined) throw engineClosed();
    if (!this.#aside.delete(plugin)) {
      throw new RingfenceError(
        'INVALID_OPTION',
        `The plugin ${plugin.id} was not loaded with \`aside\`, or is unloaded`,
        {
          plugin: plugin.id,
        },
      );
    }
    const old = this.#plugins.get(plugin.id);
    this.#plugins.set(plugin.id, plugin);
    if (old !== undefined) this.#aside.add(old);
    return old;
  }

  /**
   * Lets go of a module that is kept so that loading it again is quick, unless a plugin that is loaded consists of it: for those
   * who load one version after the other.
   * @param digest as `plugin.info.digest` has it
   */
  forget(digest: string): void {
    const isUsed = [...this.#plugins.values(), ...this.#aside].some(({ info }) => info.digest === digest);
    if (!isUsed) this.#preparer.forget(digest);
  }

  /**
   * Lets another answer what plugins call under this id: whoever holds back calls, counts them or chooses among versions.
   * @param front undefined: the plugin answers itself again
   */
  setFront(id: string, front: CallablePlugin | undefined): void {
    if (front === undefined) this.#fronts.delete(id);
    else this.#fronts.set(id, front);
  }

  /** The workers and child processes that there are now, and the memory that each takes beside that of its instances. */
  async walls(): Promise<readonly WallMemory[]> {
    const asked = [...this.#executors.values()].map((executor) => executor.walls?.() ?? []);
    return (await Promise.all(asked)).flat();
  }

  /** A loaded plugin; undefined if there is none of that id. */
  get(id: string): Plugin | undefined {
    return this.#plugins.get(id);
  }

  /**
   * Loads a plugin: reads and checks it, meters and compiles it, and starts its first instance. A plugin that was not granted
   * all that it cannot do without is not started: its state is `pending-permission` until {@link Plugin.grant}.
   * @param source a path, a `file:` URL, or the bytes of a module
   * @throws CLOSED, INVALID_OPTION, INVALID_CONFIG, DUPLICATE_ID, UNKNOWN_PLUGIN, UNSUPPORTED_PLATFORM; whatever is wrong with the
   *   plugin; whatever a call may throw, from its start
   */
  async load(source: PluginSource, options?: LoadOptions): Promise<Plugin> {
    const startedAt = performance.now();
    if (this.#closing !== undefined) throw engineClosed();
    const loading = this.#load(source, fillLoadOptions(options), startedAt);
    this.#loading.add(loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(loading);
    }
  }

  /**
   * Writes down what plugins are asked, ask and answer, for `replay`: each plugin to a file `<id>.jsonl` of its own, in the format of
   * the option `record`. It holds for plugins that are loaded later as well, until the recording is stopped or the engine closed.
   * Plugins that run are restarted, because a recording begins where an instance does; what they kept in memory is gone.
   * @param directory is made if it is not there; files in it are overwritten
   * @throws INVALID_OPTION for plugins of other executors than `inline`, and while another recording goes on; CLOSED; whatever a
   *   restart may throw
   *
   * @example
   * await using recording = await engine.record('recordings', { plugins: ['word-count'] });
   */
  async record(directory: string, options: RecordOptions = {}): Promise<Recording> {
    if (this.#closing !== undefined) throw engineClosed();
    if (this.#recording !== undefined) {
      const { directory: taken } = this.#recording;
      throw invalid(`The engine is recording to ${JSON.stringify(taken)}: stop that recording first`, {
        directory: taken,
      });
    }
    const recording = new Recording(
      directory,
      options,
      (message) => this.#warn(message),
      () => {
        this.#recording = undefined;
      },
    );
    const plugins = [...this.#plugins.values(), ...this.#aside].filter(({ id }) => recording.concerns(id) !== 'no');
    const other = plugins.find((plugin) => !this.#switches.has(plugin));
    if (other !== undefined) throw needsInline('record', 'a recording is made', other.info.executor, other.id);
    this.#recording = recording;
    try {
      await Promise.all(plugins.map((plugin) => this.#beginRecording(plugin)));
      await Promise.all(plugins.filter(({ state }) => HAS_INSTANCES.has(state)).map((plugin) => plugin.restart()));
    } catch (error) {
      await recording.stop();
      throw error;
    }
    return recording;
  }

  async #beginRecording(plugin: Plugin): Promise<void> {
    const recording = this.#recording;
    const concerned = recording?.concerns(plugin.id) ?? 'no';
    if (recording === undefined || concerned === 'no') return;
    const recorded = this.#switches.get(plugin);
    if (recorded !== undefined) return recording.begin(plugin.id, recorded);
    const error = needsInline('record', 'a recording is made', plugin.info.executor, plugin.id);
    if (concerned === 'named') throw error;
    this.#warn(`The plugin ${plugin.id} is not recorded: ${error.message}`);
  }

  /** Unloads all plugins, as {@link Plugin.unload} does, and lets go of everything. Calling it again returns the same promise. */
  close(options?: CloseOptions): Promise<void> {
    const filled = fillCloseOptions(options);
    this.#closing ??= this.#close(filled);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: CloseOptions): Promise<void> {
    this.#closed.abort(engineClosed());
    for (const plugin of this.#starting) plugin.abandon(engineClosed());
    await Promise.allSettled(this.#loading);
    await Promise.all([...this.#plugins.values(), ...this.#aside].map((plugin) => plugin.unload(options)));
    await this.#recording?.stop();
    await Promise.all([...this.#executors.values(), this.#preparer].map((part) => part.close()));
    // The application's own store is for the application to close.
    if (this.kv !== this.options.kv) await this.kv.close();
  }

  /** What is about no plugin. A logger that throws has no call here that it could end. */
  #warn(message: string): void {
    try {
      new LogChannel(this.options.logger, '', '', 1).write('warn', message, 'engine', undefined);
    } catch {
      // There is nobody else to tell.
    }
  }

  async #load(source: PluginSource, options: FilledLoadOptions, startedAt: number): Promise<Plugin> {
    const { signal: closed } = this.#closed;
    const signal = options.signal === undefined ? closed : AbortSignal.any([closed, options.signal]);
    const plugin = await this.#prepare(source, options, startedAt, signal).catch((error: unknown) => {
      throw this.#closing === undefined ? withContext(error, { plugin: options.id }) : engineClosed();
    });
    this.#starting.add(plugin);
    try {
      if (this.#recording !== undefined) await this.#beginRecording(plugin);
      if (options.start) {
        if (this.#closing !== undefined) throw engineClosed();
        await plugin.start(startedAt, options.signal);
      }
    } catch (error) {
      await plugin.unload({ deadlineMs: 0 });
      throw this.#closing === undefined ? error : engineClosed();
    } finally {
      this.#starting.delete(plugin);
    }
    return plugin;
  }

  /** All that can be said of a plugin before any of it runs. Its id is taken from here on. */
  async #prepare(
    source: PluginSource,
    options: FilledLoadOptions,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<Plugin> {
    const executor = this.#executor(options.executor ?? this.options.executor);
    if (executor.name !== 'inline') {
      if (options.profile) throw needsInline('profile', 'a profile is made', executor.name);
      if (options.record !== undefined) throw needsInline('record', 'a recording is made', executor.name);
    }
    const { hostFunctions } = options;
    const functions =
      hostFunctions === undefined ? this.#functions : collectFunctions([...this.#functions.values()], hostFunctions);
    const { wasmBytes, startTimeoutMs } = resolveLimits(options.limits, this.options.limits, MACHINE_RATES);
    const prepared = await this.#preparer.prepare(source, {
      manifest: options.manifest,
      maxBytes: wasmBytes,
      host: signaturesWith(functions),
      limits: (manifest) => this.#limits(manifest, options),
      profile: options.profile,
      keepBytes: executor.needsBytes,
      time: { startedAt, startTimeoutMs },
      signal,
    });
    const { name, permissions } = prepared.manifest;
    const id = options.id ?? name;
    if (options.requireGrants) {
      const missing = requiredOf(resolvePermissions(permissions, options.grants).missing);
      if (missing.length > 0) throw permissionDenied(id, missing, options.grants);
    }
    const secrets = options.secrets === undefined ? NO_SECRETS : new Secrets(await readSecrets(options.secrets));
    const recording = options.record === undefined ? undefined : await this.#record(options.record);
    try {
      if (this.#closing !== undefined) throw engineClosed();
      if (!options.aside && this.#plugins.has(id)) throw duplicateId(id);
      const plugin = this.#newPlugin(
        id,
        executor,
        prepared,
        functions,
        secrets,
        options,
        recording,
        isBytes(source) ? undefined : pathOf(source),
      );
      if (options.aside) this.#aside.add(plugin);
      else this.#plugins.set(id, plugin);
      return plugin;
    } catch (error) {
      await recording?.close();
      throw error;
    }
  }

  #record(path: string): Promise<RecordingFile> {
    return RecordingFile.create(path, (message) => this.#warn(message));
  }

  #newPlugin(
    id: string,
    within: Executor,
    prepared: PreparedPlugin,
    functions: CustomFunctions,
    secrets: Secrets,
    options: FilledLoadOptions,
    recording: RecordingFile | undefined,
    path: string | undefined,
  ): Plugin {
    const { manifest, limits } = prepared;
    const recorded =
      within.name === 'inline' ? new RecordSwitch(within, recording, path, (text) => secrets.strike(text)) : undefined;
    const executor = recorded ?? within;
    const configOf = (given: Record<string, unknown>): PluginConfig =>
      makeConfig(manifest.config, given, {
        allowed: options.env,
        environment: process.env,
        secrets: secrets.names,
        secret: (name) => secrets.get(name),
      });
    const config = configOf(options.config);
    const log = new LogChannel(
      this.options.logger,
      id,
      manifest.version,
      limits.logLinesPerSecond,
      secrets,
      options.maxLogLevel,
    );
    const plugin: Plugin = makePlugin({
      id,
      executor,
      prepared,
      stopping: this.#stopping,
      log,
      secrets,
      grants: options.grants,
      configure: (given) => JSON.stringify(configOf(plainConfig(given))),
      assemble: (grants) => {
        const permissions = resolvePermissions(manifest.permissions, grants);
        const permits = permitsOf(permissions);
        const services = new PluginServices(this.#services, {
          id,
          manifest,
          limits,
          log,
          secrets,
          functions,
          grants,
          permits,
          config,
        });
        const runnable = makeRunnable({
          prepared,
          services,
          custom: functions.size === 0 ? NO_CUSTOM : [...functions.values()].map(({ shape }) => shape),
          configText: JSON.stringify(config),
          reset: options.reset ?? manifest.reset,
        });
        return {
          permissions,
          runnable,
          release: () => {
            executor.release(runnable);
            return services.shutdown();
          },
        };
      },
      profiles: options.profile,
      deterministic:
        options.deterministic === undefined ? this.options.deterministic : (options.deterministic ?? undefined),
      onUnloaded: async () => {
        this.#aside.delete(plugin);
        if (this.#plugins.get(id) === plugin) this.#plugins.delete(id);
        if (recorded !== undefined) await this.#recording?.end(recorded);
        await recording?.close();
      },
    });
    if (recorded !== undefined) this.#switches.set(plugin, recorded);
    return plugin;
  }

  #executor(name: ExecutorName): Executor {
    const executor = this.#executors.get(name) ?? createExecutor(name, this.options);
    this.#executors.set(name, executor);
    return executor;
  }

  /** A manifest may ask for less than the engine allows; only the operator gives more. */
  #limits(manifest: Pick<Manifest, 'limits'>, options: FilledLoadOptions): Limits {
    const base = this.options.limits;
    if (manifest.limits === undefined && options.limits === undefined) return base;
    const asked = resolveLimits(manifest.limits, base);
    const lowered = Object.entries(asked).map(([name, value]) => [name, Math.min(value, base[name as LimitName])]);
    return resolveLimits(options.limits, Object.fromEntries(lowered) as Record<LimitName, number>, MACHINE_RATES);
  }
}

const NO_SECRETS = new Secrets();
const NO_CUSTOM: readonly CustomShape[] = [];

const duplicateId = (id: string): RingfenceError =>
  new RingfenceError('DUPLICATE_ID', `A plugin ${JSON.stringify(id)} is loaded already: pass another \`id\``, {
    stage: 'options',
    plugin: id,
  });

function needsInline(option: string, what: string, executor: string, plugin?: string): RingfenceError {
  return new RingfenceError(
    'INVALID_OPTION',
    `Expected \`executor: 'inline'\` for a plugin with \`${option}\`, got ${executor}: ${what} on the caller's thread`,
    { stage: 'options', details: { option, executor }, ...(plugin === undefined ? {} : { plugin }) },
  );
}

/** States in which a plugin has instances that were started otherwise than the next ones will be. */
const HAS_INSTANCES: ReadonlySet<PluginState> = new Set(['starting', 'running', 'degraded']);

const openStore = (kv: KvOption): KvStore =>
  kv === 'memory' ? new MemoryKvStore() : 'get' in kv ? kv : openSqliteStore(kv.path);

const engineClosed = (): RingfenceError => new RingfenceError('CLOSED', 'The engine is closed');
