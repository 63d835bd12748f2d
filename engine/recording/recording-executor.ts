/** An executor whose instances have everything that they ask and answer written down. */
import { basename } from 'node:path';
import { bug, isRingfenceError } from '../errors.ts';
import type { Executor, ExecutorInstance } from '../executors/executor.ts';
import type { UsageCounters } from '../host/usage-counters.ts';
import { LIMITS, type LimitName } from '../limits.ts';
import { COST_TABLE_VERSION } from '../meter/index.ts';
import type { CallSettings, ExecutorName } from '../options.ts';
import type { FuelProfile } from '../runtime/fuel-profile.ts';
import type { Input, InstanceState, Output, OutputKind } from '../runtime/instance.ts';
import type { InstanceMemory } from '../runtime/memory-use.ts';
import type { RunnablePlugin } from '../runtime/runnable.ts';
import type { Usage } from '../runtime/usage.ts';
import { comparedUsage, RECORDING_VERSION, type RecordedOperation, type RecordingHead, usageTold } from './format.ts';
import type { RecordingFile } from './recording-file.ts';
import { Tape, taped } from './tape.ts';

type Operation = Omit<RecordedOperation, 'instance' | 'answers' | 'usage' | 'output' | 'error'>;

export class RecordingExecutor implements Executor {
  readonly name: ExecutorName;
  readonly #inner: Executor;
  readonly #file: RecordingFile;
  readonly #path: string | undefined;
  readonly #strike: (text: string) => string;
  #hasHead = false;
  #instances = 0;

  /** @param inner on the caller's thread. @param path of the plugin, if it has one. @param strike removes secrets */
  constructor(inner: Executor, file: RecordingFile, path: string | undefined, strike: (text: string) => string) {
    this.#path = path;
    this.name = inner.name;
    this.#inner = inner;
    this.#file = file;
    this.#strike = strike;
  }

  async start(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): Promise<ExecutorInstance> {
    const recorded = this.#begin(plugin);
    const operation = startOf(plugin, settings);
    try {
      const instance = await this.#inner.start(recorded.plugin, settings, startedAt);
      recorded.write(operation, instance.usage, {});
      return new RecordedInstance(instance, recorded);
    } catch (error) {
      recorded.write(operation, undefined, { error });
      throw error;
    }
  }

  readonly startSync = (plugin: RunnablePlugin, settings: CallSettings, startedAt: number): ExecutorInstance => {
    const { startSync } = this.#inner;
    if (startSync === undefined) throw bug('a recording of what does not run on this thread');
    const recorded = this.#begin(plugin);
    const operation = startOf(plugin, settings);
    try {
      const instance = startSync(recorded.plugin, settings, startedAt);
      recorded.write(operation, instance.usage, {});
      return new RecordedInstance(instance, recorded);
    } catch (error) {
      recorded.write(operation, undefined, { error });
      throw error;
    }
  };

  release(plugin: RunnablePlugin): void {
    this.#inner.release(plugin);
  }

  /** The engine closes what is behind it. */
  async close(): Promise<void> {}

  #begin(plugin: RunnablePlugin): Recorded {
    if (!this.#hasHead) this.#file.append(headOf(plugin, this.#path));
    this.#hasHead = true;
    this.#instances++;
    return new Recorded(this.#file, plugin, this.#instances, this.#strike);
  }
}

/** One instance in the recording. */
class Recorded {
  readonly plugin: RunnablePlugin;
  readonly tape: Tape;
  readonly #file: RecordingFile;
  readonly #number: number;

  constructor(file: RecordingFile, plugin: RunnablePlugin, number: number, strike: (text: string) => string) {
    this.tape = new Tape(strike);
    this.plugin = { ...plugin, services: taped(plugin.services, this.tape) };
    this.#file = file;
    this.#number = number;
  }

  /** The operation has ended. What it used is undefined where it never began. */
  write(operation: Operation, usage: UsageCounters | undefined, end: { output?: Output; error?: unknown }): void {
    const { error, output } = end;
    const line: RecordedOperation = {
      instance: this.#number,
      ...operation,
      answers: this.tape.take(),
      ...(output === undefined ? {} : { output: this.tape.encode(output) }),
      ...(error === undefined ? {} : { error: this.tape.error(error) }),
      ...usageOf(usage, error),
    };
    this.#file.append(line);
  }
}

class RecordedInstance implements ExecutorInstance {
  readonly #instance: ExecutorInstance;
  readonly #recorded: Recorded;

