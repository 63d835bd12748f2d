/**
 * One worker or child, as the engine sees it: the operations that run there, the plugins that it knows, and what happens to both
 * when it ends. Whatever it does, each caller hears exactly once.
 */
import { bug, RingfenceError } from '../../errors.ts';
import { cancelled } from '../../host/account.ts';
import type { CallSettings, ExecutorName } from '../../options.ts';
import type { Input } from '../../runtime/instance.ts';
import type { WallMemory } from '../../runtime/memory-use.ts';
import type { RunnablePlugin } from '../../runtime/runnable.ts';
import { locateFrames } from '../../runtime/traps.ts';
import type { Launch, Link } from './link.ts';
import { type Asked, Operation, type OperationOwner } from './operation.ts';
import type { RemoteSettings, Report, StartCommand } from './protocol.ts';
import { ServiceDesk } from './service-desk.ts';
import { toSharedClock } from './shared-clock.ts';
import { Watchdog } from './watchdog.ts';

export interface RemoteHostOptions {
  readonly executor: ExecutorName;
  /** How long after its deadline a call may still be without an answer before the worker or child is ended. */
  readonly graceMs: number;
  /** It takes commands. */
  readonly onReady: () => void;
  /** It has ended. @param wasReady it took commands before */
  readonly onDown: (host: RemoteHost, reason: string, wasReady: boolean) => void;
}

/** How long a worker or child has to say how much memory it takes. */
const MEMORY_MS = 1_000;

/** A plugin that the guest host knows. */
interface Registration {
  readonly key: number;
  /** Index by name. */
  readonly functions: ReadonlyMap<string, number>;
}

export class RemoteHost {
  readonly #options: RemoteHostOptions;
  readonly #link: Link;
  readonly #desk: ServiceDesk;
  /** By slot, until the guest host has answered. */
  readonly #running = new Map<number, Operation>();
  /** Operations whose callers wait. */
  #waitedFor = 0;
  readonly #plugins = new Map<RunnablePlugin, Registration>();
  #lastPlugin = 0;
  /** By number. */
  readonly #instances = new Map<number, OperationOwner>();
  #lastInstance = 0;
  readonly #watchdog = new Watchdog(() => this.#look());
  #isReady = false;
  #downReason: string | undefined;

  /** @throws where a worker or child cannot even be started */
  constructor(launch: Launch, options: RemoteHostOptions) {
    this.#options = options;
    this.#link = launch({ report: (report) => this.#receive(report), down: (reason) => this.#down(reason) });
    this.#desk = new ServiceDesk(this.#link);
  }

  get isDown(): boolean {
    return this.#downReason !== undefined;
  }

  /** Instances that live here, or are being started. */
  get instances(): number {
    return this.#instances.size;
  }

  /** A number for an instance that is about to be started. */
  newInstance(): number {
    this.#lastInstance++;
    return this.#lastInstance;
  }

