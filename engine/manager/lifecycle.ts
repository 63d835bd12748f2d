/** Starts, changes, restarts and stops one plugin. What is asked for while something is under way happens after it. */
import { bug, RingfenceError } from '../errors.ts';
import { requiredOf } from '../host/permissions.ts';
import { resolveLimits } from '../limits.ts';
import { MACHINE_RATES } from '../runtime/fuel-rate.ts';
import { type PluginSource, readSource } from '../runtime/source.ts';
import type { FilledPlugin } from './filled-configuration.ts';
import { checkHealth } from './health.ts';
import { findKept, keepVersion } from './kept-versions.ts';
import { OperationQueue } from './operation-queue.ts';
import type { KeptState, PluginRecord } from './plugin-record.ts';
import type { PluginVersion } from './plugin-version.ts';
import { tellRefusal, tellReload } from './reload-telling.ts';
import { Restarts } from './restarts.ts';
import { Retirement } from './retirement.ts';
import type { MigrateState } from './state-transfer.ts';
import { Succession } from './succession.ts';
import type { Supervisor } from './supervisor.ts';
import { ChangeFailure, changeVersion, startVersion } from './version-change.ts';
import { loadVersion, type VersionSource } from './version-loader.ts';

/** What a change of the version has come to. */
export interface ReloadReport {
  readonly plugin: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly carriedState: boolean;
}

export interface LifecycleParts {
  readonly record: PluginRecord;
  readonly supervisor: Supervisor;
  /** Refuses a version that does not fit its neighbours. @throws DEPENDENCY_CONFLICT */
  readonly verify: (next: PluginVersion) => void;
  readonly migrate: MigrateState | undefined;
}

