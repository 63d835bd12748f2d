/** What goes over the pipes of a child besides the protocol, and how a child is started. */

import type { AnswerBridgeEnd, ServiceAnswer } from './answer-bridge.ts';
import type { PluginImage } from './plugin-image.ts';
import type { CallCommand, Command } from './protocol.ts';

/** Numbers of the pipes in the child. */
export const PIPES = {
  /** Commands, reports, calls and their answers: for the thread with the guest host. */
  data: 3,
  /** What has to get through while that thread is busy: for the main thread. */
  control: 4,
} as const;

/** Slots of a child that are taken at the same time have different places. */
export const SLOTS = 65_536;
/** Where the stop flag of a slot is. */
export const placeOf = (slot: number): number => slot % SLOTS;
/** What the flag holds when the operation in this slot is to end: slots come again, the whole number does not. */
export const flagOf = (slot: number): number => Math.floor(slot / SLOTS) | 0;

/** A plugin names its module by number. */
export type ChildImage = Omit<PluginImage, 'module'> & { readonly module: number };

export type ToChild =
  | Exclude<Command, { op: 'plugin' | 'call' | 'interrupt' | 'answer' | 'refusal' }>
  | CallCommand
  | ServiceAnswer
  | { readonly op: 'plugin'; readonly plugin: number; readonly image: ChildImage }
  /** Bytes to compile, once for all plugins that consist of them. */
  | { readonly op: 'module'; readonly module: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly op: 'drop module'; readonly module: number };

/** Over the control pipe. */
export type ToChildControl =
  | { readonly op: 'stop'; readonly slot: number }
  | { readonly op: 'ping' }
  | { readonly op: 'memory' }
  /** Where guests wait by blocking their thread. */
  | ServiceAnswer;

export type FromChildControl =
  | { readonly op: 'pong'; readonly rss: number; readonly heapUsed: number }
  /** All memory of the child, and the heap of the guest host. */
  | { readonly op: 'memory'; readonly resident: number; readonly heap: number }
  /** The guest host has ended; the child follows. */
  | { readonly op: 'down'; readonly reason: string };

/** What a child is told when it is started: JSON, its only argument. */
export interface ChildSettings {
  /** Guests that may be suspended at the same time. */
  readonly suspensions: number;
  /** Instances that may be live at the same time. */
  readonly maxLiveInstances: number;
  /** Limit on the JavaScript heap of the guest host. */
  readonly heapBytes: number;
  /** Guests wait for services by blocking their thread. */
  readonly blocks: boolean;
}

/** How the main thread of a child starts the other. */
export interface GuestThreadData {
  /** Guests that may be suspended at the same time. */
  readonly suspensions: number;
  /** Instances that may be live at the same time. */
  readonly maxLiveInstances: number;
  /** Guests wait for services by blocking the thread. */
  readonly answers: AnswerBridgeEnd | undefined;
  /** One Int32 for each place. */
  readonly stops: SharedArrayBuffer;
}
