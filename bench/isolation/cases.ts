/** What guests do to their hosts: each a row of the table. */
import type { GuestFunction, GuestName } from './peer.ts';

export interface IsolationCase {
  readonly name: string;
  /** What the guest does, in one line. */
  readonly what: string;
  /** Function of the guest that does it; without one, the case has a scene of its own. */
  readonly calls?: GuestFunction;
  /** The guest that does it. @default 'good' */
  readonly guest?: GuestName;
  /** The harm is done while it is loaded, which a good sandbox refuses; `may-load` if it may as well put up with it. */
  readonly whileLoading?: 'must-fail' | 'may-load';
  /** The guest does it for ever: nobody needs to be waited for long. */
  readonly neverEnds?: boolean;
  /** Told by the memory that the host and its children take: read from /proc. */
  readonly watchesMemory?: boolean;
}

export const CASES = [
  { name: 'endless loop', what: 'a function never returns', calls: 'loop', neverEnds: true },
  {
    name: 'memory bomb',
    what: 'the guest takes memory of its own until it gets no more, and writes to it',
    calls: 'grow',
    watchesMemory: true,
  },
  {
    name: 'host memory bomb',
    what: 'the guest has its host hold ever more for it',
    calls: 'hostBomb',
    guest: 'host-bomb',
    watchesMemory: true,
  },
  {
    name: 'off-heap bomb',
    what: 'tables of a wasm guest, byte arrays of a JavaScript guest, as many as it gets',
    calls: 'offHeap',
    watchesMemory: true,
  },
  { name: 'stack bomb', what: 'a function calls itself for ever', calls: 'stack' },
  {
    name: 'stack bomb into the host',
    what: 'a function calls its host and then itself, for ever, so that the stack may end within the host',
    calls: 'deepLog',
  },
  { name: 'start loop', what: 'loading the guest never ends', guest: 'start-loop', whileLoading: 'must-fail' },
  { name: 'fill of 4 GB', what: 'one operation writes 4 GB', calls: 'fill', watchesMemory: true },
  { name: 'trap', what: 'the guest fails: `unreachable`, or a thrown error', calls: 'trap' },
  {
    name: 'crash in start',
    what: 'loading the guest fails in its own code',
    guest: 'start-trap',
    whileLoading: 'must-fail',
  },
  {
    name: 'many functions',
    what: 'the guest has 10,000 functions in 8 MiB, which is large, and not forbidden',
    guest: 'many-functions',
    whileLoading: 'may-load',
    watchesMemory: true,
  },
  {
    name: 'compile bomb',
    what: 'one function is made to take a compiler long: 50,000 variables and as many branches, or 7 MiB of JavaScript',
    guest: 'compile-bomb',
    whileLoading: 'may-load',
    watchesMemory: true,
  },
  { name: 'huge output', what: 'the guest answers 24 MiB where 1 MiB is expected', calls: 'huge' },
  { name: 'huge log line', what: 'the guest logs one line of 24 MiB', calls: 'hugeLine' },
  { name: 'log flood', what: 'the guest logs 100,000 lines of 1 KiB', calls: 'flood' },
  {
    name: 'redirect to a private address',
    what: 'the guest asks for an address that it may ask for, which sends it on to one of the own machine',
    guest: 'http',
  },
  { name: 'close during a call', what: 'the host closes the guest while it runs an endless loop', neverEnds: true },
  { name: 'overlapping calls', what: 'four callers at the same time, each of which must get its own answer' },
  { name: 'a crowd of loops', what: 'eight guests run endless loops while another one is called', neverEnds: true },
  { name: 'a thousand guests', what: 'as many are loaded, and each is called', watchesMemory: true },
  { name: 'a million calls', what: 'small calls one after the other, every answer checked' },
] as const satisfies readonly IsolationCase[];

export type CaseName = (typeof CASES)[number]['name'];

export const caseNamed = (name: CaseName): IsolationCase => CASES.find((one) => one.name === name) as IsolationCase;

export const FLOOD_LINES = 100_000;
export const FLOOD_LINE_BYTES = 1024;
export const HUGE_BYTES = 24 * 1024 * 1024;
export const MANY_FUNCTIONS = 10_000;
export const MANY_FUNCTIONS_BYTES = 8 * 1024 * 1024;
/** Variables, and branches: as many variables as V8 allows. */
export const COMPILE_BOMB_SIZE = 50_000;
export const COMPILE_BOMB_BYTES = 7 * 1024 * 1024;
export const CROWD = 8;
export const MILLION = 1_000_000;
export const THOUSAND = 1_000;
