/** An instance that lives in a worker or child. */
import { isUtf8 } from 'node:buffer';
import { bug, withContext } from '../../errors.ts';
import { cancelled, overLimit } from '../../host/account.ts';
import { type UsageCounters, UsageRecord } from '../../host/usage-counters.ts';
import { decodeText } from '../../memory/utf8.ts';
import type { CallSettings } from '../../options.ts';
import type { Input, InstanceState, Output, OutputKind } from '../../runtime/instance.ts';
import type { InstanceMemory } from '../../runtime/memory-use.ts';
import type { RunnablePlugin } from '../../runtime/runnable.ts';
import { usageOf } from '../../runtime/usage.ts';
import type { ExecutorInstance } from '../executor.ts';
import { copyOf } from './copy-bytes.ts';
import type { OperationOwner } from './operation.ts';
import type { RemoteHost } from './remote-host.ts';

export class RemoteInstance implements ExecutorInstance, OperationOwner {
  readonly plugin: RunnablePlugin;
  readonly number: number;
  readonly used: UsageRecord;
  readonly #host: RemoteHost;
  /** What it was started with: calls of the same say nothing of it. */
  readonly #settings: CallSettings;
  #state: InstanceState = 'created';
  /** Of its linear memory, when its last operation ended. */
  #memoryBytes = 0;
  /** Bytes that are kept of it while it is evicted; undefined: it is not. */
  #snapshotBytes: number | undefined;

  private constructor(host: RemoteHost, plugin: RunnablePlugin, settings: CallSettings) {
    this.plugin = plugin;
    this.number = host.newInstance();
    this.used = new UsageRecord(settings.limits);
    this.#host = host;
    this.#settings = settings;
  }

  /** @throws EXECUTOR_CRASHED, and what keeps it from starting, with its usage in the details */
  static async start(
    host: RemoteHost,
    plugin: RunnablePlugin,
    settings: CallSettings,
    startedAt: number,
  ): Promise<RemoteInstance> {
    const { signal, limits } = settings;
    if (signal?.aborted === true) throw cancelled(signal);
    const instance = new RemoteInstance(host, plugin, settings);
    instance.used.clear(limits, limits.startTimeoutMs);
    try {
      await host.start({ owner: instance, settings, startedAt, timeLimit: 'startTimeoutMs' });
    } catch (error) {
      throw withContext(error, { details: { usage: usageOf(instance.used) } });
    }
    return instance;
  }

  get state(): InstanceState {
    return this.#state === 'idle' && this.#host.isDown ? 'poisoned' : this.#state;
  }

  get usage(): UsageCounters {
    return this.used;
  }

  get memory(): InstanceMemory {
    const isThere = this.state !== 'created' && this.state !== 'closed' && this.state !== 'poisoned';
    const live = isThere && this.#snapshotBytes === undefined;
    const snapshots = isThere ? (this.#snapshotBytes ?? 0) : 0;
    return { live, linear: live ? this.#memoryBytes : 0, tables: 0, snapshots };
  }

  call(name: string, input: Input, as: OutputKind, settings: CallSettings, startedAt: number): Promise<Output> {
    if (this.#state !== 'idle') throw bug(`a call into an instance that is ${this.#state}`);
    const { limits, deterministic, configText, signal } = settings;
    if (signal?.aborted === true) throw cancelled(signal);
    this.used.clear(limits, limits.timeoutMs);
    const { limits: before, deterministic: fixed } = this.#settings;
    const own = limits !== before || deterministic !== fixed || configText !== undefined;
    const read = as === 'bytes' ? copyBytes : (output: Uint8Array): string => readText(output, name);
    this.#state = 'busy';
    const outcome = this.#host.call(
      { owner: this, settings, startedAt, timeLimit: 'timeoutMs' },
      name,
      input,
      own,
      read,
    );
    if (typeof outcome !== 'number') return outcome as Promise<Output>;
    // The caller's mistake: the guest has not even been told.
    this.#state = 'idle';
    this.used.bytesIn = outcome;
    throw overLimit('inputBytes', limits.inputBytes, 'bytes of input', outcome);
  }

  callSync(): Output {
    throw bug('a synchronous call into a worker or process');
  }

  interrupt(reason: unknown): void {
    if (this.#state === 'busy') this.#host.interrupt(this.number, reason);
  }

  async stop(settings: CallSettings, startedAt: number): Promise<void> {
    const { state } = this;
    this.#state = 'closed';
    if (state !== 'idle') return;
    this.used.clear(settings.limits, settings.limits.stopGraceMs);
    await this.#host.stop({ owner: this, settings, startedAt, timeLimit: 'stopGraceMs' });
  }

  evicted(snapshotBytes: number): void {
    this.#snapshotBytes = snapshotBytes;
  }

  ended(state: InstanceState): void {
    this.#memoryBytes = this.used.memoryBytes;
    this.#snapshotBytes = undefined;
    if (this.#state !== 'closed') this.#state = state;
  }
}

/** The output may lie in memory that is used again, or be a small part of a large piece. */
const copyBytes = (output: Uint8Array): Uint8Array<ArrayBuffer> =>
  isShared(output) || output.length < LARGE ? copyOf(output) : (output as Uint8Array<ArrayBuffer>);
const LARGE = 64 * 1024;

/** @throws BAD_OUTPUT */
function readText(output: Uint8Array, name: string): string {
  // Faster than a decoder that checks as it goes, above all on shared memory.
  if (!isUtf8(output)) return decodeText(output, `output of \`${name}\``);
  return Buffer.from(output.buffer, output.byteOffset, output.length).toString();
}

const isShared = ({ buffer }: Uint8Array): boolean => buffer instanceof SharedArrayBuffer;
