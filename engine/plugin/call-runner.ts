/**
 * The calls of a plugin: each gets an instance of the pool, runs on it, and gives it back. This is the hot path: what a short call
 * costs is here, so what it reads is in fields, and it allocates the record of the call alone.
 *
 *     newCall ──> run ──> an instance at once, or later ──> finish, fail, or run again
 */
import type { SpokenContract } from '../abi/contract.ts';
import type { HookName } from '../abi/exports.ts';
import { decodeValue } from '../abi/values.ts';
import { isRingfenceError, type RingfenceError } from '../errors.ts';
import type { Executor, ExecutorInstance } from '../executors/executor.ts';
import type { ServeOptions } from '../host/call-service.ts';
import { UsageRecord } from '../host/usage-counters.ts';
import { monotonicClock } from '../monotonic-clock.ts';
import { type CallOptions, type CallSettings, fillCallOptions } from '../options.ts';
import type { InstancePool } from '../pool/instance-pool.ts';
import type { FuelProfile } from '../runtime/fuel-profile.ts';
import { MACHINE_RATES } from '../runtime/fuel-rate.ts';
import type { Input, Output, OutputKind } from '../runtime/instance.ts';
import type { PreparedPlugin } from '../runtime/prepare.ts';
import { usageOf } from '../runtime/usage.ts';
import type { ConfigNews } from './config-news.ts';
import type { Granted } from './granted.ts';
import type { PluginInstances } from './instances.ts';
import type { PluginLifecycle } from './lifecycle.ts';
import type { PluginParts } from './parts.ts';
import type { PluginErrors } from './plugin-errors.ts';

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

export class CallRunner {
  /** Of the call that ended last; before the first, of starting. */
  readonly last: UsageRecord;
  /** Where the fuel of the call that ended last went, if the plugin was loaded for it. */
  profile: FuelProfile | undefined;
  readonly #prepared: PreparedPlugin;
  readonly #contract: SpokenContract;
  readonly #functions: ReadonlySet<string>;
  /** The one of them that was called last: it is the next one as a rule. */
  #called: string | undefined;
  /** Of calls that are made without options. */
  readonly #settings: CallSettings;
  readonly #profiles: boolean;
  readonly #executor: Executor;
  readonly #granted: Granted;
  readonly #instances: PluginInstances;
  readonly #config: ConfigNews;
  readonly #life: PluginLifecycle;
  readonly #errors: PluginErrors;

  /** @param settings of calls without options */
  constructor(
    { prepared, profiles, executor }: PluginParts,
    settings: CallSettings,
    granted: Granted,
    instances: PluginInstances,
    life: PluginLifecycle,
    errors: PluginErrors,
  ) {
    this.last = new UsageRecord(prepared.limits);
    this.#prepared = prepared;
    this.#contract = prepared.contract;
    this.#functions = new Set(prepared.functions);
    this.#settings = settings;
    this.#profiles = profiles;
    this.#executor = executor;
    this.#granted = granted;
    this.#instances = instances;
    this.#config = instances.config;
    this.#life = life;
    this.#errors = errors;
  }

