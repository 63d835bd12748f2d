/**
 * An instance as its holder sees it: whether it is live or evicted, it is there. What is evicted is a snapshot; the next call
 * brings it back, in a fresh instance of the module and in the state in which it was.
 */
import { bug, isRingfenceError } from '../errors.ts';
import { type UsageCounters, UsageRecord } from '../host/usage-counters.ts';
import type { CallSettings } from '../options.ts';
import type { FuelProfile } from './fuel-profile.ts';
import {
  type Input,
  type InstanceState,
  type Output,
  type OutputKind,
  type OutputSink,
  PluginInstance,
} from './instance.ts';
import type { MemoryImage } from './memory-image.ts';
import type { InstanceMemory } from './memory-use.ts';
import type { Residency, Resident } from './residency.ts';
import type { Instantiable, RunnablePlugin } from './runnable.ts';
import type { Snapshot } from './snapshot.ts';
import type { StartState } from './start-state.ts';

/** Memory of an instance that is evicted, at most. */
const MOST_BYTES = 64 * 1024 * 1024;

export class EvictableInstance implements Resident {
  readonly #plugin: RunnablePlugin<Instantiable>;
  readonly #isStopped: ((fuelUsed: number) => boolean) | undefined;
  readonly #residency: Residency;
  readonly #onEvicted: ((snapshotBytes: number) => void) | undefined;
  #live: PluginInstance | undefined;
  /** What it comes back from while it is evicted. */
  #snapshot: Snapshot | undefined;
  /** With `reset: 'per-call'`: the state that it has between calls. */
  #start: StartState | undefined;
  #hasStarted = false;
  /** Where it is no longer that of the plugin. */
  #configText: string | undefined;
  #isClosed = false;

  /**
   * Nothing is instantiated yet.
   * @param isStopped asked while guest code runs, with the fuel used by then: whether somebody outside this thread wants the call to end
   * @param onEvicted told each time that it has been evicted, and what is kept of it
   */
  constructor(
    plugin: RunnablePlugin<Instantiable>,
    residency: Residency,
    isStopped?: (fuelUsed: number) => boolean,
    onEvicted?: (snapshotBytes: number) => void,
  ) {
    this.#plugin = plugin;
    this.#residency = residency;
    this.#isStopped = isStopped;
    this.#onEvicted = onEvicted;
  }

