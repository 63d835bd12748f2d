/** What is measured: names, inputs, and what is held against what. */
import type { Comparison } from '../support/comparison.ts';

export const BRIDGE = 'bridge';
export const CONTROL = 'control';
export const INLINE_SYNC = 'inline-sync';
export const ASYNC_BRIDGE = 'async-bridge';
export const INLINE = 'inline';
export const WORKER_ECHO = 'worker-echo';
export const WORKER = 'worker';
export const PIPE_ECHO = 'pipe-echo';
export const PROCESS = 'process';
/** The peer, on the caller's thread. How many times as long as INLINE it takes. */
export const EXTISM = 'extism';
/** The very module of EXTISM, in the engine: keeping the event loop as the peer does, and giving it turns. */
export const EXTISM_GUEST_SYNC = 'extism-guest-sync';
export const EXTISM_GUEST = 'extism-guest';

export const COMPARISONS: readonly Comparison[] = [
  { subject: INLINE_SYNC, baseline: BRIDGE },
  { subject: INLINE, baseline: ASYNC_BRIDGE },
  { subject: WORKER, baseline: WORKER_ECHO },
  { subject: PROCESS, baseline: PIPE_ECHO },
  { subject: EXTISM, baseline: INLINE },
  { subject: EXTISM_GUEST_SYNC, baseline: EXTISM },
  { subject: EXTISM_GUEST, baseline: EXTISM },
  { subject: CONTROL, baseline: BRIDGE },
];

/** Bytes of input, and of output, by the name of the row. */
export const INPUT_BYTES: Readonly<Record<string, number>> = {
  '0 B': 0,
  '1 KB': 1024,
  '64 KB': 64 * 1024,
  '1 MB': 1024 * 1024,
};
