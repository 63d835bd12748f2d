/** A loaded plugin, as its caller sees it. */
import type { SpokenContract } from './abi/contract.ts';
import type { HookName } from './abi/exports.ts';
import { decodeValue, encodeValue } from './abi/values.ts';
import { bug, type ErrorStage, isRingfenceError, RingfenceError, withContext } from './errors.ts';
import type { Executor, ExecutorInstance } from './executors/executor.ts';
import type { Gate } from './gate.ts';
import { fillGrants, type Grants, type GrantsInput, mergeGrants } from './grants.ts';
import { cancelled } from './host/account.ts';
import type { ServeOptions } from './host/call-service.ts';
import type { LogChannel } from './host/log-channel.ts';
import { type PluginPermissions, permissionDenied, requiredOf } from './host/permissions.ts';
import type { Secrets } from './host/secrets.ts';
import { UsageRecord } from './host/usage-counters.ts';
import type { Limits } from './limits.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { knownNames } from './near-miss.ts';
import {
  type CallOptions,
  type CallSettings,
  type CloseOptions,
  type Deterministic,
  type ExecutorName,
  fillCallOptions,
  fillCloseOptions,
} from './options.ts';
import { InstancePool, type StartInstance } from './pool/instance-pool.ts';
import type { FuelProfile } from './runtime/fuel-profile.ts';
import { MACHINE_RATES } from './runtime/fuel-rate.ts';
import type { Input, Output, OutputKind } from './runtime/instance.ts';
import { type MemoryUse, memoryOf } from './runtime/memory-use.ts';
import type { PreparedPlugin } from './runtime/prepare.ts';
import type { RunnablePlugin } from './runtime/runnable.ts';
import { NEXT_STATES, type PluginState } from './runtime/state.ts';
import { type Usage, usageOf } from './runtime/usage.ts';
import type { Manifest } from './validate/index.ts';

/** What is known of a plugin once it is loaded. */
export interface PluginInfo extends Readonly<Omit<Manifest, 'functions' | 'limits' | 'config'>> {
  readonly id: string;
  /** What it speaks: `ringfence` is our own ABI. */
  readonly contract: SpokenContract;
  /** Names that `call` takes. */
  readonly functions: readonly string[];
  /** Optional exports of the guest ABI that it has. */
  readonly hooks: readonly HookName[];
  /** Host functions that it imports. */
  readonly imports: readonly string[];
  /** SHA-256 of the module, in hexadecimal. */
  readonly digest: string;
  /** The wall around it. */
  readonly executor: ExecutorName;
  readonly limits: Limits;
}

/** The outcome of a call with what it used. */
export interface Invocation<Value = unknown> {
  readonly value: Value;
  readonly usage: Usage;
}

interface Call {
  readonly encoding: OutputKind;
  readonly name: string;
  readonly input: Input;
  readonly settings: CallSettings;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  /** Where to leave what it used. */
  readonly usage: UsageRecord;
  /** The plugin's pool when the call came: a restart makes another. */
  readonly pool: InstancePool;
  /** How often it has been given to an instance. */
  runs: number;
}

/** What ends one worker after the other must not go on for ever. */
const MOST_RUNS = 3;

/** A plugin with more functions is not searched for the one that was meant. */
const MOST_COMPARED = 50;

/** What a plugin runs with, as long as its grants stay what they are. */
export interface Assembly {
  readonly permissions: PluginPermissions;
  readonly runnable: RunnablePlugin;
  /** Lets go of what its services hold: connections and the like. Called once its instances have stopped. */
  readonly release: () => Promise<void>;
}

/** What the engine hands to the plugins it loads. */
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

/** For the engine: what a plugin is made of is not part of its type. */
export let makePlugin: (parts: PluginParts) => Plugin;

/**
 * Made by `engine.load`. Its calls may overlap: they queue or spread over instances, and never share one at the same time.
 *
 * @example
 * const words = await plugin.call('count', { text: 'to be or not to be' });
 */