  get state(): InstanceState {
    if (this.#isClosed) return 'closed';
    if (this.#live === undefined) return this.#hasStarted ? 'idle' : 'created';
    const { state } = this.#live;
    return state === 'spent' ? 'idle' : state;
  }

  /** What the call that ended last has used; valid until the next begins or the instance is evicted. */
  get usage(): UsageCounters {
    return this.#live?.usage ?? new UsageRecord(this.#plugin.prepared.limits);
  }

  get profile(): FuelProfile | undefined {
    return this.#live?.profile;
  }

  get memory(): InstanceMemory {
    const live = this.#live !== undefined;
    const linear = this.#live?.memoryBytes ?? 0;
    const tables = this.#live?.tableBytes ?? 0;
    return { live, linear, tables, snapshots: (this.#snapshot?.byteLength ?? 0) + (this.#start?.byteLength ?? 0) };
  }

  /** As {@link PluginInstance.start}. @throws what instantiating may throw, too */
  async start(settings: CallSettings, startedAt: number): Promise<void> {
    this.#configText = settings.configText ?? this.#configText;
    const live = this.#instantiate(undefined);
    await live.start(settings, startedAt);
    this.#keepStart(live);
  }

  /** As {@link start}, without giving anyone else a turn. */
  startSync(settings: CallSettings, startedAt: number): void {
    this.#configText = settings.configText ?? this.#configText;
    const live = this.#instantiate(undefined);
    live.startSync(settings, startedAt);
    this.#keepStart(live);
  }

  /** As {@link PluginInstance.call}. @throws what bringing it back may throw: MEMORY_LIMIT */
  call(
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output | Promise<Output> {
    const live = this.#wake();
    if (settings.configText !== undefined) this.#configure(settings.configText);
    if (live !== undefined) return live.call(name, input, as, settings, startedAt);
    return this.start(settings, performance.now()).then(() => this.call(name, input, as, settings, startedAt));
  }

  /** As {@link PluginInstance.callSync}. */
  callSync(name: string, input: Input, as: OutputKind | OutputSink, settings: CallSettings, startedAt: number): Output {
    const live = this.#wake();
    if (live !== undefined) return live.callSync(name, input, as, settings, startedAt);
    this.startSync(settings, performance.now());
    return this.callSync(name, input, as, settings, startedAt);
  }

  interrupt(reason: unknown): void {
    this.#live?.interrupt(reason);
  }

  /** As {@link PluginInstance.stop}: one that is evicted comes back for it. */
  async stop(settings: CallSettings, startedAt: number): Promise<void> {
    try {
      if (this.state === 'idle') await this.#wake()?.stop(settings, startedAt);
    } finally {
      this.#isClosed = true;
      this.#snapshot = undefined;
      this.#start = undefined;
      this.#drop();
    }
  }

  get idleSince(): number | undefined {
    const live = this.#live;
    if (live === undefined || (live.state !== 'idle' && live.state !== 'spent') || !this.#isPortable) return undefined;
    // One that has grown so large stays: to look through it would hold up everyone else.
    return live.memoryBytes <= MOST_BYTES && images.has(this.#plugin.prepared.module) ? live.idleSince : undefined;
  }

  get idleMs(): number {
    return this.#plugin.prepared.limits.idleMs;
  }

  /** Does nothing unless it is idle and all of its state can be kept. */
  evict(): void {
    const live = this.#live;
    if (live === undefined || this.idleSince === undefined) return;
    if (this.#start === undefined)
      this.#snapshot = live.snapshot(images.get(this.#plugin.prepared.module) as MemoryImage);
    this.#drop();
    this.#onEvicted?.(this.memory.snapshots);
  }

  /** What a fresh instance can go on from; undefined for one that has nothing but itself. */
  get #origin(): Snapshot | StartState | undefined {
    return this.#snapshot ?? (this.#isPortable ? this.#start : undefined);
  }

  /** All of its state can be carried over to another instance. */
  get #isPortable(): boolean {
    return this.#plugin.prepared.report.state?.staysBehind.length === 0;
  }

  #keepStart(live: PluginInstance): void {
    this.#hasStarted = true;
    const { reset, shared } = this.#plugin;
    if (reset !== 'per-call') return;
    this.#start = live.startState(shared.startState);
    shared.startState ??= this.#start;
    live.returnTo(this.#start);
  }

  /**
   * The live instance. Undefined where it has to be started anew: the last call has left it in a state from which it cannot go
   * back, and what it started with cannot be carried over.
   */
  #wake(): PluginInstance | undefined {
    const live = this.#live;
    if (live !== undefined && live.state !== 'spent') return live;
    if (this.#isClosed || !this.#hasStarted) throw bug(`a call into an instance that is ${this.state}`);
    const origin = this.#origin;
    if (origin === undefined) return undefined;
    const fresh = this.#instantiate(origin);
    if (this.#start !== undefined) fresh.returnTo(this.#start);
    this.#snapshot = undefined;
    return fresh;
  }

  /** Makes it live. @throws MEMORY_LIMIT, TRAP */
  #instantiate(from: Snapshot | StartState | undefined): PluginInstance {
    const leave = (): void => this.#residency.leave(this);
    const make = (): PluginInstance => new PluginInstance(this.#plugin, this.#isStopped, from, leave);
    this.#live?.release();
    this.#live = undefined;
    this.#residency.enter(this);
    try {
      this.#live = make();
    } catch (error) {
      // The host has no room left. When V8 looks for some it finds what is evicted now.
      if (!isRingfenceError(error, 'MEMORY_LIMIT') || this.#residency.makeRoom() === 0) {
        leave();
        throw error;
      }
      this.#live = this.#orLeave(make);
    }
    if (this.#configText !== undefined) this.#live.configure(this.#configText);
    if (from === undefined && this.#isPortable) rememberImage(this.#plugin, this.#live);
    return this.#live;
  }

  #configure(text: string): void {
    this.#configText = text;
    this.#live?.configure(text);
  }

  #orLeave(make: () => PluginInstance): PluginInstance {
    try {
      return make();
    } catch (error) {
      this.#residency.leave(this);
      throw error;
    }
  }

  #drop(): void {
    this.#residency.leave(this);
    this.#live?.release();
    this.#live = undefined;
  }
}

/** By module: no instance can be made for it when it is needed, since there may be no room then. */
const images = new WeakMap<WebAssembly.Module, MemoryImage>();

/** @param fresh an instance that has not run yet */
function rememberImage({ prepared: { module } }: RunnablePlugin<Instantiable>, fresh: PluginInstance): void {
  if (fresh.memoryBytes <= MOST_BYTES && !images.has(module)) images.set(module, fresh.memoryImage());
}
