/** A live instance of a plugin: its parts put together, and the calls into it. */
import { bug } from '../errors.ts';
import { CallAccount } from '../host/account.ts';
import { configTexts } from '../host/config.ts';
import { HostContext } from '../host/context.ts';
import type { UsageCounters } from '../host/usage-counters.ts';
import { GuestMemory } from '../memory/guest-memory.ts';
import { STACK_OVERFLOW_FUEL } from '../meter/counter.ts';
import { StackProfile } from '../meter/stack-profile.ts';
import type { CallSettings } from '../options.ts';
import { Admission } from './admission.ts';
import { CallLifecycle, type InstanceState } from './call-lifecycle.ts';
import type { ContractCalls } from './contracts/contract-calls.ts';
import { ForeignCalls } from './contracts/foreign-calls.ts';
import { foreignGuest } from './contracts/foreign-guest.ts';
import { OwnCalls } from './contracts/own-calls.ts';
import { OwnGuest } from './contracts/own-guest.ts';
import { type FuelProfile, fuelProfile } from './fuel-profile.ts';
import { runCalls, runCallsSync } from './guest-call-runner.ts';
import type { GuestCalls, Input, Output, OutputKind, OutputSink } from './guest-calls.ts';
import { GuestFunction } from './guest-function.ts';
import { foreignHeap, ownHeap } from './guest-heap.ts';
import { GuestState } from './guest-state.ts';
import { comeBack, instantiate } from './instantiate.ts';
import { MemoryImage } from './memory-image.ts';
import type { RefillImport } from './refill-import.ts';
import type { Instantiable, RunnablePlugin } from './runnable.ts';
import { Snapshot } from './snapshot.ts';
import { StartState } from './start-state.ts';
import { turns } from './turns.ts';

export type { InstanceState } from './call-lifecycle.ts';
export type { Input, Output, OutputKind, OutputSink } from './guest-calls.ts';

/** V8's own data for an entry of a table, about: the reference, and what a call through it needs. */
const TABLE_ENTRY_BYTES = 32;

export class PluginInstance {
  readonly #plugin: RunnablePlugin<Instantiable>;
  readonly #account: CallAccount;
  readonly #host: HostContext;
  readonly #memory: GuestMemory;
  readonly #lifecycle: CallLifecycle;
  readonly #calls: ContractCalls;
  /** The module's start function, which was taken out of it. */
  readonly #startFunction: GuestFunction | undefined;
  readonly #guestState: GuestState | undefined;
  readonly #profile: StackProfile | undefined;
  readonly #refill: RefillImport | undefined;
  /** What `plugin_init` gets. */
  #configText: string;