export class Plugin implements AsyncDisposable {
  readonly id: string;
  readonly #parts: PluginParts;
  readonly #prepared: PreparedPlugin;
  /** Made when somebody looks at it. */
  #info: PluginInfo | undefined;
  readonly #functions: ReadonlySet<string>;
  /** The one of them that was called last: it is the next one as a rule. */
  #called: string | undefined;
  /** Of calls that are made without options. */
  readonly #settings: CallSettings;
  /** Of starting and stopping. */
  readonly #lifecycle: CallSettings;
  readonly #last: UsageRecord;
  #profile: FuelProfile | undefined;
  #grants: Grants;
  /** What instances that are started are given. */
  #carried: Uint8Array | undefined;
  #assembly: Assembly;
  /** Done when the plugin has started, or has failed to. */
  #warming: Promise<void> = Promise.resolve();
  /** Grants take effect one after the other. */
  #granting: Promise<void> = Promise.resolve();
  /** What `setConfig` gave, as JSON; undefined: what the plugin was loaded with. */
  #configText: string | undefined;
  /** By instance, what it was told last. */
  readonly #told = new WeakMap<ExecutorInstance, string>();
  #pool: InstancePool;
  #state: PluginState = 'installed';
  /** Done when the instances before the last restart have stopped. */
  #stopped: Promise<void> = Promise.resolve();
  #restarting: Promise<void> | undefined;
  /** Why its first instance was given up. */
  #abandoned: { readonly reason: unknown } | undefined;
  #unloading: Promise<void> | undefined;