  constructor(instance: ExecutorInstance, recorded: Recorded) {
    this.#instance = instance;
    this.#recorded = recorded;
  }

  get state(): InstanceState {
    return this.#instance.state;
  }

  get usage(): UsageCounters {
    return this.#instance.usage;
  }

  get memory(): InstanceMemory {
    return this.#instance.memory;
  }

  get profile(): FuelProfile | undefined {
    return this.#instance.profile;
  }

  call(
    name: string,
    input: Input,
    as: OutputKind,
    settings: CallSettings,
    startedAt: number,
  ): Output | Promise<Output> {
    const operation = this.#callOf(name, input, as, settings);
    let output: Output | Promise<Output>;
    try {
      output = this.#instance.call(name, input, as, settings, startedAt);
    } catch (error) {
      throw this.#failed(operation, error);
    }
    if (!(output instanceof Promise)) return this.#answered(operation, output);
    return output.then(
      (settled) => this.#answered(operation, settled),
      (error: unknown) => {
        throw this.#failed(operation, error);
      },
    );
  }

  callSync(name: string, input: Input, as: OutputKind, settings: CallSettings, startedAt: number): Output {
    const operation = this.#callOf(name, input, as, settings);
    try {
      return this.#answered(operation, this.#instance.callSync(name, input, as, settings, startedAt));
    } catch (error) {
      throw this.#failed(operation, error);
    }
  }

  interrupt(reason: unknown): void {
    this.#instance.interrupt(reason);
  }

  async stop(settings: CallSettings, startedAt: number): Promise<void> {
    const isIdle = this.#instance.state === 'idle';
    const operation: Operation = { op: 'stop', ...differing(settings, this.#recorded.plugin) };
    try {
      await this.#instance.stop(settings, startedAt);
    } catch (error) {
      if (isIdle) this.#recorded.write(operation, undefined, { error });
      throw error;
    }
    if (isIdle) this.#recorded.write(operation, undefined, {});
  }

  #callOf(name: string, input: Input, as: OutputKind, settings: CallSettings): Operation {
    const { tape, plugin } = this.#recorded;
    return { op: 'call', function: name, input: tape.encode(input), as, ...differing(settings, plugin) };
  }

  #answered(operation: Operation, output: Output): Output {
    this.#recorded.write(operation, this.#instance.usage, { output });
    return output;
  }

  #failed(operation: Operation, error: unknown): unknown {
    this.#recorded.write(operation, this.#instance.usage, { error });
    return error;
  }
}

function headOf({ prepared, custom = [], reset }: RunnablePlugin, path: string | undefined): RecordingHead {
  const { manifest, digest, limits } = prepared;
  return {
    ringfence: 'recording',
    version: RECORDING_VERSION,
    plugin: { name: manifest.name, version: manifest.version, digest },
    file: path === undefined ? undefined : basename(path),
    prices: COST_TABLE_VERSION,
    node: process.versions.node,
    limits,
    custom,
    reset,
  };
}

function startOf(plugin: RunnablePlugin, settings: CallSettings): Operation {
  return {
    op: 'start',
    permits: [...plugin.services.permits],
    config: plugin.configText,
    ...differing(settings, plugin),
  };
}

/** What a call has otherwise than its plugin. */
function differing(
  settings: CallSettings,
  { prepared }: RunnablePlugin,
): Pick<Operation, 'limits' | 'deterministic' | 'config'> {
  const { limits, deterministic, configText } = settings;
  const names = Object.keys(LIMITS) as LimitName[];
  const other = limits === prepared.limits ? [] : names.filter((name) => limits[name] !== prepared.limits[name]);
  return {
    ...(other.length === 0 ? {} : { limits: Object.fromEntries(other.map((name) => [name, limits[name]])) }),
    ...(deterministic === undefined ? {} : { deterministic }),
    ...(configText === undefined ? {} : { config: configText }),
  };
}

/** Of an instance that did not start, what its error says; of one that has stopped nobody knows. */
function usageOf(usage: UsageCounters | undefined, error: unknown): Pick<RecordedOperation, 'usage'> {
  if (usage !== undefined) return { usage: comparedUsage(usage) };
  const told = isRingfenceError(error) ? (error.details.usage as Usage | undefined) : undefined;
  return told === undefined ? {} : { usage: usageTold(told) };
}
