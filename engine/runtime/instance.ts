/**
 * A live instance of a plugin: one call at a time in the guest, under fuel and deadline. An instance in which a call ended
 * otherwise than by returning is poisoned: nobody knows what state its memory is in, so it is never called again.
 */
import { DISPATCH_EXPORT, FUNCTION_PREFIX, MEMORY_EXPORT } from '../abi/exports.ts';
import { guestError } from '../abi/guest-error.ts';
import { checkInfo } from '../abi/info.ts';
import { type LifecycleStep, START_STEPS, STOP_STEPS } from '../abi/lifecycle.ts';
import { bug, isRingfenceError, RingfenceError, withContext } from '../errors.ts';
import { CallAccount, cancelled, overLimit, SLICE_FUEL, type TimeLimit } from '../host/account.ts';
import { configTexts } from '../host/config.ts';
import { HostContext } from '../host/context.ts';
import type { UsageCounters } from '../host/usage-counters.ts';
import { EXITED } from '../host/wasi/state.ts';
import { type GuestHeap, GuestMemory } from '../memory/guest-memory.ts';
import { isFailed, packedLength, packedPointer, unpack } from '../memory/packed.ts';
import { STACK_OVERFLOW_FUEL } from '../meter/counter.ts';
import { StackProfile } from '../meter/stack-profile.ts';
import type { CallSettings } from '../options.ts';
import {
  type ForeignAnswer,
  type ForeignGuest,
  foreignGuest,
  type SingleCallGuest,
} from './contracts/foreign-guest.ts';
import { noOutput } from './contracts/output.ts';
import { type FuelProfile, fuelProfile } from './fuel-profile.ts';
import type { GuestCall, GuestCalls, Input, Output, OutputKind, OutputSink } from './guest-calls.ts';
import { GuestFunction } from './guest-function.ts';
import { GuestState, NO_MEMORY } from './guest-state.ts';
import { importsFor } from './imports.ts';
import { canSuspend } from './jspi.ts';
import { MemoryImage } from './memory-image.ts';
import { type RefillImport, refillImport } from './refill-import.ts';
import type { Instantiable, RunnablePlugin } from './runnable.ts';
import { Snapshot } from './snapshot.ts';
import type { StackShape } from './standing-stack.ts';
import { StartState } from './start-state.ts';
import { suspensionSlots } from './suspensions.ts';
import { describeEnd, type TrapContext } from './traps.ts';
import { turns } from './turns.ts';

export type { Input, Output, OutputKind, OutputSink } from './guest-calls.ts';

/** `spent`: the last call ended well, but the instance could not go back to the state that it is to have after each call. */
export type InstanceState = 'created' | 'idle' | 'busy' | 'spent' | 'poisoned' | 'closed';

/** Of every `plugin_<name>`. */
const FUNCTION_SHAPE: StackShape = { params: 2, result: 'i64' };
/** V8's own data for an entry of a table, about: the reference, and what a call through it needs. */
const TABLE_ENTRY_BYTES = 32;