export class Lifecycle {
  readonly #record: PluginRecord;
  readonly #supervisor: Supervisor;
  readonly #parts: LifecycleParts;
  readonly #queue = new OperationQueue();
  readonly #retirement: Retirement;
  readonly #succession: Succession;
  readonly #restarts: Restarts;
  /** The file that was refused last, as it was then. */
  #refused: string | undefined;
  /** Loaded, and not started yet. */
  #prepared: PluginVersion | undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#record = parts.record;
    this.#supervisor = parts.supervisor;
    this.#retirement = new Retirement(parts.record);
    this.#succession = new Succession(parts.record, parts.supervisor, this.#retirement);
    this.#restarts = new Restarts(parts.record, () => {
      this.#queue.next(() => this.#startAnew()).catch(() => {});
    });
  }

  /** What is loaded, or runs. */
  get known(): PluginVersion | undefined {
    return this.#record.current ?? this.#prepared;
  }

  /** Takes settings that need no other version. */
  adjust(settings: FilledPlugin): void {
    this.#adopt(settings);
    if (this.#record.current !== undefined) this.#supervisor.begin();
  }

  #adopt(settings: FilledPlugin): void {
    this.#record.adjust(settings);
    this.#restarts.adjust();
  }

  /** Reads, checks and compiles it, so that it is known what it needs. What is wrong with it makes it `failed`. */
  prepare(): Promise<void> {
    return this.#queue.next(async () => {
      const { state } = this.#record;
      if (this.#prepared !== undefined || !['installed', 'stopped', 'failed'].includes(state)) return;
      try {
        this.#prepared = await this.#load({ source: this.#record.settings.source });
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    });
  }

  /** Starts what is prepared. Where that fails it is tried again, as after any failure. */
  start(): Promise<void> {
    return this.#queue.next(async () => {
      if (this.#record.state === 'running') return;
      const prepared = this.#prepared;
      if (prepared === undefined) throw bug(`${this.#record.id} is started unprepared`);
      this.#prepared = undefined;
      await this.#startPrepared(prepared, 'started');
    });
  }

  /** Refuses to start what is prepared. */
  refuse(error: RingfenceError): Promise<void> {
    return this.#queue.next(async () => {
      const prepared = this.#prepared;
      this.#prepared = undefined;
      await prepared?.plugin.unload({ deadlineMs: 0 });
      this.#fail(error);
    });
  }

  /** @param settings that take effect with the new version @throws whatever keeps the new version from running: the old one does */
  reload(source: PluginSource | undefined, settings = this.#record.settings): Promise<ReloadReport> {
    return this.#queue.next(() => this.#change({ source: source ?? settings.source }, settings, 'reloaded'));
  }

  /** The watched file has changed: a version that runs already, or was refused before, is not loaded again. Never rejects. */
  fileChanged(): Promise<void> {
    return this.#queue.next(async () => {
      const { settings, current, engine } = this.#record;
      try {
        const { wasmBytes } = resolveLimits(settings.load.limits, engine.options.limits, MACHINE_RATES);
        const { digest, manifest } = await readSource(settings.source, wasmBytes);
        const what = contentsOf(digest, manifest);
        if (digest === current?.origin.digest && (manifest === current.origin.beside || manifest === undefined)) return;
        if (what === this.#refused) return;
        this.#refused = what;
        await this.#change({ source: settings.source }, settings, 'its file has changed');
        this.#refused = undefined;
      } catch (error) {
        // A change that was refused has been told already; a file that cannot be read is told here.
        if ((error as RingfenceError).details?.step === undefined) {
          this.#record.journal.log('warn', this.#record.id, `Its file has changed: ${(error as Error).message}`);
        }
      }
    });
  }

  /**
   * @param version one of those that are kept; without it the one that ran before
   * @throws UNKNOWN_PLUGIN where it is not kept; as {@link reload}
   */
  rollback(version: string | undefined): Promise<ReloadReport> {
    return this.#queue.next(async () => {
      const { watch, current, id } = this.#record;
      if (watch !== undefined && (version === undefined || version === watch.old.version)) {
        const from = current?.version;
        this.#succession.swapBack('asked for', undefined);
        return { plugin: id, from, to: watch.old.version, carriedState: true };
      }
      const kept = findKept(this.#record, version);
      return this.#change({ kept: kept.origin }, this.#record.settings, 'rolled back', kept.state);
    });
  }

  /** Starts the same version beside itself, and swaps; one that does not run is started, and its budget of restarts is whole again. */
  restart(): Promise<void> {
    return this.#queue.next(async () => {
      this.#restarts.reset();
      const { origin, settings } = this.#record;
      const from: VersionSource = origin === undefined ? { source: settings.source } : { kept: origin };
      await this.#change(from, settings, 'restarted');
    });
  }

  /** The version that runs is ill: the one before comes back, or it is started anew after a pause. */
  ill(reason: string): void {
    const { state, gate, watch, id } = this.#record;
    // While a change holds calls back, the change decides.
    if (state !== 'running' || gate.isClosed) return;
    if (watch !== undefined) {
      const error = new RingfenceError('UNAVAILABLE', `The new version of ${id} is ill: ${reason}`, { plugin: id });
      const { origin } = this.#succession.swapBack(reason, error);
      this.#refused = contentsOf(origin.digest, origin.beside);
      return;
    }
    const ill = this.#record.current;
    this.#record.current = undefined;
    this.#supervisor.end();
    this.#record.enter('degraded', reason);
    if (ill !== undefined) this.#retirement.retire(ill, true);
    this.#restarts.schedule(reason);
  }

  /** Stops it, after what is under way. @param deadlineMs how long calls may still run */
  stop(reason: string, deadlineMs = 2_000): Promise<void> {
    this.#queue.abort(new RingfenceError('CLOSED', `The plugin ${this.#record.id} is being stopped`));
    this.#restarts.cancel();
    return this.#queue.next(async () => {
      const { current, state, watch } = this.#record;
      this.#restarts.cancel();
      this.#supervisor.end();
      watch?.end();
      this.#record.watch = undefined;
      const prepared = this.#prepared;
      this.#prepared = undefined;
      if (state === 'running' || state === 'degraded') this.#record.enter('stopping', reason);
      this.#record.current = undefined;
      const going = [current, watch?.old, prepared].filter((version) => version !== undefined);
      await Promise.all([...going, ...this.#retirement.going].map(({ plugin }) => plugin.unload({ deadlineMs })));
      await this.#retirement.settled();
      if (this.#record.state !== 'stopped') this.#record.enter('stopped', reason);
    });
  }

  /** Done when nothing is under way. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  async #startPrepared(next: PluginVersion, reason: string): Promise<void> {
    const { signal } = this.#queue;
    const missing = requiredOf(next.plugin.permissions.missing);
    if (missing.length > 0) {
      this.#record.origin = next.origin;
      const names = missing.map(({ capability, name }) => (name === undefined ? capability : `${capability} ${name}`));
      await next.plugin.unload({ deadlineMs: 0 });
      this.#record.enter('pending-permission', `was not granted ${names.join(', ')}`);
      return;
    }
    this.#record.origin = next.origin;
    this.#record.enter('starting', reason);
    try {
      await startVersion(this.#record, next, signal);
      await checkHealth(this.#record, next, signal);
      if (signal.aborted) throw signal.reason;
    } catch (error) {
      await next.plugin.unload({ deadlineMs: 0 });
      this.#record.enter('degraded', (error as Error).message);
      if (!signal.aborted) this.#restarts.schedule((error as Error).message);
      return;
    }
    this.#succession.answerFrom(next);
    this.#record.enter('running', reason);
    this.#supervisor.begin();
  }

  async #change(
    from: VersionSource,
    settings: FilledPlugin,
    what: string,
    fallback?: KeptState,
  ): Promise<ReloadReport> {
    const record = this.#record;
    const was = record.current?.version;
    const options = {
      from,
      settings,
      fallback,
      verify: this.#parts.verify,
      migrate: this.#parts.migrate,
      signal: this.#queue.signal,
      swap: (next: PluginVersion, state: KeptState | undefined) => this.#swap(next, settings, state, what),
    };
    try {
      const { next, carriedState } = await changeVersion(record, options);
      tellReload(record, { outcome: 'swapped', from: was, to: next.version, step: 'swap', carriedState, reason: what });
      return { plugin: record.id, from: was, to: next.version, carriedState };
    } catch (error) {
      if (!(error instanceof ChangeFailure)) throw error;
      throw tellRefusal(record, was, error);
    }
  }

  /** In one step: nothing else runs between its first line and its last. */
  #swap(next: PluginVersion, settings: FilledPlugin, state: KeptState | undefined, reason: string): void {
    const record = this.#record;
    const { current: old } = record;
    const oldErrorRate = this.#supervisor.errorRate;
    this.#restarts.cancel();
    this.#succession.answerFrom(next);
    // The one that stood by until now is of no more use.
    this.#succession.accept();
    if (settings !== record.settings) this.#adopt(settings);
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (prepared !== undefined) this.#retirement.retire(prepared, true);
    if (record.state !== 'running') {
      record.enter('starting', reason);
      record.enter('running', reason);
    } else {
      record.explain(reason);
      record.onChange();
    }
    if (old !== undefined) {
      keepVersion(record, { origin: old.origin, state });
      const { watchMs } = settings.reload;
      this.#succession.standBy({ old, next, watchMs, oldErrorRate, carriedState: state !== undefined });
    }
    this.#supervisor.begin();
  }

  async #startAnew(): Promise<void> {
    const { state, origin } = this.#record;
    if (state !== 'degraded' || origin === undefined) return;
    this.#record.journal.count(this.#record.id, 'restarts');
    let next: PluginVersion;
    try {
      next = await this.#load({ kept: origin });
    } catch (error) {
      this.#restarts.schedule((error as Error).message);
      return;
    }
    await this.#startPrepared(next, 'restarted after a failure');
  }

  async #load(from: VersionSource): Promise<PluginVersion> {
    const { engine, settings, seams } = this.#record;
    const { signal } = this.#queue;
    return loadVersion(engine, settings, from, { requireGrants: false, signal, faults: seams.faults });
  }

  #fail(error: unknown): void {
    if (this.#record.state !== 'failed') this.#record.enter('failed', (error as Error).message);
    else this.#record.explain((error as Error).message);
  }
}

/** What tells one content of a plugin's file, and of the manifest beside it, from another. */
const contentsOf = (digest: string, manifest: string | undefined): string => `${digest} ${manifest ?? ''}`;
