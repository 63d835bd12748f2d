/** What carries commands to one guest host and its reports back: a worker's port, or a child's pipes. The engine's side of it. */
import type { Input } from '../../runtime/instance.ts';
import type { CallCommand, Command, Report } from './protocol.ts';

export interface Link {
  /** Whether it carries compiled modules; otherwise it is given bytes. */
  readonly carriesModules: boolean;
  /** A slot for an operation that is about to be asked for. */
  lease(): number;
  /** The guest host has answered, or will never have been asked. */
  release(slot: number): void;
  send(command: Exclude<Command, CallCommand>): void;
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