  /** Private, so that the types of its parts are nobody's business. */
  private constructor(parts: PluginParts) {
    const { prepared } = parts;
    this.id = parts.id;
    this.#parts = parts;
    this.#prepared = prepared;
    this.#functions = new Set(prepared.functions);
    this.#settings = Object.freeze({
      limits: prepared.limits,
      signal: undefined,
      context: undefined,
      deterministic: parts.deterministic,
    });
    this.#lifecycle = Object.freeze({ ...this.#settings, isLifecycle: true });
    this.#last = new UsageRecord(prepared.limits);
    this.#grants = parts.grants;
    this.#assembly = parts.assemble(parts.grants);
    this.#pool = this.#newPool(Promise.resolve());
  }

  static {
    makePlugin = (parts) => new Plugin(parts);
  }

  get info(): PluginInfo {
    this.#info ??= infoOf(this.#parts);
    return this.#info;
  }

  get state(): PluginState {
    return this.#state;
  }

  /** What the plugin asks for, and what of it is granted. It does not run while something is missing that it cannot do without. */
  get permissions(): PluginPermissions {
    return this.#assembly.permissions;
  }

  /** What the call that ended last has used against what it was allowed; before the first, what loading has. */
  usage(): Usage {
    return usageOf(this.#last);
  }

  /** The memory that its instances take now. */
  memory(): MemoryUse {
    return memoryOf(this.#pool.instances);
  }

  /**
   * Where the fuel of the call that ended last went, by stacks of functions; undefined unless the plugin was loaded with
   * `profile: true`, and before the first call.
   */
  profile(): FuelProfile | undefined {
    return this.#profile;
  }

  /**
   * Calls a function of the plugin: JSON in, JSON out.
   * @param input any value that JSON can carry; `undefined` for none
   * @returns `undefined` if the plugin returned nothing
   * @throws UNKNOWN_FUNCTION, INVALID_INPUT, BUSY, CLOSED; OUT_OF_FUEL, DEADLINE_EXCEEDED, CANCELLED, TRAP, GUEST_ERROR and the
   *   other ways in which a plugin can fail, with `details.function` and `details.usage`
   */
  call<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Promise<Value> {
    try {
      return promiseOf<Value>(
        this.#run(this.#newCall('text', name, encodeValue(this.#prepared.contract, input), options)),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As {@link call}, with bytes both ways: what the plugin returns is not looked into. */
  callBytes(name: string, input: Uint8Array, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return promiseOf(this.#run(this.#newCall('bytes', name, checkBytes(input), options)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As {@link call}, and tells what the call used. */
  async invoke<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Promise<Invocation<Value>> {
    const used = new UsageRecord(this.#prepared.limits);
    const value = await this.#run(
      this.#newCall('text', name, encodeValue(this.#prepared.contract, input), options, used),
    );
    return { value: value as Value, usage: usageOf(used) };
  }

  /**
   * As {@link call}, at once: nothing else runs until it returns. For plugins none of whose imports makes them wait.
   * @throws UNSUPPORTED_PLATFORM for other plugins and executors; BUSY if no instance is free and no more may be started
   */
  callSync<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Value {
    return this.#runSync('text', name, encodeValue(this.#prepared.contract, input), options) as Value;
  }

  /** As {@link callSync}, with bytes both ways. */
  callBytesSync(name: string, input: Uint8Array, options?: CallOptions): Uint8Array<ArrayBuffer> {
    return this.#runSync('bytes', name, checkBytes(input), options) as Uint8Array<ArrayBuffer>;
  }

  /** What other plugins call, through the host: as `callBytes`, with what the caller has left as its bounds. */
  async serve(
    name: string,
    input: Uint8Array,
    options: ServeOptions,
  ): Promise<{ output: Uint8Array; fuelUsed: number }> {
    // A plugin could make the host search for what it meant, over and over, at no cost to itself.
    if (!this.#functions.has(name)) throw this.#unknownFunction(name, 0);
    const used = new UsageRecord(this.#prepared.limits);
    const call = this.#newCall('bytes', name, input, undefined, used);
    const { limits } = this.#prepared;
    const { fuel, deadline, signal, context, callers, deterministic } = options;
    const left = Math.max(1, Math.ceil(deadline - call.startedAt));
    const settings: CallSettings = {
      limits: { ...limits, fuel: Math.min(limits.fuel, fuel), timeoutMs: Math.min(limits.timeoutMs, left) },
      signal,
      context,
      callers,
      deterministic: deterministic ?? this.#settings.deterministic,
    };
    const output = (await this.#run({ ...call, settings })) as Uint8Array;
    return { output, fuelUsed: used.fuelUsed };
  }

  /**
   * As {@link call} or {@link callBytes}, for those who keep books: of functions, and of hooks that the plugin exports.
   * @param used where to leave what the call used
   */
  async account(
    kind: 'function' | 'hook',
    encoding: OutputKind,
    name: string,
    input: Input,
    options: CallOptions | undefined,
    used: UsageRecord,
  ): Promise<unknown> {
    if (kind === 'hook') this.#checkHook(name as HookName);
    return this.#run(this.#newCall(encoding, name, input, options, used, kind === 'hook'));
  }

  /**
   * The state of an instance that is idle, or of the first to become so: what `plugin_save_state` returns.
   * @throws UNKNOWN_FUNCTION for a plugin without it, LIMIT_EXCEEDED (limit `stateBytes`); whatever a call may throw
   */
  async saveState(options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { stateBytes } = this.#prepared.limits;
    const used = new UsageRecord(this.#prepared.limits);
    const limited: CallOptions = { ...options, limits: { ...options?.limits, outputBytes: stateBytes } };
    try {
      const state = await this.account('hook', 'bytes', 'save_state', '', limited, used);
      return state as Uint8Array<ArrayBuffer>;
    } catch (error) {
      throw stateTooLarge(error, 'outputBytes', stateBytes) ?? error;
    }
  }

  /**
   * Gives a state to all instances that are idle, with `plugin_restore_state`, and to each that is started from now on.
   * @throws UNKNOWN_FUNCTION for a plugin without it, LIMIT_EXCEEDED (limit `stateBytes`); whatever a call may throw: then no more
   *   instances are given it, and those that took it have it
   */
  async restoreState(state: Uint8Array, options?: CallOptions): Promise<void> {
    this.#checkHook('restore_state');
    const { stateBytes } = this.#prepared.limits;
    if (state.length > stateBytes) throw this.#describe(overState(stateBytes, state.length), 'call', {});
    const own = new Uint8Array(state);
    const settings = this.#stateSettings(fillCallOptions(options ?? {}, this.#settings, MACHINE_RATES));
    const pool = this.#pool;
    const idle: ExecutorInstance[] = [];
    for (let instance = pool.take(); instance !== undefined; instance = pool.take()) idle.push(instance);
    const restored = await Promise.allSettled(
      idle.map(async (instance) => {
        try {
          await instance.call('restore_state', own, 'bytes', settings, performance.now());
        } finally {
          pool.give(instance);
        }
      }),
    );
    const failed = restored.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw this.#describe(failed.reason, 'call', { function: 'restore_state' });
    this.#carried = own;
  }

  #stateSettings(settings: CallSettings): CallSettings {
    return { ...settings, limits: { ...settings.limits, inputBytes: this.#prepared.limits.stateBytes } };
  }

  #checkHook(name: HookName): void {
    if (this.#prepared.hooks.includes(name)) return;
    throw this.#describe(
      new RingfenceError('UNKNOWN_FUNCTION', `The plugin ${this.id} does not export \`plugin_${name}\``),
      'call',
      { function: name },
    );
  }

  /**
   * Starts further instances until there are so many, before calls need them.
   * @param instances at most the limit of that name
   */
  async warm(instances: number): Promise<void> {
    const missing = Math.min(instances, this.#prepared.limits.instances) - this.#pool.size;
    const pool = this.#pool;
    try {
      await Promise.all(Array.from({ length: Math.max(0, missing) }, () => pool.warm()));
    } catch (error) {
      throw this.#describe(error, 'start', {});
    }
  }

  /** Instances there are. */
  get instances(): number {
    return this.#pool.size;
  }

  /**
   * Starts the first instance of a plugin that was loaded with `start: false`.
   * @param startedAt when loading began: `startTimeoutMs` runs from then @default now
   * @throws whatever loading may throw: the plugin has failed then, and is to be unloaded
   */
  async start(startedAt = performance.now(), signal?: AbortSignal): Promise<void> {
    if (this.#state !== 'installed') throw bug(`a plugin is started that is ${this.#state}`);
    if (this.#denied() !== undefined) {
      this.#enter('pending-permission');
      this.#warn((this.#denied() as RingfenceError).message);
      return;
    }
    const onAbort = (): void => this.abandon(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#warm(async (aborted) => {
        const instance = await this.#startInstance(startedAt, aborted);
        this.#last.copy(instance.usage);
        return instance;
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
    // It may have started just then, but its pool starts no more.
    if (this.#abandoned !== undefined) throw this.#describe(cancelled(this.#abandoned), 'start', {});
  }

  /** Gives up the instance that is being started, and starts no more: the plugin is about to be unloaded. */
  abandon(reason: unknown): void {
    this.#abandoned = { reason };
    this.#pool.abandon(reason);
  }

  /**
   * Grants more than was granted when the plugin was loaded. A plugin that waits for permissions starts once it has all that
   * it cannot do without; one that runs is restarted, so that all its instances have the same.
   * @throws INVALID_OPTION, CLOSED; whatever starting may throw
   */
  grant(grants: GrantsInput): Promise<void> {
    const more = fillGrants(grants);
    const granted = this.#granting.then(() => this.#grant(more));
    this.#granting = granted.catch(() => {});
    return granted;
  }

  async #grant(more: Grants): Promise<void> {
    if (this.#unloading !== undefined) throw this.#unloaded();
    const grants = mergeGrants(this.#grants, more);
    const old = this.#assembly;
    this.#assembly = this.#parts.assemble(grants);
    this.#grants = grants;
    try {
      if (this.#state !== 'pending-permission') {
        // One that is under way may have begun with what was granted before.
        await this.#restarting?.catch(() => {});
        await this.restart();
      } else if (this.#denied() === undefined) {
        await this.#warm();
      }
    } finally {
      await old.release();
    }
  }

  /**
   * Another configuration, in place of the whole one: placeholders are filled in, defaults too, and it is checked by the plugin's
   * schema. Instances that are started from now on have it from their beginning. Those that there are hear of it between two
   * calls, by the event `config.changed`, and read it from then on; where the plugin handles no events, or forgets after each
   * call, all its instances are restarted.
   * @returns when no idle instance has the old one; what a plugin answers to the event is logged if it is a failure, and that
   *   instance is replaced
   * @throws INVALID_CONFIG: nothing has changed then; CLOSED; whatever a restart may throw
   */
  async setConfig(config: unknown): Promise<void> {
    const text = this.#parts.configure(config);
    const set = this.#granting.then(() => this.#setConfig(text));
    this.#granting = set.catch(() => {});
    return set;
  }

  async #setConfig(text: string): Promise<void> {
    if (this.#unloading !== undefined) throw this.#unloaded();
    this.#configText = text;
    if (this.#state === 'installed' || this.#state === 'pending-permission') return;
    if (!this.#hearsOfConfig) {
      // One that is under way may have begun with the old one.
      await this.#restarting?.catch(() => {});
      await this.restart();
      return;
    }
    const pool = this.#pool;
    const idle: ExecutorInstance[] = [];
    for (let instance = pool.take(); instance !== undefined; instance = pool.take()) idle.push(instance);
    await Promise.all(idle.map((instance) => this.#tell(instance).then(() => pool.give(instance))));
  }

  get #hearsOfConfig(): boolean {
    return this.#prepared.hooks.includes('on_event') && this.#assembly.runnable.reset === 'never';
  }

  /** Whether an instance has another configuration than it should. */
  #isBehind(instance: ExecutorInstance): boolean {
    return this.#configText !== undefined && instance.state === 'idle' && this.#told.get(instance) !== this.#configText;
  }

  /** Gives an instance the configuration that the plugin has now. Nobody else holds it meanwhile. Never throws. */
  async #tell(instance: ExecutorInstance): Promise<void> {
    while (this.#isBehind(instance)) {
      const configText = this.#configText as string;
      this.#told.set(instance, configText);
      const { limits } = this.#settings;
      const input = `{"event":"config.changed","payload":${configText}}`;
      const settings = {
        ...this.#settings,
        limits: { ...limits, inputBytes: Math.max(limits.inputBytes, input.length * 3) },
        configText,
      };
      try {
        await instance.call('on_event', input, 'bytes', settings, performance.now());
      } catch (error) {
        this.#warn(`The plugin did not take its new configuration: ${(error as Error).message}`);
        await this.#stopInstance(instance, performance.now());
      }
    }
  }

  /** Why the plugin may not run; undefined if it may. */
  #denied(): RingfenceError | undefined {
    const missing = requiredOf(this.permissions.missing);
    return missing.length === 0 ? undefined : permissionDenied(this.id, missing, this.#grants);
  }

  /**
   * Stops all instances and starts anew. Calls that were accepted are finished first; calls that come meanwhile wait.
   * While it restarts, calling it again returns the same promise.
   * @throws CLOSED once the plugin is unloaded; whatever loading may throw
   */
  restart(options?: CloseOptions): Promise<void> {
    const { deadlineMs } = fillCloseOptions(options);
    this.#restarting ??= this.#restart(deadlineMs).finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  async #restart(deadlineMs: number): Promise<void> {
    if (this.#state === 'starting') await this.#warming;
    if (this.#unloading !== undefined) throw this.#unloaded();
    if (this.#state === 'pending-permission') throw this.#describe(this.#denied(), 'start', {});
    const old = this.#pool;
    if (this.#state === 'running') this.#enter('stopping');
    this.#stopped = this.#stop(old, deadlineMs);
    this.#pool = this.#newPool(this.#stopped);
    await this.#stopped;
    if (this.#state === 'stopping' && this.#unloading === undefined) this.#enter('stopped');
    await this.#warm();
  }

  /**
   * Takes no more calls, finishes those that were accepted, lets the plugin stop and clean up (within the limit
   * `stopGraceMs`), and forgets it. Calling it again returns the same promise.
   */
  unload(options?: CloseOptions): Promise<void> {
    const { deadlineMs } = fillCloseOptions(options);
    this.#unloading ??= this.#unload(deadlineMs);
    return this.#unloading;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unload();
  }

  async #unload(deadlineMs: number): Promise<void> {
    if (this.#state === 'running' || this.#state === 'starting') this.#enter('stopping');
    await Promise.all([this.#stopped, this.#stop(this.#pool, deadlineMs)]);
    this.#parts.log.reportDropped(undefined, true);
    await this.#assembly.release();
    if (this.#state !== 'stopped') this.#enter('stopped');
    await this.#parts.onUnloaded();
  }

  /** What goes wrong in `plugin_stop` is logged: there is nobody else to tell, and the plugin goes anyway. */
  #stop(pool: InstancePool, deadlineMs: number): Promise<void> {
    let startedAt: number | undefined;
    return pool.close(deadlineMs, (instance) =>
      this.#parts.stopping.run(() => {
        // One clock for all instances.
        startedAt ??= performance.now();
        return this.#stopInstance(instance, startedAt);
      }),
    );
  }

  async #stopInstance(instance: ExecutorInstance, startedAt: number): Promise<void> {
    try {
      await instance.stop(this.#lifecycle, startedAt);
    } catch (error) {
      this.#warn(`While stopping: ${(error as Error).message}`);
    }
  }

  #warn(message: string): void {
    try {
      this.#parts.log.write('warn', message, 'engine', undefined);
    } catch {
      // A logger that throws must not keep a plugin from stopping.
    }
  }

  #warm(start?: StartInstance): Promise<void> {
    const warming = this.#warmNow(start);
    this.#warming = warming.catch(() => {});
    return warming;
  }

  async #warmNow(start: StartInstance | undefined): Promise<void> {
    const isLeaving = (): boolean => this.#unloading !== undefined;
    const pool = this.#pool;
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
      throw this.#describe(error, 'start', {});
    }
  }

  #enter(state: PluginState): void {
    if (!NEXT_STATES[this.#state].includes(state)) throw bug(`plugin ${this.id} from ${this.#state} to ${state}`);
    this.#state = state;
  }

  #newPool(after: Promise<void>): InstancePool {
    return new InstancePool(
      async (signal) => {
        await after;
        return this.#startInstance(performance.now(), signal);
      },
      (spare) => this.#stopInstance(spare, performance.now()),
      this.#prepared.limits,
    );
  }

  async #startInstance(startedAt: number, signal: AbortSignal): Promise<ExecutorInstance> {
    const configText = this.#configText;
    const carried = this.#carried;
    const settings = { ...this.#lifecycle, signal, configText };
    const instance = await this.#parts.executor.start(this.#assembly.runnable, settings, startedAt);
    if (configText !== undefined) this.#told.set(instance, configText);
    // It may have changed meanwhile.
    if (this.#isBehind(instance) && this.#hearsOfConfig) await this.#tell(instance);
    return carried === undefined ? instance : this.#carryInto(instance, carried, signal);
  }

  async #carryInto(instance: ExecutorInstance, state: Uint8Array, signal: AbortSignal): Promise<ExecutorInstance> {
    const settings = { ...this.#stateSettings(this.#settings), signal };
    try {
      await instance.call('restore_state', state, 'bytes', settings, performance.now());
    } catch (error) {
      await this.#stopInstance(instance, performance.now());
      throw error;
    }
    return instance;
  }

  #newCall(
    encoding: OutputKind,
    name: string,
    input: Input,
    options: CallOptions | undefined,
    usage = this.#last,
    isHook = false,
  ): Call {
    const startedAt = monotonicClock.now();
    const settings = this.#admit(name, options, isHook);
    return { encoding, name, input, settings, startedAt, usage, pool: this.#pool, runs: 1 };
  }

  /** @throws UNKNOWN_FUNCTION, PERMISSION_DENIED, INVALID_OPTION */
  #admit(name: string, options: CallOptions | undefined, isHook = false): CallSettings {
    if (!isHook && name !== this.#called) {
      if (!this.#functions.has(name)) throw this.#unknownFunction(name);
      this.#called = name;
    }
    if (this.#state === 'pending-permission') throw this.#describe(this.#denied(), 'call', { function: name });
    return options === undefined ? this.#settings : fillCallOptions(options, this.#settings, MACHINE_RATES);
  }

  /** @returns the value, or a promise of it: a call that need not wait costs no more than a function call */
  #run(call: Call): unknown {
    let instance: ExecutorInstance | undefined;
    try {
      instance = call.pool.take();
    } catch (error) {
      throw this.#describe(error, 'call', { function: call.name });
    }
    return instance === undefined ? this.#runLater(call) : this.#runOn(instance, call);
  }

  async #runLater(call: Call): Promise<unknown> {
    let instance: ExecutorInstance;
    try {
      instance = await call.pool.wait(call.settings, call.startedAt);
    } catch (error) {
      throw this.#describe(error, 'call', { function: call.name });
    }
    return this.#runOn(instance, call);
  }

  #runOn(instance: ExecutorInstance, call: Call): unknown {
    let output: Output | Promise<Output>;
    try {
      output = instance.call(call.name, call.input, call.encoding, call.settings, call.startedAt);
    } catch (error) {
      throw this.#failCall(error, instance, call);
    }
    return output instanceof Promise ? this.#finishLater(output, instance, call) : this.#finish(output, instance, call);
  }

  /** Without a record of the call: that would be a good part of what a short one costs. */
  #runSync(encoding: OutputKind, name: string, input: Input, options: CallOptions | undefined): unknown {
    const startedAt = monotonicClock.now();
    const settings = this.#admit(name, options);
    this.#checkSynchronous();
    const pool = this.#pool;
    let instance: ExecutorInstance;
    try {
      instance = pool.take() ?? this.#addSync(pool);
    } catch (error) {
      throw this.#describe(error, 'call', { function: name });
    }
    let output: Output;
    try {
      output = instance.callSync(name, input, encoding, settings, startedAt);
    } catch (error) {
      throw this.#fail(error, instance, name, pool, this.#last);
    }
    this.#release(instance, pool, this.#last);
    return encoding === 'bytes' ? output : this.#decode(output as string, name, this.#last);
  }

  #addSync(pool: InstancePool): ExecutorInstance {
    const { startSync } = this.#parts.executor;
    if (startSync === undefined) throw bug('an instance of an executor that starts none at once');
    return pool.addSync(() => this.#startSync(startSync));
  }

  #startSync(start: NonNullable<Executor['startSync']>): ExecutorInstance {
    const configText = this.#configText;
    const instance = start(this.#assembly.runnable, { ...this.#lifecycle, configText }, performance.now());
    if (configText !== undefined) this.#told.set(instance, configText);
    const carried = this.#carried;
    if (carried !== undefined) {
      instance.callSync('restore_state', carried, 'bytes', this.#stateSettings(this.#settings), performance.now());
    }
    return instance;
  }

  #finishLater(output: Promise<Output>, instance: ExecutorInstance, call: Call): Promise<unknown> {
    return output.then(
      (settled) => this.#finish(settled, instance, call),
      (error: unknown) => {
        if (!this.#mayRunAgain(error, call)) throw this.#failCall(error, instance, call);
        call.runs++;
        call.pool.give(instance);
        return this.#run(call);
      },
    );
  }

  /** Its worker or process has ended: for no fault of the call if it had not begun, and for no harm if the plugin says so. */
  #mayRunAgain(error: unknown, { name, runs }: Call): boolean {
    if (!isRingfenceError(error, 'EXECUTOR_CRASHED') || runs >= MOST_RUNS) return false;
    // A function that does no more when it is called twice.
    return error.details.started === false || this.#prepared.manifest.functions[name]?.idempotent === true;
  }

  /** The plugin has answered. */
  #finish(output: Output, instance: ExecutorInstance, { encoding, name, pool, usage }: Call): unknown {
    this.#release(instance, pool, usage);
    return encoding === 'bytes' ? output : this.#decode(output as string, name, usage);
  }

  /** @throws BAD_OUTPUT */
  #decode(output: string, name: string, usage: UsageRecord): unknown {
    try {
      return decodeValue(this.#prepared.contract, output, name);
    } catch (error) {
      throw this.#describe(error, 'call', { function: name, usage: usageOf(usage) });
    }
  }

  #failCall(error: unknown, instance: ExecutorInstance, { name, pool, usage }: Call): RingfenceError {
    return this.#fail(error, instance, name, pool, usage);
  }

  /** The plugin has not answered. @returns what to tell the caller */
  #fail(
    error: unknown,
    instance: ExecutorInstance,
    name: string,
    pool: InstancePool,
    usage: UsageRecord,
  ): RingfenceError {
    this.#release(instance, pool, usage);
    return this.#describe(error, 'call', { function: name, usage: usageOf(usage) });
  }

  #release(instance: ExecutorInstance, pool: InstancePool, usage: UsageRecord): void {
    usage.copy(instance.usage);
    if (this.#parts.profiles) this.#profile = instance.profile;
    if (usage !== this.#last) this.#last.copy(usage);
    if (this.#configText !== undefined && this.#isBehind(instance) && this.#hearsOfConfig) {
      void this.#tell(instance).then(() => pool.give(instance));
    } else {
      pool.give(instance);
    }
  }

  #describe(error: unknown, stage: ErrorStage, details: Readonly<Record<string, unknown>>): RingfenceError {
    const described = withContext(error, {
      stage,
      plugin: this.id,
      details: { version: this.#prepared.manifest.version, ...details },
    });
    return this.#parts.secrets.strikeError(described);
  }

  #unloaded(): RingfenceError {
    return this.#describe(new RingfenceError('CLOSED', `The plugin ${this.id} is unloaded`), 'stop', {});
  }

  /** @param mostCompared of a plugin with more functions it is not said which one was probably meant */
  #unknownFunction(name: string, mostCompared = MOST_COMPARED): RingfenceError {
    const functions = [...this.#functions];
    const meant = functions.length <= mostCompared && typeof name === 'string' ? name : '';
    return this.#describe(
      new RingfenceError(
        'UNKNOWN_FUNCTION',
        `The plugin ${this.id} has no function ${JSON.stringify(name)}. ${knownNames(meant, functions, 'Functions are')}`,
      ),
      'call',
      { function: name, functions },
    );
  }

  /** @throws UNSUPPORTED_PLATFORM */
  #checkSynchronous(): void {
    if (this.#parts.executor.startSync === undefined || this.#assembly.runnable.waiting.length > 0)
      throw this.#notSynchronous();
  }

  #notSynchronous(): RingfenceError {
    const { executor } = this.#parts;
    const { runnable } = this.#assembly;
    const why =
      runnable.waiting.length > 0
        ? `${runnable.waiting.join(', ')} may make it wait`
        : `the executor ${executor.name} answers later`;
    return this.#describe(
      new RingfenceError(
        'UNSUPPORTED_PLATFORM',
        `The plugin ${this.id} cannot be called synchronously: ${why}. Use call()`,
      ),
      'call',
      {},
    );
  }
}

function infoOf({ id, executor, prepared }: PluginParts): PluginInfo {
  const { manifest, contract, functions, hooks, imports, digest, limits } = prepared;
  const { functions: _, limits: __, config: ___, ...announced } = manifest;
  return Object.freeze({
    ...announced,
    id,
    contract,
    functions,
    hooks,
    imports,
    digest,
    executor: executor.name,
    limits,
  });
}

const overState = (allowed: number, used: number): RingfenceError =>
  new RingfenceError(
    'LIMIT_EXCEEDED',
    `The state of the plugin has ${used} bytes: at most ${allowed} are allowed (limit \`stateBytes\`)`,
    { details: { limit: 'stateBytes', used, allowed } },
  );

/** What is an output to the instance is a state to those who asked for it. */
function stateTooLarge(error: unknown, limit: string, allowed: number): RingfenceError | undefined {
  if (!isRingfenceError(error, 'LIMIT_EXCEEDED') || error.details.limit !== limit) return undefined;
  return withContext(overState(allowed, error.details.used as number), {
    stage: error.stage,
    plugin: error.plugin,
    details: { ...error.details, limit: 'stateBytes' },
  });
}

/** Each promise around another costs a short call a good part of its time. */
const promiseOf = <Value>(result: unknown): Promise<Value> =>
  (result instanceof Promise ? result : Promise.resolve(result)) as Promise<Value>;

/** `callBytes` takes bytes: text would be encoded without anybody having asked for it. */
function checkBytes(input: unknown): Uint8Array {
  if (input instanceof Uint8Array) return input;
  throw new RingfenceError('INVALID_INPUT', `Expected the input as a Uint8Array, got a ${typeof input}`, {
    stage: 'call',
  });
}
