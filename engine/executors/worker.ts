/**
 * The executor `worker`: plugins run on threads of their own. Nothing that they do keeps the caller's thread busy, and a thread
 * that does not answer is ended.
 */
import { availableParallelism } from 'node:os';
import { ENGINE_LIMITS } from '../limits.ts';
import { canSuspend } from '../runtime/jspi.ts';
import type { Executor } from './executor.ts';
import { GRACE_MS, RemoteExecutor, type RemoteOptions } from './remote/remote-executor.ts';
import { WorkerLink } from './remote/worker-link.ts';

/** Near 32,000 guests that are suspended at the same time, over all its threads, a process runs out of memory maps. */
const SUSPENSIONS = { most: 16_000, perWorker: 1_000 };

/** Threads beside the others, where guests that call others need one each. */
const CALLERS = 64;

export function createWorkerExecutor({
  workers = availableParallelism(),
  workerHeap = ENGINE_LIMITS.workerHeap.default,
  maxLiveInstances = ENGINE_LIMITS.maxLiveInstances.default,
  graceMs = GRACE_MS,
  blocks = !canSuspend,
}: RemoteOptions = {}): Executor {
  const suspensions = Math.min(SUSPENSIONS.perWorker, Math.floor(SUSPENSIONS.most / workers));
  return new RemoteExecutor({
    name: 'worker',
    hosts: workers,
    graceMs,
    blocks,
    callers: CALLERS,
    launch: (events) =>
      new WorkerLink(
        {
          heapBytes: workerHeap,
          suspensions,
          // Their memories lie in the one address space of the process.
          maxLiveInstances: Math.max(1, Math.floor(maxLiveInstances / workers)),
          blocks,
        },
        events,
      ),
  });
}
