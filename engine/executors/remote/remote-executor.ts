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
  readonly #hosts = new Set<RemoteHost>();
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
    if (this.#options.blocks === true) refuseWaitingForGuests(plugin);
    for (let moves = 0; ; moves++) {
      const host = this.#place() ?? (await this.#launchLater(settings.signal));
      try {
        return await RemoteInstance.start(host, plugin, settings, startedAt);
      } catch (error) {
        if (moves === MOVES || !neverBegan(error)) throw error;
      }
    }
  }

  release(plugin: RunnablePlugin): void {
    for (const host of this.#hosts) host.forget(plugin);
  }

  walls(): Promise<readonly WallMemory[]> {
    const executor = this.name as WallMemory['executor'];
    return Promise.all([...this.#hosts].map(async (host) => ({ executor, ...(await host.memory()) })));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#hosts].map((host) => host.terminate()));
  }

  /** The host with the fewest instances, or a new one as long as there may be more; undefined while none may be started. */
  #place(): RemoteHost | undefined {
    let best: RemoteHost | undefined;
    for (const host of this.#hosts) if (best === undefined || host.instances < best.instances) best = host;
    if (best !== undefined && (best.instances === 0 || this.#hosts.size >= this.#options.hosts)) return best;
    return performance.now() < this.#pausedUntil ? best : this.#launch();
  }

  /** Waits until one may be started. @throws EXECUTOR_CRASHED, CANCELLED, CLOSED */
  async #launchLater(signal: AbortSignal | undefined): Promise<RemoteHost> {
    const pause = this.#pausedUntil - performance.now();
    if (pause > PATIENCE_MS) throw cannotStart(this.name, this.#failedStarts, this.#lastFailure);
    try {
      await sleep(Math.max(0, pause), undefined, { signal });
    } catch {
      throw cancelled(signal as AbortSignal);
    }
    // Others may have waited for the same.
    return this.#place() ?? this.#launch();
  }

  #launch(): RemoteHost {
    if (this.#isClosed) throw new RingfenceError('CLOSED', 'The engine is closed');
    const { name, graceMs, launch } = this.#options;
    const options: RemoteHostOptions = {
      executor: name,
      graceMs,
      onReady: () => {
        this.#failedStarts = 0;
      },
      onDown: (ended, reason, wasReady) => {
        this.#hosts.delete(ended);
        if (!wasReady) this.#pause(reason);
      },
    };
    try {
      const host = new RemoteHost(launch, options);
      this.#hosts.add(host);
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

/** It could wait for a guest that waits for the very thread that it blocks. @throws UNSUPPORTED_PLATFORM */
function refuseWaitingForGuests({ rows }: RunnablePlugin): void {
  const waiting = rows.filter((row) => isAsync(row) && row.capability === 'call').map(({ name }) => name);
  if (waiting.length === 0) return;
  throw new RingfenceError(
    'UNSUPPORTED_PLATFORM',
    `The plugin imports ${waiting.join(', ')}. One that waits for another plugin has to be set aside meanwhile, which takes ` +
      `JavaScript Promise Integration (Node.js 24 and later). This is Node.js ${process.versions.node}`,
    { stage: 'validate', details: { imports: waiting, node: process.versions.node } },
  );
}
