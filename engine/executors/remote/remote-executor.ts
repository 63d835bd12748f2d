/** Executors whose plugins run somewhere else: they place instances on workers or children, which they start when needed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRingfenceError, RingfenceError } from '../../errors.ts';
import { cancelled } from '../../host/account.ts';
import { isAsync } from '../../host/function.ts';
import type { CallSettings, ExecutorName } from '../../options.ts';
import type { WallMemory } from '../../runtime/memory-use.ts';
import type { RunnablePlugin } from '../../runtime/runnable.ts';
import type { Executor, ExecutorInstance } from '../executor.ts';
import type { Launch } from './link.ts';
import { RemoteHost, type RemoteHostOptions } from './remote-host.ts';
import { RemoteInstance } from './remote-instance.ts';

export interface RemoteOptions {
  /** How many workers or children there may be. @default one for each core */
  readonly workers?: number | undefined;
  /** Limit on the JavaScript heap of each, in bytes. */
  readonly workerHeap?: number | undefined;
  /** Instances that may be live at the same time in one process. */
  readonly maxLiveInstances?: number | undefined;
  /** How long after its deadline a call may be without an answer, before its worker or child is ended. @default GRACE_MS */
  readonly graceMs?: number | undefined;
  /** Guests wait for services by blocking their thread. @default where they cannot be suspended */
  readonly blocks?: boolean | undefined;
}

/** Long against whatever keeps a thread that works from running for a while; short for someone who waits. */
export const GRACE_MS = 5_000;

export interface RemoteExecutorOptions {
  readonly name: ExecutorName;
  /** See {@link Executor}. */
  readonly needsBytes?: boolean;
  readonly launch: Launch;
  /** How many workers or children there may be. */
  readonly hosts: number;
  /** How long after its deadline a call may be without an answer. */
  readonly graceMs: number;
  /** A guest that waits blocks all others of its worker or child. @default false */
  readonly blocks?: boolean | undefined;
  /** Where guests block: workers or children beside those, for guests that may wait for other guests. One instance each. */
  readonly callers: number;
}

/** How often the start of an instance is moved on from a worker or child that ended before it began. */
const MOVES = 3;
/** After one that could not even start, the next is started no sooner than this; twice as long each time. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** Whoever would have to wait longer is told instead. */
const PATIENCE_MS = 1_000;

export class RemoteExecutor implements Executor {
  readonly name: ExecutorName;
  readonly needsBytes: boolean;
  readonly #options: RemoteExecutorOptions;
  /** Serve all plugins. */
  readonly #shared = new Set<RemoteHost>();
  /** Serve one instance at a time: it waits for guests elsewhere, and nobody waits for the thread that it blocks. */
  readonly #callers = new Set<RemoteHost>();
  /** How many have ended before they were ready, since the last that was. */
  #failedStarts = 0;
  #lastFailure = '';
  /** On the clock of `performance.now()`. */
  #pausedUntil = 0;
  #isClosed = false;

  constructor(options: RemoteExecutorOptions) {
    this.name = options.name;
    this.needsBytes = options.needsBytes ?? false;
    this.#options = options;
  }

