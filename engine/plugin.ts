/** A loaded plugin, as its caller sees it. */
import type { SpokenContract } from './abi/contract.ts';
import type { HookName } from './abi/exports.ts';
import { encodeValue } from './abi/values.ts';
import { RingfenceError } from './errors.ts';
import type { GrantsInput } from './grants.ts';
import type { ServeOptions } from './host/call-service.ts';
import type { PluginPermissions } from './host/permissions.ts';
import { UsageRecord } from './host/usage-counters.ts';
import type { Limits } from './limits.ts';
import type { CallOptions, CallSettings, CloseOptions } from './options.ts';
import { CallRunner } from './plugin/call-runner.ts';
import { stateTooLarge } from './plugin/carried-state.ts';
import { PluginChanges } from './plugin/changes.ts';
import { Granted } from './plugin/granted.ts';
import { infoOf, type PluginInfo } from './plugin/info.ts';
import { PluginInstances } from './plugin/instances.ts';
import { PluginLifecycle } from './plugin/lifecycle.ts';
import type { PluginParts } from './plugin/parts.ts';
import { PluginErrors } from './plugin/plugin-errors.ts';
import type { FuelProfile } from './runtime/fuel-profile.ts';
import type { Input, OutputKind } from './runtime/instance.ts';
import { type MemoryUse, memoryOf } from './runtime/memory-use.ts';
import type { PluginState } from './runtime/state.ts';
import { type Usage, usageOf } from './runtime/usage.ts';

export type { PluginInfo } from './plugin/info.ts';

/** The outcome of a call with what it used. */
export interface Invocation<Value = unknown> {
  readonly value: Value;
  readonly usage: Usage;
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
  readonly #contract: SpokenContract;
  readonly #limits: Limits;
  /** Made when somebody looks at it. */
  #info: PluginInfo | undefined;
  readonly #granted: Granted;
  readonly #instances: PluginInstances;
  readonly #life: PluginLifecycle;
  readonly #changes: PluginChanges;
  readonly #calls: CallRunner;

  /** Private, so that the types of its parts are nobody's business. */
  private constructor(parts: PluginParts) {
    const { prepared, deterministic } = parts;
    const { limits } = prepared;
    // Of calls without options.
    const settings: CallSettings = Object.freeze({ limits, signal: undefined, context: undefined, deterministic });
    const errors = new PluginErrors(parts);
    this.id = parts.id;
    this.#parts = parts;
    this.#contract = prepared.contract;
    this.#limits = limits;
    this.#granted = new Granted(parts);
    this.#instances = new PluginInstances(parts, this.#granted, errors, settings);
    this.#life = new PluginLifecycle(parts, this.#granted, this.#instances, errors);
    this.#changes = new PluginChanges(parts, this.#granted, this.#instances, this.#life);
    this.#calls = new CallRunner(parts, settings, this.#granted, this.#instances, this.#life, errors);
  }

  static {
    makePlugin = (parts) => new Plugin(parts);
  }

  get info(): PluginInfo {
    this.#info ??= infoOf(this.#parts);
    return this.#info;
  }

  get state(): PluginState {
    return this.#life.state;
  }

  /** What the plugin asks for, and what of it is granted. It does not run while something is missing that it cannot do without. */
  get permissions(): PluginPermissions {
    return this.#granted.assembly.permissions;
  }

