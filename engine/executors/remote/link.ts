/** What carries commands to one guest host and its reports back: a worker's port, or a child's pipes. The engine's side of it. */
import type { Limits } from '../../limits.ts';
import type { Input } from '../../runtime/instance.ts';
import type { WallMemory } from '../../runtime/memory-use.ts';
import type { RunnablePlugin } from '../../runtime/runnable.ts';
import type { CallCommand, Command, Report } from './protocol.ts';

/** Those that have no method of their own. */
export type SentCommand = Exclude<Command, { op: 'plugin' | 'forget' | 'call' | 'interrupt' }>;

export interface Link {
  /** A slot for an operation that is about to be asked for. @param limits of it */
  lease(limits: Limits): number;
  /** The guest host has answered, or will never have been asked. */
  release(slot: number): void;
  /** Makes a plugin known under this number. */
  open(key: number, plugin: RunnablePlugin): void;
  forget(key: number): void;
  /** @throws TypeError, DataCloneError for the answer of a service that is no plain data */
  send(command: SentCommand): void;
  /**
   * Sends a call.
   * @param maxBytes of the input, as UTF-8 where it is text
   * @returns bytes of the input; where that is more than `maxBytes`, nothing was sent. Of text it may then be less than its length
   */
  call(command: Omit<CallCommand, 'op' | 'input'>, input: Input, maxBytes: number): number;
  /** Asks what runs in a slot to end, soon, whether it computes or waits. */
  stop(slot: number): void;
  /** Whether guest code may have run for the operation in this slot. Still valid when the link is down. */
  hasBegun(slot: number): boolean;
  /** While something runs in the guest host it keeps this process alive; otherwise it does not. */
  setBusy(busy: boolean): void;
  /** Its memory. Undefined, or never, where it cannot say. */
  memory(): Promise<Pick<WallMemory, 'heap' | 'resident'> | undefined>;
  /** Ends the worker or child at once. Done when it is gone. Calling it again does no harm. */
  terminate(): Promise<void>;
}

export interface LinkEvents {
  readonly report: (report: Report) => void;
  /** The worker or child has ended, for whatever reason. Comes once, and nothing comes after it. */
  readonly down: (reason: string) => void;
}

/** Starts a worker or child. @throws where that is not possible at all */
export type Launch = (events: LinkEvents) => Link;
