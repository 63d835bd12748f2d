/**
 * The instances of one plugin, and the calls that wait for one. Instances are started when calls need them, up to a limit;
 * one that a call has spoilt is dropped, and the next call gets a fresh one. Those that nobody has needed for a while are
 * stopped, but for the last few.
 *
 *     take / wait ──> an idle instance, or one that is being started ──> give
 */
import { RingfenceError } from '../errors.ts';
import type { ExecutorInstance } from '../executors/executor.ts';
import type { Limits } from '../limits.ts';
import type { CallSettings } from '../options.ts';
import { WaitQueue } from './wait-queue.ts';

/** Starts an instance; gives up when the signal fires. */
export type StartInstance = (signal: AbortSignal) => Promise<ExecutorInstance>;
/** Stops an instance; must not throw. */
export type StopInstance = (instance: ExecutorInstance) => Promise<void>;

type PoolLimits = Pick<Limits, 'instances' | 'queue' | 'minInstances' | 'spareMs'>;

export class InstancePool {
  readonly #start: StartInstance;
  readonly #retire: StopInstance;
  readonly #limits: PoolLimits;
  readonly #all = new Set<ExecutorInstance>();
  /** The one used last on top: its memory is warm. */
  readonly #idle: ExecutorInstance[] = [];
  readonly #queue = new WaitQueue<ExecutorInstance>();
  readonly #abort = new AbortController();
  #starting = 0;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;
  /** The fewest that were idle at any time since spare ones were last looked for: so many from below nobody has needed. */
  #leastIdle = 0;
  #lookingForSpares: NodeJS.Timeout | undefined;
  readonly #retiring = new Set<Promise<void>>();

  /** @param retire for instances that nobody needs */
  constructor(start: StartInstance, retire: StopInstance, limits: PoolLimits) {
    this.#start = start;
    this.#retire = retire;
    this.#limits = limits;
  }

  /** Instances there are, busy ones included. */
  get size(): number {
    return this.#all.size;
  }

  get instances(): Iterable<ExecutorInstance> {
    return this.#all;
  }