  start(asked: Asked): Promise<unknown> {
    if (this.isDown) return Promise.reject(this.#crashed(false));
    const { owner, settings } = asked;
    this.#instances.set(owner.number, owner);
    const plugin = this.#register(owner.plugin).key;
    const slot = this.#link.lease(settings.limits);
    this.#link.send({ op: 'start', plugin, settings: crossing(settings), ...this.#place(slot, asked) });
    return this.#run(new Operation(slot, asked, nothing));
  }

  /**
   * Calls a function of an instance.
   * @param own its settings are others than those that the instance was started with
   * @returns what `read` makes of the output; or, where the input is over its limit, how large it is
   */
  call(
    asked: Asked,
    name: string,
    input: Input,
    own: boolean,
    read: (output: Uint8Array) => unknown,
  ): Promise<unknown> | number {
    if (this.isDown) return Promise.reject(this.#crashed(false));
    const { owner, settings, startedAt } = asked;
    const fn = this.#register(owner.plugin).functions.get(name);
    if (fn === undefined) throw bug(`no function ${name}`);
    const { inputBytes } = settings.limits;
    const slot = this.#link.lease(settings.limits);
    const command = {
      slot,
      instance: owner.number,
      fn,
      startedAt: toSharedClock(startedAt),
      settings: own ? crossing(settings) : undefined,
    };
    const size = this.#link.call(command, input, inputBytes);
    if (size > inputBytes) {
      this.#link.release(slot);
      return size;
    }
    return this.#run(new Operation(slot, asked, read));
  }

  /** Stops an instance, and lets go of it. */
  stop(asked: Asked): Promise<unknown> {
    if (this.isDown) return Promise.resolve();
    const { owner, settings } = asked;
    this.#instances.delete(owner.number);
    const slot = this.#link.lease(settings.limits);
    this.#link.send({ op: 'stop', settings: crossing(settings), ...this.#place(slot, asked) });
    return this.#run(new Operation(slot, asked, nothing));
  }

  #place(slot: number, { owner, startedAt }: Asked): Pick<StartCommand, 'slot' | 'instance' | 'startedAt'> {
    return { slot, instance: owner.number, startedAt: toSharedClock(startedAt) };
  }

  /** Ends what runs in an instance, soon: its caller hears this reason. */
  interrupt(instance: number, reason: unknown): void {
    for (const operation of this.#running.values()) {
      if (operation.owner.number === instance && !operation.isSettled) this.#interrupt(operation, reason);
    }
  }

  /** The plugin is unloaded. */
  forget(plugin: RunnablePlugin): void {
    const known = this.#plugins.get(plugin);
    if (known === undefined || this.isDown) return;
    this.#plugins.delete(plugin);
    this.#link.forget(known.key);
  }

  /** Its memory, as far as it says so in time. */
  async memory(): Promise<Omit<WallMemory, 'executor'>> {
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(late.resolve, MEMORY_MS);
    const said = await Promise.race([this.#link.memory().catch(() => undefined), late.promise]);
    clearTimeout(timer);
    return { instances: this.instances, heap: said?.heap, resident: said?.resident };
  }

  /** Ends the worker or child. */
  terminate(): Promise<void> {
    return this.#link.terminate();
  }

  #run(operation: Operation): Promise<unknown> {
    this.#running.set(operation.slot, operation);
    this.#waitedFor++;
    if (this.#waitedFor === 1) this.#link.setBusy(true);
    this.#watchdog.watch(operation.dueAt);
    operation.listen((signal) => this.#interrupt(operation, cancelled(signal)));
    return operation.promise;
  }

  #interrupt(operation: Operation, reason: unknown): void {
    operation.reason ??= reason;
    this.#link.stop(operation.slot);
    if (!this.#link.hasBegun(operation.slot)) {
      this.#fail(operation, reason);
      return;
    }
    operation.dueAt = performance.now();
    this.#watchdog.watch(operation.dueAt + this.#options.graceMs);
  }

  #receive(report: Report): void {
    switch (report.op) {
      case 'ready':
        this.#isReady = true;
        this.#options.onReady();
        return;
      case 'done': {
        const operation = this.#running.get(report.slot);
        if (operation === undefined) return;
        if (!operation.isSettled) {
          operation.done(report.counters, report.output);
          this.#noLongerWaitedFor();
          this.#free(operation.slot);
        } else this.#giveUp(operation);
        return;
      }
      case 'failed': {
        const operation = this.#running.get(report.slot);
        if (operation === undefined) return;
        const { functionNames, places } = operation.owner.plugin.prepared;
        if (report.state !== 'idle') this.#instances.delete(operation.owner.number);
        const error = locateFrames(RingfenceError.fromJSON(report.error), { names: functionNames, places });
        if (!operation.isSettled) {
          operation.failThere(error, report.state, report.counters);
          this.#noLongerWaitedFor();
          this.#free(operation.slot);
        } else this.#giveUp(operation);
        return;
      }
      case 'log':
        this.#log(report);
        return;
      case 'evicted':
        this.#instances.get(report.instance)?.evicted(report.snapshots);
        return;
      case 'dropped':
        this.#dropped(report);
        return;
      case 'request': {
        const operation = this.#running.get(report.slot);
        if (operation !== undefined && !operation.isSettled) this.#desk.serve(operation, report);
        return;
      }
    }
  }

  /** The guest host has answered. */
  #free(slot: number): void {
    this.#running.delete(slot);
    this.#link.release(slot);
  }

  /** The guest host has answered, and its caller had heard before: nobody expects the instance to go on. */
  #giveUp({ slot, owner }: Operation): void {
    if (this.#instances.delete(owner.number)) this.#link.send({ op: 'drop', instance: owner.number });
    this.#free(slot);
  }

  /** Tells the caller before the guest host has answered. The instance is lost: nobody knows what it does. */
  #fail(operation: Operation, error: unknown): void {
    if (operation.isSettled) return;
    operation.fail(error, 'poisoned');
    this.#noLongerWaitedFor();
  }

