/** A plugin of a manager, as its users see it: the same from version to version. */
import { encodeInput } from '../abi/json.ts';
import { RingfenceError } from '../errors.ts';
import { fillGrants, type GrantsInput, mergeGrants } from '../grants.ts';
import { UsageRecord } from '../host/usage-counters.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { CallOptions } from '../options.ts';
import type { Invocation, PluginInfo } from '../plugin.ts';
import type { PluginSource } from '../runtime/source.ts';
import type { PluginState } from '../runtime/state.ts';
import { usageOf } from '../runtime/usage.ts';
import type { BreakerState } from './circuit-breaker.ts';
import type { FilledPlugin } from './filled-configuration.ts';
import type { ManagerCounters } from './journal.ts';
import { Lifecycle, type ReloadReport } from './lifecycle.ts';
import { PluginCalls } from './plugin-calls.ts';
import type { PluginRecord } from './plugin-record.ts';
import type { PluginVersion } from './plugin-version.ts';
import type { MigrateState } from './state-transfer.ts';
import { Supervisor } from './supervisor.ts';

/** How a plugin is doing: plain data. */
export interface PluginStatus {
  readonly id: string;
  readonly state: PluginState;
  /** Why it is in this state. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Undefined before anything is known of it. */
  readonly version: string | undefined;
  readonly digest: string | undefined;
  readonly breaker: BreakerState;
  /** Calls that run or wait now. */
  readonly inFlight: number;
  /** Of the calls in the window of its supervision. */
  readonly recent: { readonly calls: number; readonly failures: number; readonly traps: number };
  /** Versions that it can be rolled back to, the last first. */
  readonly kept: readonly { readonly version: string; readonly digest: string }[];
  /** What has happened to it so often: `state.running`, `reload.swapped`, `restarts`, `calls.trap`, … */
  readonly counters: ManagerCounters;
}

export interface ManagedParts {
  readonly record: PluginRecord;
  readonly verify: (record: PluginRecord, next: PluginVersion) => void;
  readonly migrate: MigrateState | undefined;
}

/**
 * @example
 * const moderation = manager.get('moderation');
 * const verdict = await moderation.call('judge', { text });
 */
export class ManagedPlugin {
  readonly id: string;
  /** For the manager. */
  readonly record: PluginRecord;
  /** For the manager. */
  readonly lifecycle: Lifecycle;
  /** For the manager. */
  readonly calls: PluginCalls;
  readonly #supervisor: Supervisor;

  /** Made by a manager. */
  constructor({ record, verify, migrate }: ManagedParts) {
    this.id = record.id;
    this.record = record;
    this.#supervisor = new Supervisor(record, (reason) => this.lifecycle.ill(reason));
    this.calls = new PluginCalls(record, (news) => this.#supervisor.note(news));
    this.lifecycle = new Lifecycle({
      record,
      supervisor: this.#supervisor,
      verify: (next) => verify(record, next),
      migrate,
    });
    record.engine.setFront(this.id, this.calls);
  }

  get state(): PluginState {
    return this.record.state;
  }

  /** Of the version that answers; undefined where none does. */
  get info(): PluginInfo | undefined {
    return this.record.current?.plugin.info;
  }

  /**
   * As `plugin.call`: the version that runs at that moment answers.
   * @throws UNAVAILABLE while it takes no calls; LIMIT_EXCEEDED over its CPU budget; whatever a call may throw
   */
  async call<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Promise<Value> {
    return (await this.calls.run('function', 'text', name, encodeInput(input), options)) as Value;
  }

  /** As {@link call}, with bytes both ways. */
  async callBytes(name: string, input: Uint8Array, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    if (!(input instanceof Uint8Array)) {
      throw new RingfenceError('INVALID_INPUT', `Expected the input as a Uint8Array, got a ${typeof input}`, {
        stage: 'call',
      });
    }
    return (await this.calls.run('function', 'bytes', name, input, options)) as Uint8Array<ArrayBuffer>;
  }

  /** As {@link call}, and tells what the call used. */
  async invoke<Value = unknown>(name: string, input?: unknown, options?: CallOptions): Promise<Invocation<Value>> {
    const used = new UsageRecord(this.info?.limits ?? DEFAULT_LIMITS);
    const value = await this.calls.run('function', 'text', name, encodeInput(input), options, used);
    return { value: value as Value, usage: usageOf(used) };
  }

  /**
   * Changes to the version that its source has now, or to that of another source, without losing a call.
   * @throws whatever keeps the new version from running, with the step in `details.step`; the old one goes on
   */
  reload(source?: PluginSource): Promise<ReloadReport> {
    return this.lifecycle.reload(source);
  }

  /** Goes back to a version that is kept; without a version, to the one before. @throws UNKNOWN_PLUGIN; as {@link reload} */
  rollback(version?: string): Promise<ReloadReport> {
    return this.lifecycle.rollback(version);
  }

  /** Starts its version anew, beside itself; one that has failed gets a whole budget of restarts. @throws as {@link reload} */
  restart(): Promise<void> {
    return this.lifecycle.restart();
  }

  /** Grants more than the configuration does, until the next one is applied. It is loaded anew with it. @throws as {@link reload} */
  async grant(grants: GrantsInput): Promise<void> {
    const { settings, origin } = this.record;
    const merged = mergeGrants(fillGrants(settings.load.grants), fillGrants(grants)) as GrantsInput;
    const next: FilledPlugin = { ...settings, load: { ...settings.load, grants: merged } };
    await this.lifecycle.reload(origin?.bytes ?? settings.source, next);
  }

  status(): PluginStatus {
    const { record } = this;
    const version = this.lifecycle.known;
    const { calls, failures, traps } = this.#supervisor.sums;
    return {
      id: this.id,
      state: record.state,
      reason: record.reason,
      since: record.since,
      version: version?.version ?? record.origin?.version,
      digest: version?.origin.digest ?? record.origin?.digest,
      breaker: record.breaker.state,
      inFlight: (record.current?.inFlight ?? 0) + record.gate.waiting,
      recent: { calls, failures, traps },
      kept: record.kept.map(({ origin }) => ({ version: origin.version, digest: origin.digest })).reverse(),
      counters: record.journal.countersOf(this.id),
    };
  }
}