  /**
   * @param usage where to leave what it used
   * @throws UNKNOWN_FUNCTION, PERMISSION_DENIED, INVALID_OPTION
   */
  newCall(
    encoding: OutputKind,
    name: string,
    input: Input,
    options: CallOptions | undefined,
    usage = this.last,
    isHook = false,
  ): Call {
    const startedAt = monotonicClock.now();
    const settings = this.#admit(name, options, isHook);
    return { encoding, name, input, settings, startedAt, usage, pool: this.#life.pool, runs: 1 };
  }

  /** @throws UNKNOWN_FUNCTION for a hook that the plugin does not export */
  checkHook(name: HookName): void {
    if (!this.#prepared.hooks.includes(name)) throw this.#errors.unknownHook(name);
  }

  #admit(name: string, options: CallOptions | undefined, isHook = false): CallSettings {
    if (!isHook && name !== this.#called) {
      if (!this.#functions.has(name)) throw this.#errors.unknownFunction(name);
      this.#called = name;
    }
    if (this.#life.state === 'pending-permission')
      throw this.#errors.describe(this.#granted.denied(), 'call', { function: name });
    return options === undefined ? this.#settings : fillCallOptions(options, this.#settings, MACHINE_RATES);
  }

  /** @returns the value, or a promise of it: a call that need not wait costs no more than a function call */
  run(call: Call): unknown {
    let instance: ExecutorInstance | undefined;
    try {
      instance = call.pool.take();
    } catch (error) {
      throw this.#errors.describe(error, 'call', { function: call.name });
    }
    return instance === undefined ? this.#runLater(call) : this.#runOn(instance, call);
  }

  async #runLater(call: Call): Promise<unknown> {
    let instance: ExecutorInstance;
    try {
      instance = await call.pool.wait(call.settings, call.startedAt);
    } catch (error) {
      throw this.#errors.describe(error, 'call', { function: call.name });
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
  runSync(encoding: OutputKind, name: string, input: Input, options: CallOptions | undefined): unknown {
    const startedAt = monotonicClock.now();
    const settings = this.#admit(name, options);
    this.#checkSynchronous();
    const { pool } = this.#life;
    let instance: ExecutorInstance;
    try {
      instance = pool.take() ?? this.#addSync(pool);
    } catch (error) {
      throw this.#errors.describe(error, 'call', { function: name });
    }
    let output: Output;
    try {
      output = instance.callSync(name, input, encoding, settings, startedAt);
    } catch (error) {
      throw this.#fail(error, instance, name, pool, this.last);
    }
    this.#release(instance, pool, this.last);
    return encoding === 'bytes' ? output : this.#decode(output as string, name, this.last);
  }

  /** @throws UNSUPPORTED_PLATFORM */
  #checkSynchronous(): void {
    const { waiting } = this.#granted.assembly.runnable;
    if (this.#executor.startSync === undefined || waiting.length > 0) throw this.#errors.notSynchronous(waiting);
  }

  #addSync(pool: InstancePool): ExecutorInstance {
    return pool.addSync(() => this.#instances.startSync());
  }

  /** A call of another plugin, with what that one has left as its bounds. */
  async serve(
    name: string,
    input: Uint8Array,
    options: ServeOptions,
  ): Promise<{ output: Uint8Array; fuelUsed: number }> {
    // A plugin could make the host search for what it meant, over and over, at no cost to itself.
    if (!this.#functions.has(name)) throw this.#errors.unknownFunction(name, 0);
    const used = new UsageRecord(this.#prepared.limits);
    const call = this.newCall('bytes', name, input, undefined, used);
    const { limits } = this.#settings;
    const { fuel, deadline, signal, context, callers, deterministic } = options;
    const left = Math.max(1, Math.ceil(deadline - call.startedAt));
    const settings: CallSettings = {
      limits: { ...limits, fuel: Math.min(limits.fuel, fuel), timeoutMs: Math.min(limits.timeoutMs, left) },
      signal,
      context,
      callers,
      deterministic: deterministic ?? this.#settings.deterministic,
    };
    const output = (await this.run({ ...call, settings })) as Uint8Array;
    return { output, fuelUsed: used.fuelUsed };
  }

  #finishLater(output: Promise<Output>, instance: ExecutorInstance, call: Call): Promise<unknown> {
    return output.then(
      (settled) => this.#finish(settled, instance, call),
      (error: unknown) => {
        if (!this.#mayRunAgain(error, call)) throw this.#failCall(error, instance, call);
        call.runs++;
        call.pool.give(instance);
        return this.run(call);
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
      return decodeValue(this.#contract, output, name);
    } catch (error) {
      throw this.#errors.describe(error, 'call', { function: name, usage: usageOf(usage) });
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
    return this.#errors.describe(error, 'call', { function: name, usage: usageOf(usage) });
  }

  #release(instance: ExecutorInstance, pool: InstancePool, usage: UsageRecord): void {
    usage.copy(instance.usage);
    if (this.#profiles) this.profile = instance.profile;
    if (usage !== this.last) this.last.copy(usage);
    if (this.#config.text !== undefined && this.#instances.isToHear(instance)) this.#tell(instance, pool);
    else pool.give(instance);
  }

  /** Beside {@link #release}, which would otherwise make a closure's context for each call. */
  #tell(instance: ExecutorInstance, pool: InstancePool): void {
    void this.#config.tell(instance).then(() => pool.give(instance));
  }
}
