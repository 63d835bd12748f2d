/**
 * The executor `process`: plugins run in child processes, under Node.js's permission model and with an empty environment. For
 * tenants that are not trusted at all: should one get the better of V8, it has a process in its hands that can do next to nothing.
 */
import { availableParallelism } from 'node:os';
import { ENGINE_LIMITS } from '../limits.ts';
import { canSuspend } from '../runtime/jspi.ts';
import type { Executor } from './executor.ts';
import { ChildLink } from './remote/child-link.ts';
import type { HeartbeatOptions } from './remote/heartbeat.ts';
import { GRACE_MS, RemoteExecutor, type RemoteOptions } from './remote/remote-executor.ts';

export interface ProcessOptions extends RemoteOptions {
  readonly heartbeat?: HeartbeatOptions;
}

/** Each process has memory maps of its own. */
const SUSPENSIONS = 1_000;

/** Processes beside the others, where guests that call others need one each. */
const CALLERS = 16;

export function createProcessExecutor({
  workers = availableParallelism(),
  workerHeap = ENGINE_LIMITS.workerHeap.default,
  maxLiveInstances = ENGINE_LIMITS.maxLiveInstances.default,
  graceMs = GRACE_MS,
  blocks = !canSuspend,
  heartbeat,
}: ProcessOptions = {}): Executor {
  const settings = { heapBytes: workerHeap, suspensions: SUSPENSIONS, maxLiveInstances, blocks };
  return new RemoteExecutor({
    name: 'process',
    needsBytes: true,
    hosts: workers,
    graceMs,
    blocks,
    callers: CALLERS,
    launch: (events) => new ChildLink({ ...settings, ...(heartbeat === undefined ? {} : { heartbeat }) }, events),
  });
}
