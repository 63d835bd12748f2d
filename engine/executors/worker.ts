/**
 * The executor `worker`: plugins run on threads of their own. Nothing that they do keeps the caller's thread busy, and a thread
 * that does not answer is ended.
 */
import { availableParallelism } from 'node:os';
import { ENGINE_LIMITS } from '../limits.ts';
import { canSuspend } from '../runtime/jspi.ts';
import type { Executor } from './executor.ts';
import { RemoteExecutor } from './remote/remote-executor.ts';
import { WorkerLink } from './remote/worker-link.ts';

export interface RemoteOptions {
  /** How many workers or children there may be. @default one for each core */
  readonly workers?: number | undefined;
  /** Limit on the JavaScript heap of each, in bytes. */
  readonly workerHeap?: number | undefined;
  /** How long after its deadline a call may be without an answer, before its worker or child is ended. @default GRACE_MS */
  readonly graceMs?: number | undefined;
  /** Guests wait for services by blocking their thread. @default where they cannot be suspended */
  readonly blocks?: boolean | undefined;
}

/** Long against whatever keeps a thread that works from running for a while; short for someone who waits. */
export const GRACE_MS = 2_000;

/** Near 32,000 guests that are suspended at the same time, over all its threads, a process runs out of memory maps. */
const SUSPENSIONS = { most: 16_000, perWorker: 1_000 };

export function createWorkerExecutor({
  workers = availableParallelism(),
  workerHeap = ENGINE_LIMITS.workerHeap.default,
  graceMs = GRACE_MS,
  blocks = !canSuspend,
}: RemoteOptions = {}): Executor {
  const suspensions = Math.min(SUSPENSIONS.perWorker, Math.floor(SUSPENSIONS.most / workers));
  return new RemoteExecutor({
    name: 'worker',
    hosts: workers,
    graceMs,
    launch: (events) => new WorkerLink({ heapBytes: workerHeap, suspensions, blocks }, events),
  });
}
