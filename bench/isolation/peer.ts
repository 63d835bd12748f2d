/** What an adapter of the isolation table is: a host of guests, written as the documentation of the peer says. */
import type { CaseName } from './cases.ts';

/** What every peer is told to hold its guests to, as far as it can be told. */
export const LIMITS = {
  memoryBytes: 32 * 1024 * 1024,
  deadlineMs: 1_000,
  /** Of loading, where the peer tells the two apart: starting a process takes its time on a busy machine. */
  startDeadlineMs: 3_000,
  outputBytes: 1024 * 1024,
} as const;

/**
 * `good` has a function for each case, `echo` and `count`; the start guests do their harm while they are loaded, and the large ones
 * by what they are. `host-bomb` has the function `hostBomb` and `http` the function `get`, in guests of their own since they need
 * more of their hosts.
 */
export type GuestName = 'good' | 'host-bomb' | 'http' | 'start-loop' | 'start-trap' | 'many-functions' | 'compile-bomb';

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
  | 'deepLog'
  | 'huge'
  | 'hugeLine'
  | 'flood'
  /** A request; the input is the address. The answer is the body, or empty where there is none. */
  | 'get'
  /** Of `compile-bomb`: runs what is so large. */
  | 'bomb';

export interface LoadedGuest {
  /** Text in, text out. */
  call(name: GuestFunction, input: string): Promise<string>;
  /** Once it resolves, nothing of the guest runs any more. */
  close(): Promise<void>;
}

/** One application that holds guests. */
export interface Sandbox {
  /** @param origin the only one that the guest may send requests to: "http://127.0.0.1:8080". None without it. */
  load(guest: GuestName, origin?: string): Promise<LoadedGuest>;
}

export interface Peer {
  readonly name: string;
  /** How it was set up, and why that is fair to it: one paragraph, printed in the report. */
  readonly fairness: string;
  /** Cases that it has nothing to be tried with, with the reason. */
  readonly without?: Partial<Record<CaseName, string>>;
  /** Flags of Node.js that its documentation asks for. */
  readonly flags?: readonly string[];
  /** Why it cannot be tried here; undefined where it is installed. */
  readonly missing?: string | undefined;
  /** Makes a guest in the form that it takes, and keeps it: `load` finds it made. */
  readonly make: (guest: GuestName) => unknown;
  /** @param log what the host does with a line that a guest logs */
  open(log: (line: string) => void): Promise<Sandbox>;
}
