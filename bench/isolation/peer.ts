/** What an adapter of the isolation table is: a host of guests, written as the documentation of the peer says. */
import type { CaseName } from './cases.ts';

/** What every peer is told to hold its guests to, as far as it can be told. */
export const LIMITS = {
  memoryBytes: 32 * 1024 * 1024,
  deadlineMs: 1_000,
  /** Of loading, where the peer tells the two apart: starting a process takes its time on a busy machine. */
  startDeadlineMs: 5_000,
  outputBytes: 1024 * 1024,
} as const;

/**
 * `good` has a function for each case, `echo` and `count`; the start guests do their harm while they are loaded; `host-bomb` has the
 * function `hostBomb`, in a guest of its own since it needs more of its host.
 */
export type GuestName = 'good' | 'host-bomb' | 'start-loop' | 'start-trap';

export type GuestFunction =
  | 'echo'
  | 'count'
  | 'loop'
  | 'grow'
  | 'hostBomb'
  | 'offHeap'
  | 'stack'
  | 'fill'
  | 'trap'
  | 'huge'
  | 'flood';

export interface LoadedGuest {
  /** Text in, text out. */
  call(name: GuestFunction, input: string): Promise<string>;
  /** Once it resolves, nothing of the guest runs any more. */
  close(): Promise<void>;
}

/** One application that holds guests. */
export interface Sandbox {
  load(guest: GuestName): Promise<LoadedGuest>;
}

export interface Peer {
  readonly name: string;
  /** How it was set up, and why that is fair to it: one paragraph, printed in the report. */
  readonly fairness: string;
  /** Cases that it has nothing to be tried with, with the reason. */
  readonly without?: Partial<Record<CaseName, string>>;
  /** @param log what the host does with a line that a guest logs */
  open(log: (line: string) => void): Promise<Sandbox>;
}
