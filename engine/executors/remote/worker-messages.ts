/**
 * What goes over a worker's port besides the protocol. The number of a slot is a call of default settings, and its answer, both
 * of which lie in the lane of that slot.
 */
import type { AnswerBridgeEnd } from './answer-bridge.ts';
import type { CallCommand, Command, Report } from './protocol.ts';

/** How the engine starts a worker. */
export interface WorkerSettings {
  /** Guests that may be suspended at the same time. */
  readonly suspensions: number;
  /** Guests wait for services by blocking the thread. */
  readonly answers: AnswerBridgeEnd | undefined;
  /** Instances that may be live at the same time. */
  readonly maxLiveInstances: number;
}

export type ToWorker =
  | number
  | Exclude<Command, CallCommand>
  /** One that has settings of its own, or an input that does not fit into the lane. */
  | (Pick<CallCommand, 'op' | 'slot' | 'settings'> & { readonly input: Uint8Array | undefined })
  /** A lane, before its first use. */
  | { readonly op: 'lane'; readonly slot: number; readonly buffer: SharedArrayBuffer }
  | { readonly op: 'drop lane'; readonly slot: number };

/** Counters are in the lane. */
export type FromWorker =
  | number
  | { readonly op: 'done'; readonly slot: number; readonly output: Uint8Array }
  | Omit<Extract<Report, { op: 'failed' }>, 'counters'>
  | Exclude<Report, { op: 'done' | 'failed' }>;