  /** Starts an instance before a call needs it. @throws CLOSED, or what keeps it from starting */
  async warm(start: StartInstance = this.#start): Promise<void> {
    if (this.#closing !== undefined) throw closed();
    await this.#startOne(start);
  }

  async #startOne(start: StartInstance): Promise<void> {
    this.#starting++;
    try {
      const instance = await start(this.#abort.signal);
      this.#add(instance);
      this.#offer(instance);
    } finally {
      this.#starting--;
      this.#checkDrained();
    }
  }

  /** Gives up the instances that are being started, and starts no more: the plugin is about to be unloaded. */
  abandon(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** An idle instance, if there is one. @throws CLOSED */
  take(): ExecutorInstance | undefined {
    if (this.#closing !== undefined) throw closed();
    let instance = this.#idle.pop();
    // One whose worker or process has ended in the meantime.
    while (instance !== undefined && instance.state !== 'idle') {
      this.#all.delete(instance);
      instance = this.#idle.pop();
    }
    if (this.#idle.length < this.#leastIdle) this.#leastIdle = this.#idle.length;
    return instance;
  }

  /** All that are idle. @throws CLOSED */
  takeIdle(): ExecutorInstance[] {
    const idle: ExecutorInstance[] = [];
    for (let instance = this.take(); instance !== undefined; instance = this.take()) idle.push(instance);
    return idle;
  }

  /** Waits for an instance. @throws BUSY, CLOSED, DEADLINE_EXCEEDED, CANCELLED, or what kept an instance from starting */
  async wait(settings: CallSettings, startedAt: number): Promise<ExecutorInstance> {
    if (this.#closing !== undefined) throw closed();
    const { queue, instances } = this.#limits;
    // A call for which an instance can still be started is not queueing.
    const places = queue + instances - this.#all.size;
    if (this.#queue.length >= places) throw busy(this.#queue.length, queue, instances);
    const served = this.#queue.join(settings, startedAt);
    this.#startMissing();
    return served;
  }

  /**
   * A new instance at once, where `take` has found none. It is taken already.
   * @throws BUSY, or what keeps it from starting
   */
  addSync(start: () => ExecutorInstance): ExecutorInstance {
    if (!this.#hasRoom) throw busy(this.#queue.length, this.#limits.queue, this.#limits.instances);
    const instance = start();
    this.#add(instance);
    return instance;
  }

  /** Gives an instance back after a call. */
  give(instance: ExecutorInstance): void {
    if (instance.state === 'idle') {
      this.#offer(instance);
    } else {
      this.#all.delete(instance);
      this.#startMissing();
    }
    this.#checkDrained();
  }

  /**
   * Takes no more calls, waits for those that were accepted, ends the rest at the deadline, then stops every instance.
   * Calling it again returns the same promise.
   */
  close(deadlineMs: number, stop: StopInstance): Promise<void> {
    this.#closing ??= this.#close(deadlineMs, stop);
    return this.#closing;
  }

  async #close(deadlineMs: number, stop: StopInstance): Promise<void> {
    clearTimeout(this.#lookingForSpares);
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    const timer = this.#isDrained ? undefined : setTimeout(() => this.#endAll(), deadlineMs);
    this.#checkDrained();
    await drained;
    clearTimeout(timer);
    await Promise.all([...this.#retiring, ...this.#idle.map(stop)]);
    this.#idle.length = 0;
    this.#all.clear();
  }

  #endAll(): void {
    const reason = closed();
    this.#queue.refuseAll(reason);
    this.#abort.abort(reason);
    for (const instance of this.#all) instance.interrupt(reason);
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.#onDrained !== undefined && this.#isDrained) this.#onDrained();
  }

  /** No call is under way, and none waits. */
  get #isDrained(): boolean {
    return this.#idle.length >= this.#all.size && this.#starting === 0 && this.#queue.length === 0;
  }

  get #hasRoom(): boolean {
    return this.#all.size + this.#starting < this.#limits.instances;
  }

  #add(instance: ExecutorInstance): void {
    this.#all.add(instance);
    this.#lookForSpares();
  }

  #lookForSpares(): void {
    if (this.#lookingForSpares !== undefined || this.#all.size <= this.#limits.minInstances) return;
    this.#leastIdle = this.#idle.length;
    this.#lookingForSpares = setTimeout(() => {
      this.#lookingForSpares = undefined;
      this.#retireSpares();
      this.#lookForSpares();
    }, this.#limits.spareMs);
    this.#lookingForSpares.unref();
  }

  #retireSpares(): void {
    if (this.#closing !== undefined) return;
    const spare = Math.min(this.#leastIdle, this.#all.size - this.#limits.minInstances);
    for (const instance of this.#idle.splice(0, spare)) {
      this.#all.delete(instance);
      const retiring = this.#retire(instance).finally(() => this.#retiring.delete(retiring));
      this.#retiring.add(retiring);
    }
  }

  #offer(instance: ExecutorInstance): void {
    if (this.#queue.length === 0) this.#idle.push(instance);
    else this.#queue.serve(instance);
  }

  /** Starts instances for calls that wait, as many as they need and as are allowed. */
  #startMissing(): void {
    while (this.#starting < this.#queue.length && this.#hasRoom && !this.#abort.signal.aborted) {
      // The first in the queue hears of a failure: it was for the sake of that call that an instance was started.
      this.#startOne(this.#start).catch((error: unknown) => {
        this.#queue.refuseFirst(error);
        this.#startMissing();
        this.#checkDrained();
      });
    }
  }
}

const closed = (): RingfenceError => new RingfenceError('CLOSED', 'The plugin is closed: it takes no more calls');

function busy(used: number, allowed: number, instances: number): RingfenceError {
  return new RingfenceError(
    'BUSY',
    `All ${instances} instances of the plugin are busy and ${used} calls wait already (limits \`instances\` and \`queue\`)`,
    { details: { limit: 'queue', used, allowed, instances } },
  );
}