  /** What the call that ended last has used against what it was allowed; before the first, what loading has. */
  usage(): Usage {
    return usageOf(this.#calls.last);
  }

  /** The memory that its instances take now. */
  memory(): MemoryUse {
    return memoryOf(this.#life.pool.instances);
  }

  /**
   * Where the fuel of the call that ended last went, by stacks of functions; undefined unless the plugin was loaded with
   * `profile: true`, and before the first call.
   */
  profile(): FuelProfile | undefined {
    return this.#calls.profile;
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
        this.#calls.run(this.#calls.newCall('text', name, encodeValue(this.#contract, input), options)),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As {@link call}, with bytes both ways: what the plugin returns is not looked into. */
  callBytes(name: string, input: Uint8Array, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return promiseOf(this.#calls.run(this.#calls.newCall('bytes', name, checkBytes(input), options)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As {@link call}, and tells what the call used. */
  async invoke<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Promise<Invocation<Value>> {
    const used = new UsageRecord(this.#limits);
    const value = await this.#calls.run(
      this.#calls.newCall('text', name, encodeValue(this.#contract, input), options, used),
    );
    return { value: value as Value, usage: usageOf(used) };
  }

  /**
   * As {@link call}, at once: nothing else runs until it returns. For plugins none of whose imports makes them wait.
   * @throws UNSUPPORTED_PLATFORM for other plugins and executors; BUSY if no instance is free and no more may be started
   */
  callSync<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Value {
    return this.#calls.runSync('text', name, encodeValue(this.#contract, input), options) as Value;
  }

  /** As {@link callSync}, with bytes both ways. */
  callBytesSync(name: string, input: Uint8Array, options?: CallOptions): Uint8Array<ArrayBuffer> {
    return this.#calls.runSync('bytes', name, checkBytes(input), options) as Uint8Array<ArrayBuffer>;
  }

  /** What other plugins call, through the host: as `callBytes`, with what the caller has left as its bounds. */
  serve(name: string, input: Uint8Array, options: ServeOptions): Promise<{ output: Uint8Array; fuelUsed: number }> {
    return this.#calls.serve(name, input, options);
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
    if (kind === 'hook') this.#calls.checkHook(name as HookName);
    return this.#calls.run(this.#calls.newCall(encoding, name, input, options, used, kind === 'hook'));
  }

  /**
   * The state of an instance that is idle, or of the first to become so: what `plugin_save_state` returns.
   * @throws UNKNOWN_FUNCTION for a plugin without it, LIMIT_EXCEEDED (limit `stateBytes`); whatever a call may throw
   */
  async saveState(options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { stateBytes } = this.#limits;
    const used = new UsageRecord(this.#limits);
    const limited: CallOptions = { ...options, limits: { ...options?.limits, outputBytes: stateBytes } };
    try {
      const state = await this.account('hook', 'bytes', 'save_state', '', limited, used);
      return state as Uint8Array<ArrayBuffer>;
    } catch (error) {
      throw stateTooLarge(error, stateBytes) ?? error;
    }
  }

  /**
   * Gives a state to all instances that are idle, with `plugin_restore_state`, and to each that is started from now on.
   * @throws UNKNOWN_FUNCTION for a plugin without it, LIMIT_EXCEEDED (limit `stateBytes`); whatever a call may throw: then no more
   *   instances are given it, and those that took it have it
   */
  async restoreState(state: Uint8Array, options?: CallOptions): Promise<void> {
    this.#calls.checkHook('restore_state');
    return this.#instances.carried.restore(state, this.#life.pool, options ?? {});
  }

  /**
   * Starts further instances until there are so many, before calls need them.
   * @param instances at most the limit of that name
   */
  warm(instances: number): Promise<void> {
    return this.#life.fill(instances);
  }

  /** Instances there are. */
  get instances(): number {
    return this.#life.pool.size;
  }

  /**
   * Starts the first instance of a plugin that was loaded with `start: false`.
   * @param startedAt when loading began: `startTimeoutMs` runs from then @default now
   * @throws whatever loading may throw: the plugin has failed then, and is to be unloaded
   */
  start(startedAt = performance.now(), signal?: AbortSignal): Promise<void> {
    return this.#life.start(startedAt, signal, this.#calls.last);
  }

  /** Gives up the instance that is being started, and starts no more: the plugin is about to be unloaded. */
  abandon(reason: unknown): void {
    this.#life.abandon(reason);
  }

  /**
   * Grants more than was granted when the plugin was loaded. A plugin that waits for permissions starts once it has all that
   * it cannot do without; one that runs is restarted, so that all its instances have the same.
   * @throws INVALID_OPTION, CLOSED; whatever starting may throw
   */
  grant(grants: GrantsInput): Promise<void> {
    return this.#changes.grant(grants);
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
  setConfig(config: unknown): Promise<void> {
    return this.#changes.setConfig(config);
  }

  /**
   * Stops all instances and starts anew. Calls that were accepted are finished first; calls that come meanwhile wait.
   * While it restarts, calling it again returns the same promise.
   * @throws CLOSED once the plugin is unloaded; whatever loading may throw
   */
  restart(options?: CloseOptions): Promise<void> {
    return this.#life.restart(options);
  }

  /**
   * Takes no more calls, finishes those that were accepted, lets the plugin stop and clean up (within the limit
   * `stopGraceMs`), and forgets it. Calling it again returns the same promise.
   */
  unload(options?: CloseOptions): Promise<void> {
    return this.#life.unload(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unload();
  }
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