  async start(plugin: RunnablePlugin, settings: CallSettings, startedAt: number): Promise<ExecutorInstance> {
    const isCaller = this.#options.blocks === true && waitsForGuests(plugin);
    const place = (): RemoteHost | undefined => (isCaller ? this.#placeCaller() : this.#place());
    for (let moves = 0; ; moves++) {
      const host = place() ?? (await this.#launchLater(settings.signal, place));
      try {
        return await RemoteInstance.start(host, plugin, settings, startedAt);
      } catch (error) {
        if (moves === MOVES || !neverBegan(error)) throw error;
      }
    }
  }

  release(plugin: RunnablePlugin): void {
    for (const host of this.#all()) host.forget(plugin);
  }

  walls(): Promise<readonly WallMemory[]> {
    const executor = this.name as WallMemory['executor'];
    return Promise.all(this.#all().map(async (host) => ({ executor, ...(await host.memory()) })));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#all().map((host) => host.terminate()));
  }

  /** The host with the fewest instances, or a new one as long as there may be more; undefined while none may be started. */
  #place(): RemoteHost | undefined {
    let best: RemoteHost | undefined;
    for (const host of this.#shared) if (best === undefined || host.instances < best.instances) best = host;
    if (best !== undefined && (best.instances === 0 || this.#shared.size >= this.#options.hosts)) return best;
    return performance.now() < this.#pausedUntil ? best : this.#launch(this.#shared);
  }

  /** One without an instance, or a new one; undefined while none may be started. @throws BUSY when there are too many */
  #placeCaller(): RemoteHost | undefined {
    for (const host of this.#callers) if (host.instances === 0) return host;
    // Not waited for: what it would have to wait for may be waiting for it.
    if (this.#callers.size >= this.#options.callers) throw tooManyCallers(this.name, this.#options.callers);
    return performance.now() < this.#pausedUntil ? undefined : this.#launch(this.#callers);
  }

  #all(): readonly RemoteHost[] {
    return [...this.#shared, ...this.#callers];
  }

  /** Waits until one may be started. @throws EXECUTOR_CRASHED, CANCELLED, CLOSED */
  async #launchLater(signal: AbortSignal | undefined, place: () => RemoteHost | undefined): Promise<RemoteHost> {
    for (;;) {
      const pause = this.#pausedUntil - performance.now();
      if (pause > PATIENCE_MS) throw cannotStart(this.name, this.#failedStarts, this.#lastFailure);
      try {
        await sleep(Math.max(0, pause), undefined, { signal });
      } catch {
        throw cancelled(signal as AbortSignal);
      }
      // Others may have waited for the same, and may have failed at it.
      const placed = place();
      if (placed !== undefined) return placed;
    }
  }

  /** @param among where it belongs */
  #launch(among: Set<RemoteHost>): RemoteHost {
    if (this.#isClosed) throw new RingfenceError('CLOSED', 'The engine is closed');
    const { name, graceMs, launch } = this.#options;
    const options: RemoteHostOptions = {
      executor: name,
      graceMs,
      onReady: () => {
        this.#failedStarts = 0;
      },
      onDown: (ended, reason, wasReady) => {
        among.delete(ended);
        if (!wasReady) this.#pause(reason);
      },
    };
    try {
      const host = new RemoteHost(launch, options);
      among.add(host);
      return host;
    } catch (error) {
      this.#pause((error as Error).message);
      throw isRingfenceError(error) ? error : cannotStart(name, this.#failedStarts, this.#lastFailure);
    }
  }

  #pause(reason: string): void {
    this.#lastFailure = reason;
    this.#pausedUntil = performance.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failedStarts);
    this.#failedStarts++;
  }
}

const neverBegan = (error: unknown): boolean =>
  isRingfenceError(error, 'EXECUTOR_CRASHED') && error.details.started === false;

function cannotStart(executor: ExecutorName, failures: number, reason: string): RingfenceError {
  return new RingfenceError(
    'EXECUTOR_CRASHED',
    `The last ${failures} times that a ${executor} was started it ended at once: ${reason}. Another is started in a few seconds`,
    { details: { executor, started: false, failures, reason } },
  );
}

/** It waits for other guests: were they on the thread that it blocks, both would wait for ever. */
const waitsForGuests = ({ rows }: RunnablePlugin): boolean =>
  rows.some((row) => isAsync(row) && row.capability === 'call');

function tooManyCallers(executor: ExecutorName, most: number): RingfenceError {
  return new RingfenceError(
    'BUSY',
    `There are ${most} instances of plugins that call others, as many as may have a ${executor} each. Where plugins cannot be ` +
      `suspended, before Node.js 24, they need that; lower their limit \`instances\`, so that calls queue`,
    { details: { executor, used: most, allowed: most } },
  );
}