  /**
   * Instantiates the module. Nothing of the guest runs yet.
   * @param isStopped asked while guest code runs, with the fuel used by then: whether somebody outside this thread wants the call to end
   * @param from the state of an instance that has started; this one then has started, too
   * @param onPoisoned told when a call has spoilt it
   * @throws TRAP when a segment does not fit, MEMORY_LIMIT
   */
  constructor(
    plugin: RunnablePlugin<Instantiable>,
    isStopped?: (fuelUsed: number) => boolean,
    from?: Snapshot | StartState,
    onPoisoned?: () => void,
  ) {
    const { prepared } = plugin;
    const { hidden } = prepared.report;
    this.#plugin = plugin;
    this.#configText = plugin.configText;
    const account = new CallAccount(prepared.limits, isStopped, turns);
    const host = new HostContext(plugin.services, account);
    this.#account = account;
    this.#host = host;
    this.#profile = hidden.profile && new StackProfile(() => account.granted);
    const admission = new Admission(plugin, account);
    const foreign = foreignGuest(plugin, host);
    const { exports, refill } = instantiate(plugin, host, admission, foreign?.imports, this.#profile);
    this.#refill = refill;
    this.#guestState = GuestState.of(exports, prepared.report);
    const exported = <Signature>(name: string): Signature => exports[name] as unknown as Signature;
    account.attach({ get: exported(hidden.getFuel), spend: exported(hidden.spend), begin: exported(hidden.begin) });
    this.#memory = new GuestMemory(foreign === undefined ? ownHeap(exports) : foreignHeap(exports));
    host.memory = this.#memory;
    this.#startFunction =
      hidden.start === undefined ? undefined : new GuestFunction(hidden.start, exported(hidden.start));
    this.#lifecycle = new CallLifecycle(prepared, host, admission, this.#profile, () => {
      this.release();
      onPoisoned?.();
    });
    foreign?.attach(exports);
    this.#calls =
      foreign === undefined
        ? new OwnCalls(new OwnGuest(plugin, host, exports), this.#lifecycle, host)
        : new ForeignCalls(foreign, this.#lifecycle);
    if (from === undefined) return;
    comeBack(this.#stateOfGuest(), from);
    this.#lifecycle.state = 'idle';
  }

  get state(): InstanceState {
    return this.#lifecycle.state;
  }

  /** What it reads as its configuration from now on. Call it while no call runs. @param text JSON */
  configure(text: string): void {
    this.#configText = text;
    this.#host.config = configTexts(JSON.parse(text) as Record<string, unknown>);
  }

  /** What the call that ended last has used; valid until the next begins. */
  get usage(): UsageCounters {
    return this.#account;
  }

  /** When its last call ended, on the clock of `performance.now()`. */
  get idleSince(): number {
    return this.#account.startedAt + this.#account.wallMs;
  }

  get memoryBytes(): number {
    return this.#memory.size + this.#calls.byteLength;
  }

  get tableBytes(): number {
    return (this.#guestState?.tableEntries ?? 0) * TABLE_ENTRY_BYTES;
  }

  /** What its memory was before anything ran; call it then. */
  memoryImage(): MemoryImage {
    return new MemoryImage(this.#stateOfGuest().bytes);
  }

  /** What it is now, so that another instance can go on from there. Call it while it is idle. */
  snapshot(image: MemoryImage): Snapshot {
    return Snapshot.take(this.#stateOfGuest(), image);
  }

  /** The same, for an instance that comes back to it often. @param similar shares what is the same */
  startState(similar: StartState | undefined): StartState {
    return new StartState(this.#stateOfGuest(), similar);
  }

  /** From now on it goes back to this state after each call; it is in that state now. */
  returnTo(start: StartState): void {
    const state = this.#stateOfGuest();
    state.save();
    this.#lifecycle.goBack = () => {
      this.#calls.reset();
      return start.returnIn(state);
    };
  }

  /** Where the fuel of the call that ended last went, if the plugin was prepared for that; valid until the next begins. */
  get profile(): FuelProfile | undefined {
    if (this.#profile === undefined) return undefined;
    const fuel = this.#account.rest;
    this.#profile.end(fuel === STACK_OVERFLOW_FUEL ? undefined : fuel);
    return fuelProfile(this.#profile, this.#plugin.prepared, this.#account.fuelUsed);
  }

  /**
   * Runs the module's start function, then `plugin_get_info`, `plugin_init` and `plugin_start`, all on one budget of fuel and
   * within `startTimeoutMs`. Call it once, before anything else.
   * @throws INVALID_MANIFEST, ABI_MISMATCH, GUEST_ERROR and whatever a call may throw
   */
  start(settings: CallSettings, startedAt: number): Promise<void> {
    return runCalls(this.#lifecycle, this.#startCalls(), settings, startedAt, 'startTimeoutMs');
  }

  /** As {@link start}, without giving anyone else a turn. */
  startSync(settings: CallSettings, startedAt: number): void {
    runCallsSync(this.#lifecycle, this.#startCalls(), settings, startedAt, 'startTimeoutMs');
  }

  /** `plugin_stop` and `plugin_cleanup`, within `stopGraceMs`. The instance is closed afterwards, whatever they do. */
  async stop(settings: CallSettings, startedAt: number): Promise<void> {
    const lifecycle = this.#lifecycle;
    try {
      if (lifecycle.state !== 'idle') return;
      lifecycle.goBack = undefined;
      await runCalls(lifecycle, this.#calls.stop(), settings, startedAt, 'stopGraceMs');
    } finally {
      lifecycle.state = 'closed';
      this.release();
    }
  }

  /** It is never called again: nothing is kept for it outside of it. */
  release(): void {
    this.#refill?.release();
  }

  /** Ends what is running: at once if it waits, at the end of its slice if it has yielded. */
  interrupt(reason: unknown): void {
    if (this.state === 'busy') this.#account.interrupt(reason);
  }

  /**
   * Calls a function of the plugin.
   * @param startedAt when the caller asked, on the clock of `performance.now()`
   * @returns the output, or a promise of it where the guest may have to wait
   */
  call(
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output | Promise<Output> {
    return this.#calls.call(name, input, as, settings, startedAt);
  }

  /** As {@link call}, always at once. Only for plugins none of whose imports waits. */
  callSync(name: string, input: Input, as: OutputKind | OutputSink, settings: CallSettings, startedAt: number): Output {
    return this.#calls.callSync(name, input, as, settings, startedAt);
  }

  *#startCalls(): GuestCalls {
    if (this.#startFunction !== undefined) yield { fn: this.#startFunction, a: 0, b: 0 };
    yield* this.#calls.start(this.#configText);
  }

  #stateOfGuest(): GuestState {
    if (this.#guestState === undefined) throw bug('the module was metered without `exportState`');
    return this.#guestState;
  }
}