  #noLongerWaitedFor(): void {
    this.#waitedFor--;
    if (this.#waitedFor === 0 && !this.isDown) this.#link.setBusy(false);
  }

  #log({ slot, entry: { level, message, source, dropped, fields } }: Extract<Report, { op: 'log' }>): void {
    const operation = this.#running.get(slot);
    if (operation === undefined || operation.isSettled) return;
    const { log } = operation.owner.plugin.services;
    log.drop(dropped);
    try {
      log.write(level, message, source, operation.settings.context, fields);
    } catch (error) {
      // As everywhere, a logger that throws ends the call.
      this.#interrupt(operation, logFailed(error));
      this.#fail(operation, operation.reason);
    }
  }

  #dropped({ slot, lines }: Extract<Report, { op: 'dropped' }>): void {
    const operation = this.#running.get(slot);
    if (operation === undefined) return;
    const { log } = operation.owner.plugin.services;
    log.drop(lines);
    log.reportDropped(operation.settings.context);
  }

  /** Looks for what is overdue. @returns when to look again */
  #look(): number {
    const now = performance.now();
    const { graceMs } = this.#options;
    let next = Number.POSITIVE_INFINITY;
    let isStuck = false;
    for (const operation of this.#running.values()) {
      const { slot, dueAt } = operation;
      if (now < dueAt) {
        next = Math.min(next, dueAt);
      } else if (!this.#link.hasBegun(slot)) {
        // It waits behind others, who may have more time.
        if (operation.isSettled) continue;
        // First the flag, then a second look: the guest host does the two the other way round.
        this.#link.stop(slot);
        if (this.#link.hasBegun(slot)) next = Math.min(next, dueAt + graceMs);
        else this.#failLate(operation);
      } else if (now < dueAt + graceMs) {
        next = Math.min(next, dueAt + graceMs);
      } else {
        // Guests look at the time, and so do waits: something has gone wrong that nothing in there can end.
        isStuck = true;
        this.#failLate(operation);
      }
    }
    if (isStuck) void this.#link.terminate();
    return next;
  }

  #failLate(operation: Operation): void {
    if (operation.isSettled) return;
    operation.failLate();
    this.#noLongerWaitedFor();
  }

  #down(reason: string): void {
    this.#downReason = reason;
    this.#watchdog.stop();
    const running = [...this.#running.values()];
    this.#running.clear();
    this.#instances.clear();
    for (const operation of running) this.#fail(operation, this.#crashed(this.#link.hasBegun(operation.slot)));
    this.#options.onDown(this, reason, this.#isReady);
  }

  /** @param hasBegun guest code may have run for the operation */
  #crashed(hasBegun: boolean): RingfenceError {
    const { executor } = this.#options;
    const fate = hasBegun ? 'while the call ran in it' : 'before the call began';
    const reason = this.#downReason ?? 'unknown';
    return new RingfenceError('EXECUTOR_CRASHED', `The ${executor} ended ${fate}: ${reason}`, {
      details: { executor, started: hasBegun, reason },
    });
  }

  #register(plugin: RunnablePlugin): Registration {
    const known = this.#plugins.get(plugin);
    if (known !== undefined) return known;
    this.#lastPlugin++;
    const registration = {
      key: this.#lastPlugin,
      functions: new Map(plugin.callable.map((name, index) => [name, index])),
    };
    this.#link.open(registration.key, plugin);
    this.#plugins.set(plugin, registration);
    return registration;
  }
}

const nothing = (): undefined => undefined;

const crossing = ({ limits, deterministic, configText }: CallSettings): RemoteSettings => ({
  limits,
  deterministic,
  configText,
});

function logFailed(cause: unknown): RingfenceError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new RingfenceError('HOST_FUNCTION_FAILED', `The host function log failed: ${said}`, {
    stage: 'host',
    details: { import: 'log' },
    cause,
  });
}