export class PluginInstance {
  readonly #plugin: RunnablePlugin<Instantiable>;
  readonly #account: CallAccount;
  readonly #host: HostContext;
  readonly #memory: GuestMemory;
  readonly #exports: WebAssembly.Exports;
  readonly #functions = new Map<string, GuestFunction>();
  /** Called last. */
  #last: GuestFunction | undefined;
  readonly #profile: StackProfile | undefined;
  readonly #guestState: GuestState | undefined;
  /** Of a guest that does not speak our own ABI. */
  readonly #foreign: ForeignGuest | undefined;
  #state: InstanceState = 'created';
  /** The running call may be suspended wherever no plain JavaScript stands between. */
  #isSuspendable = false;
  /** The call at hand has one of the slots for calls that can be suspended. */
  #hasSlot = false;
  /** Where it goes back to after each call. */
  #home: StartState | undefined;
  readonly #onPoisoned: (() => void) | undefined;
  #refill: RefillImport | undefined;
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
    const { prepared, services } = plugin;
    this.#onPoisoned = onPoisoned;
    this.#plugin = plugin;
    this.#configText = plugin.configText;
    this.#account = new CallAccount(prepared.limits, isStopped, turns);
    this.#host = new HostContext(services, this.#account);
    this.#profile = prepared.report.hidden.profile && new StackProfile(() => this.#account.granted);
    this.#foreign = foreignGuest(plugin, this.#host);
    this.#exports = this.#instantiate();
    this.#guestState = GuestState.of(this.#exports, prepared.report);
    const { getFuel, spend, begin } = prepared.report.hidden;
    this.#account.attach({
      get: this.#export(getFuel),
      spend: this.#export(spend),
      begin: this.#export(begin),
    });
    this.#memory = new GuestMemory(this.#foreign === undefined ? this.#heap() : foreignHeap(this.#exports));
    this.#host.memory = this.#memory;
    this.#foreign?.attach(this.#exports);
    if (this.#foreign === undefined) {
      const shape = plugin.isSelfContained ? FUNCTION_SHAPE : undefined;
      const functions = new Set(prepared.functions);
      for (const name of plugin.callable) {
        const exported = this.#export(FUNCTION_PREFIX + name) ?? this.#export(DISPATCH_EXPORT);
        this.#functions.set(
          name,
          new GuestFunction(name, exported as GuestFunction['direct'], functions.has(name) ? shape : undefined),
        );
      }
    }
    if (from !== undefined) this.#comeBackFrom(from);
  }

  get state(): InstanceState {
    return this.#state;
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
    return this.#memory.size + (this.#foreign?.byteLength ?? 0);
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
    this.#stateOfGuest().save();
    this.#home = start;
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
    return this.#run(this.#startCalls(), settings, startedAt, 'startTimeoutMs');
  }

  /** As {@link start}, without giving anyone else a turn. */
  startSync(settings: CallSettings, startedAt: number): void {
    this.#runSync(this.#startCalls(), settings, startedAt, 'startTimeoutMs');
  }

  /** `plugin_stop` and `plugin_cleanup`, within `stopGraceMs`. The instance is closed afterwards, whatever they do. */
  async stop(settings: CallSettings, startedAt: number): Promise<void> {
    if (this.#state !== 'idle') {
      this.#state = 'closed';
      this.release();
      return;
    }
    this.#home = undefined;
    try {
      await this.#run(this.#stopCalls(), settings, startedAt, 'stopGraceMs');
    } finally {
      this.#state = 'closed';
      this.release();
    }
  }

  /** It is never called again: nothing is kept for it outside of it. */
  release(): void {
    this.#refill?.release();
  }

  /** Ends what is running: at once if it waits, at the end of its slice if it has yielded. */
  interrupt(reason: unknown): void {
    if (this.#state === 'busy') this.#account.interrupt(reason);
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
    const isCrowded = turns.isCrowded(startedAt);
    const foreign = this.#foreign;
    if (foreign !== undefined) return this.#callForeign(foreign, name, input, as, settings, startedAt, isCrowded);
    const fn = this.#function(name);
    if (isCrowded || this.#mayBeSuspended(settings)) {
      if (isCrowded || !canSuspend || !suspensionSlots.tryTake()) {
        return this.#callWaiting(fn, input, as, settings, startedAt, isCrowded);
      }
      return this.#callSuspendable(fn, input, as, settings, startedAt);
    }
    // It ends before it could have been suspended.
    return this.#callDirectly(fn, input, as, settings, startedAt);
  }

  /** As {@link call}, always at once. Only for plugins none of whose imports waits. */
  callSync(name: string, input: Input, as: OutputKind | OutputSink, settings: CallSettings, startedAt: number): Output {
    const foreign = this.#foreign;
    if (foreign !== undefined) return this.#callForeignSync(foreign, name, input, as, settings, startedAt);
    return this.#callDirectly(this.#function(name), input, as, settings, startedAt);
  }

  /** It has something to wait for, or more fuel than it gets at a time. */
  #mayBeSuspended({ limits }: CallSettings): boolean {
    return canSuspend && (this.#plugin.waiting.length > 0 || limits.fuel > SLICE_FUEL);
  }

  /** Begins a call for which a slot has been taken. */
  #beginWithSlot(settings: CallSettings, startedAt: number): void {
    try {
      this.#begin(settings, startedAt, 'timeoutMs', true);
    } catch (error) {
      suspensionSlots.give();
      throw error;
    }
    this.#hasSlot = true;
  }

  #callDirectly(
    fn: GuestFunction,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output {
    this.#begin(settings, startedAt, 'timeoutMs', false);
    this.#host.functionName = fn.name;
    try {
      const pointer = this.#give(input);
      return this.#take(fn, pointer, fn.direct(pointer, this.#memory.givenBytes), as);
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.#end();
    }
  }

  /**
   * As {@link #callWaiting}, where there is nothing to wait for before: nearly always. Without a frame of its own that is set aside,
   * which costs as much as a short call. A slot has been taken for it.
   */
  #callSuspendable(
    fn: GuestFunction,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Promise<Output> {
    this.#beginWithSlot(settings, startedAt);
    this.#host.functionName = fn.name;
    let pointer: number;
    let outcome: Promise<number | bigint>;
    try {
      pointer = this.#give(input);
      outcome = fn.waiting(pointer, this.#memory.givenBytes);
    } catch (error) {
      const told = this.#fail(error);
      this.#leave();
      throw told;
    }
    return outcome.then(
      (answer) => {
        try {
          return this.#take(fn, pointer, answer, as);
        } catch (error) {
          throw this.#fail(error);
        } finally {
          this.#leave();
        }
      },
      (error: unknown) => {
        const told = this.#fail(error);
        this.#leave();
        throw told;
      },
    );
  }

  /** What a call has to wait for before it may run; undefined: nothing. Afterwards it has a slot, where it can be suspended. */
  #admission(isCrowded: boolean): Promise<void> | undefined {
    if (isCrowded || (canSuspend && !suspensionSlots.tryTake())) return this.#waitForAdmission(isCrowded);
    this.#hasSlot = canSuspend;
    return undefined;
  }

  async #waitForAdmission(isCrowded: boolean): Promise<void> {
    if (isCrowded) await this.#takeTurn();
    if (!canSuspend) return;
    if (!suspensionSlots.tryTake()) await this.#waitForSlot();
    this.#hasSlot = true;
  }

  /** The end of a call that may have been suspended. */
  #leave(): void {
    this.#isSuspendable = false;
    if (this.#hasSlot) suspensionSlots.give();
    this.#hasSlot = false;
    this.#end();
  }

  async #callWaiting(
    fn: GuestFunction,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
    isCrowded: boolean,
  ): Promise<Output> {
    this.#begin(settings, startedAt, 'timeoutMs', canSuspend);
    this.#host.functionName = fn.name;
    try {
      const admission = this.#admission(isCrowded);
      if (admission !== undefined) await admission;
      const pointer = this.#give(input);
      const size = this.#memory.givenBytes;
      const packed = canSuspend ? await fn.waiting(pointer, size) : fn.direct(pointer, size);
      return this.#take(fn, pointer, packed, as);
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.#leave();
    }
  }

  /** As {@link call}, for guests of other contracts. */
  #callForeign(
    guest: ForeignGuest,
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
    isCrowded: boolean,
  ): Output | Promise<Output> {
    if (!isCrowded && !this.#mayBeSuspended(settings)) {
      return this.#callForeignSync(guest, name, input, as, settings, startedAt);
    }
    if ('begin' in guest) {
      if (isCrowded || !canSuspend || !suspensionSlots.tryTake()) {
        return this.#callSingle(guest, name, input, as, settings, startedAt, isCrowded);
      }
      return this.#callSingleSuspendable(guest, name, input, as, settings, startedAt);
    }
    const calls = guest.call(name, input, as);
    return this.#run(calls, settings, startedAt, 'timeoutMs', isCrowded).then((answer) =>
      answerOf(answer ?? noOutput(as)),
    );
  }

  #callForeignSync(
    guest: ForeignGuest,
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output {
    if ('begin' in guest) return this.#callSingleSync(guest, name, input, as, settings, startedAt);
    const calls = guest.call(name, input, as);
    return answerOf(this.#runSync(calls, settings, startedAt, 'timeoutMs') ?? noOutput(as));
  }

  #callSingleSync(
    guest: SingleCallGuest,
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Output {
    this.#begin(settings, startedAt, 'timeoutMs', false);
    let answer: ForeignAnswer;
    try {
      const fn = guest.begin(name, input);
      answer = fn instanceof Error ? fn : guest.end(name, withoutArguments(fn.direct), as);
      this.#settle();
    } catch (error) {
      if (!this.#hasExited()) throw this.#fail(error);
      answer = noOutput(as);
    } finally {
      this.#end();
    }
    return answerOf(answer);
  }

  /** To {@link #callSingle} as {@link #callSuspendable} is to {@link #callWaiting}. */
  #callSingleSuspendable(
    guest: SingleCallGuest,
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
  ): Promise<Output> {
    this.#beginWithSlot(settings, startedAt);
    let outcome: Promise<number | bigint>;
    try {
      const fn = guest.begin(name, input);
      if (fn instanceof Error) {
        this.#settle();
        throw fn;
      }
      outcome = withoutArguments(fn.waiting);
    } catch (error) {
      const told = this.#fail(error);
      this.#leave();
      throw told;
    }
    return outcome.then(
      (status) => {
        try {
          const answer = guest.end(name, status, as);
          this.#settle();
          return answerOf(answer);
        } catch (error) {
          throw this.#fail(error);
        } finally {
          this.#leave();
        }
      },
      (error: unknown) => {
        const told = this.#hasExited() ? undefined : this.#fail(error);
        this.#leave();
        if (told !== undefined) throw told;
        return noOutput(as);
      },
    );
  }

  /** The same as a sequence of one call would be, at the price of none. */
  async #callSingle(
    guest: SingleCallGuest,
    name: string,
    input: Input,
    as: OutputKind | OutputSink,
    settings: CallSettings,
    startedAt: number,
    isCrowded: boolean,
  ): Promise<Output> {
    this.#begin(settings, startedAt, 'timeoutMs', canSuspend);
    let answer: ForeignAnswer;
    try {
      const admission = this.#admission(isCrowded);
      if (admission !== undefined) await admission;
      const fn = guest.begin(name, input);
      if (fn instanceof Error) answer = fn;
      else answer = guest.end(name, canSuspend ? await withoutArguments(fn.waiting) : withoutArguments(fn.direct), as);
      this.#settle();
    } catch (error) {
      if (!this.#hasExited()) throw this.#fail(error);
      answer = noOutput(as);
    } finally {
      this.#leave();
    }
    return answerOf(answer);
  }

  /** Runs a sequence of guest calls as one call. @returns its result; undefined where the guest has said that it is done */
  async #run<Result>(
    calls: GuestCalls<Result>,
    settings: CallSettings,
    startedAt: number,
    timeLimit: TimeLimit,
    isCrowded = false,
  ): Promise<Result | undefined> {
    if (!canSuspend && !isCrowded) return this.#runSync(calls, settings, startedAt, timeLimit);
    this.#begin(settings, startedAt, timeLimit, canSuspend);
    try {
      const admission = this.#admission(isCrowded);
      if (admission !== undefined) await admission;
      let next = calls.next();
      while (next.done !== true) {
        const { fn, a, b, args } = next.value;
        if (!canSuspend) next = calls.next(args === undefined ? fn.direct(a, b) : callWith(fn.direct, args));
        else next = calls.next(await (args === undefined ? fn.waiting(a, b) : callWith(fn.waiting, args)));
      }
      this.#settle();
      return next.value;
    } catch (error) {
      if (this.#hasExited()) return undefined;
      throw this.#fail(error);
    } finally {
      this.#leave();
    }
  }

  #runSync<Result>(
    calls: GuestCalls<Result>,
    settings: CallSettings,
    startedAt: number,
    timeLimit: TimeLimit,
  ): Result | undefined {
    this.#begin(settings, startedAt, timeLimit, false);
    try {
      let next = calls.next();
      while (next.done !== true) {
        const { fn, a, b, args } = next.value;
        next = calls.next(args === undefined ? fn.direct(a, b) : callWith(fn.direct, args));
      }
      this.#settle();
      return next.value;
    } catch (error) {
      if (this.#hasExited()) return undefined;
      throw this.#fail(error);
    } finally {
      this.#end();
    }
  }

  *#startCalls(): GuestCalls {
    const { manifest, report } = this.#plugin.prepared;
    const { start } = report.hidden;
    if (start !== undefined) yield this.#callOf(start, 0, 0);
    if (this.#foreign !== undefined) {
      yield* this.#foreign.start();
      return;
    }
    for (const step of START_STEPS) {
      const pointer = step.takesConfig ? this.#give(this.#configText) : 0;
      const answer = yield this.#callOf(step.name, pointer, step.takesConfig ? this.#memory.givenBytes : 0);
      if (step.answer === 'packed') checkInfo(this.#text(answer as bigint, step.name), manifest);
      else this.#checkStatus(step, answer as number);
      if (pointer !== 0) this.#memory.free(pointer);
    }
  }

  /** A plugin that cannot stop still gets to clean up. */
  *#stopCalls(): GuestCalls {
    const failures: RingfenceError[] = [];
    for (const step of this.#foreign === undefined ? STOP_STEPS : []) {
      const status = (yield this.#callOf(step.name, 0, 0)) as number;
      if (status !== 0) failures.push(guestError(this.#host.guestError, step.name, status));
    }
    if (failures[0] !== undefined) throw failures[0];
  }

  #callOf(name: string, a: number, b: number): GuestCall {
    return { fn: new GuestFunction(name, this.#export(name)), a, b };
  }

  #checkStatus(step: LifecycleStep, status: number): void {
    if (status !== 0) throw guestError(this.#host.guestError, step.name, status);
  }

  #begin(settings: CallSettings, startedAt: number, timeLimit: TimeLimit, isSuspendable: boolean): void {
    if (this.#state !== 'idle' && this.#state !== 'created')
      throw bug(`a call into an instance that is ${this.#state}`);
    if (settings.signal?.aborted === true) throw cancelled(settings.signal);
    this.#state = 'busy';
    this.#isSuspendable = isSuspendable;
    this.#account.begin(settings, startedAt, timeLimit);
    this.#profile?.begin();
  }

  /** The call has been settled. */
  #end(): void {
    this.#host.endCall();
    turns.note(this.#account.startedAt + this.#account.wallMs);
    if (this.#home !== undefined && this.#state === 'idle') this.#goBackTo(this.#home);
  }

  #goBackTo(home: StartState): void {
    this.#foreign?.reset();
    const guest = this.#stateOfGuest();
    if (this.#memory.size === home.memoryBytes && guest.restore()) home.writeMemory(guest.bytes);
    else this.#state = 'spent';
  }

  #comeBackFrom(from: Snapshot | StartState): void {
    try {
      from.putInto(this.#stateOfGuest());
    } catch (error) {
      throw error instanceof RangeError ? noRoom(error) : error;
    }
    this.#state = 'idle';
  }

  #stateOfGuest(): GuestState {
    if (this.#guestState === undefined) throw bug('the module was metered without `exportState`');
    return this.#guestState;
  }

  /** Writes the input into guest memory. @returns its pointer; `memory.givenBytes` is its length. @throws LIMIT_EXCEEDED */
  #give(input: Input): number {
    const account = this.#account;
    const { inputBytes } = account.limits;
    const pointer =
      typeof input === 'string' ? this.#memory.giveText(input, inputBytes) : this.#memory.give(input, inputBytes);
    account.bytesIn = this.#memory.givenBytes;
    if (pointer === -1) {
      // The caller's mistake: the guest has not even been told.
      this.#settle();
      throw overLimit('inputBytes', inputBytes, 'bytes of input', account.bytesIn);
    }
    return pointer;
  }

  /**
   * Takes the result of a call out of guest memory and gives back what was allocated for it.
   * @param given pointer of the input
   * @throws GUEST_ERROR, BAD_OUTPUT, LIMIT_EXCEEDED: the guest has returned in good order, and the instance lives on;
   *   BAD_POINTER, OUT_OF_FUEL and traps of `free`: it does not
   */
  #take(fn: GuestFunction, given: number, answer: bigint | number, as: OutputKind | OutputSink): Output {
    // A hook that answers with a status, 0 for success.
    const status = typeof answer === 'number' ? answer : undefined;
    unpack(status === undefined ? (answer as bigint) : status === 0 ? 0n : -1n);
    const hasFailed = isFailed();
    const pointer = hasFailed ? 0 : packedPointer();
    const length = hasFailed ? 0 : packedLength();
    let output: Output | RingfenceError;
    if (hasFailed) output = guestError(this.#host.guestError, `\`${fn.name}\``, status);
    else output = this.#read(pointer, length, fn.output, as);
    if (pointer !== 0) this.#memory.free(pointer);
    // A guest may hand back the very memory that it was given.
    if (given !== 0 && given !== pointer) this.#memory.free(given);
    this.#account.bytesOut = length;
    this.#settle();
    if (output instanceof RingfenceError) throw output;
    return output;
  }

  /** @returns the output, or what is wrong with it. @throws BAD_POINTER */
  #read(pointer: number, length: number, what: string, as: OutputKind | OutputSink): Output | RingfenceError {
    const { outputBytes } = this.#account.limits;
    const isOver = length > outputBytes;
    if (isOver || as === 'text') this.#memory.check(pointer, length, what);
    if (isOver) return overLimit('outputBytes', outputBytes, `bytes of output`, length);
    // These two check for themselves.
    if (as === 'bytes') return this.#memory.read(pointer, length, what);
    if (as !== 'text') return as.take(this.#memory.view(pointer, length, what));
    if (length === 0) return '';
    try {
      return this.#memory.readText(pointer, length, what);
    } catch (error) {
      return error as RingfenceError;
    }
  }

  /** Text that a lifecycle function returned. */
  #text(packed: bigint, name: string): string {
    unpack(packed);
    if (isFailed()) throw guestError(this.#host.guestError, name);
    const pointer = packedPointer();
    const output = this.#read(pointer, packedLength(), `output of ${name}`, 'text');
    if (typeof output !== 'string') throw output;
    if (pointer !== 0) this.#memory.free(pointer);
    return output;
  }

  /** The guest has returned: the books are closed, and the instance is ready for the next call. @throws OUT_OF_FUEL */
  #settle(): void {
    this.#account.settleReturn(this.#memory.size);
    this.#state = 'idle';
  }

  /** A program has left in good order. Its instance has not returned, so another one takes its place. */
  #hasExited(): boolean {
    if (this.#account.ended !== EXITED || this.#state !== 'busy') return false;
    this.#account.settleFault(this.#memory.size);
    this.#state = 'spent';
    return true;
  }

  /** What to tell the caller of a call that did not end well. */
  #fail(error: unknown): RingfenceError {
    // After the guest has returned: the instance is ready again.
    if (this.#state !== 'busy') return error as RingfenceError;
    this.#state = 'poisoned';
    this.release();
    this.#onPoisoned?.();
    const { size } = this.#memory;
    if (isRingfenceError(error)) this.#account.settleFault(size);
    else this.#account.settleTrap(size);
    return describeEnd(this.#account.ended ?? error, this.#trapContext(this.#account.rest === STACK_OVERFLOW_FUEL));
  }

  #trapContext(stackOverflow: boolean): TrapContext {
    const { report, limits, functionNames, places } = this.#plugin.prepared;
    return { stackOverflow, stackDepth: limits.stackDepth, report, names: functionNames, places };
  }

  async #waitForSlot(): Promise<void> {
    const place = suspensionSlots.join(this.#plugin);
    try {
      await this.#account.wait(place.reached);
    } catch (error) {
      // One that came too late is not lost.
      if (!place.leave()) suspensionSlots.give();
      throw error;
    }
  }

  /** Waits until it is this plugin's turn on this thread. */
  async #takeTurn(): Promise<void> {
    const place = turns.join(this.#plugin);
    try {
      await this.#account.wait(place.reached);
    } finally {
      place.leave();
    }
    this.#account.beginTurn();
  }

  #function(name: string): GuestFunction {
    // Names are the same text as a rule, and the same function is called again.
    if (name === this.#last?.name) return this.#last;
    const fn = this.#functions.get(name);
    if (fn === undefined) throw bug(`no function ${name}`);
    this.#last = fn;
    return fn;
  }

  #heap(): GuestHeap {
    return {
      memory: this.#exports[MEMORY_EXPORT] as WebAssembly.Memory,
      malloc: this.#export('malloc'),
      free: this.#export('free'),
    };
  }

  /** A function that the validator has found among the exports, or the meter has added to them. */
  #export<Signature extends (...args: never[]) => unknown>(name: string): Signature {
    return this.#exports[name] as unknown as Signature;
  }

  #instantiate(): WebAssembly.Exports {
    const { module, report } = this.#plugin.prepared;
    const isSuspendable = (): boolean => this.#isSuspendable && !this.#memory.inHeap;
    try {
      const { rows } = this.#plugin;
      const { refill, profile } = report.hidden;
      const takeTurn = (): Promise<void> => this.#takeTurn();
      const imports = importsFor(rows, this.#host, isSuspendable);
      if (refill !== undefined) {
        this.#refill = refillImport(this.#account, isSuspendable, takeTurn);
        imports[refill.module] = { [refill.name]: this.#refill.fn };
      }
      if (this.#foreign !== undefined) {
        for (const [from, own] of Object.entries(this.#foreign.imports)) {
          imports[from] = Object.assign(imports[from] ?? Object.create(null), own);
        }
      }
      if (profile !== undefined && this.#profile !== undefined) {
        const { enter, leave } = this.#profile;
        imports[profile.module] = { ...imports[profile.module], [profile.enter]: enter, [profile.leave]: leave };
      }
      return new WebAssembly.Instance(module, imports).exports;
    } catch (error) {
      this.release();
      if (error instanceof RangeError) throw noRoom(error);
      throw withContext(describeEnd(error, this.#trapContext(false)), { stage: 'instantiate' });
    }
  }
}

/** Of a guest that has no allocator that we know: what it gets, it gets otherwise. */
function foreignHeap(exports: WebAssembly.Exports): GuestHeap {
  const memory = (exports[MEMORY_EXPORT] as WebAssembly.Memory | undefined) ?? NO_MEMORY;
  const none = (): never => {
    throw new RingfenceError('TRAP', 'The plugin called a host function that needs malloc, and has none', {
      details: { kind: 'no malloc' },
    });
  };
  return { memory, malloc: none, free: none };
}

const callWith = <Result>(fn: (a: number, b: number) => Result, args: readonly (number | bigint)[]): Result =>
  (fn as unknown as (...args: readonly (number | bigint)[]) => Result)(...args);

/** Arguments that a function does not take cost V8 more than the call. */
const withoutArguments = <Result>(fn: (a: number, b: number) => Result): Result => (fn as unknown as () => Result)();

/** @throws what the guest said went wrong, after it has returned in good order */
function answerOf(answer: ForeignAnswer): Output {
  if (answer instanceof Error) throw answer;
  return answer;
}

function noRoom(cause: RangeError): RingfenceError {
  return new RingfenceError('MEMORY_LIMIT', `The host has no room for the memory of an instance: ${cause.message}`, {
    stage: 'instantiate',
    cause,
  });
}
