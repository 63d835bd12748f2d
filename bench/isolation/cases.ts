/** What guests do to their hosts: each a row of the table. */

export interface IsolationCase {
  readonly name: string;
  /** What the guest does, in one line. */
  readonly what: string;
}

export const CASES = [
  { name: 'endless loop', what: 'a function never returns' },
  { name: 'memory bomb', what: 'the guest takes memory of its own until it gets no more, and writes to it' },
  { name: 'host memory bomb', what: 'the guest has its host hold ever more for it' },
  { name: 'off-heap bomb', what: 'tables of a wasm guest, byte arrays of a JavaScript guest, as many as it gets' },
  { name: 'stack bomb', what: 'a function calls itself for ever' },
  { name: 'start loop', what: 'loading the guest never ends' },
  { name: 'fill of 4 GB', what: 'one operation writes 4 GB' },
  { name: 'trap', what: 'the guest fails: `unreachable`, or a thrown error' },
  { name: 'crash in start', what: 'loading the guest fails in its own code' },
  { name: 'huge output', what: 'the guest answers 24 MiB where 1 MiB is expected' },
  { name: 'log flood', what: 'the guest logs 100,000 lines of 1 KiB' },
  { name: 'close during a call', what: 'the host closes the guest while it runs an endless loop' },
  { name: 'overlapping calls', what: 'four callers at the same time, each of which must get its own answer' },
  { name: 'a million calls', what: 'small calls one after the other, every answer checked' },
] as const satisfies readonly IsolationCase[];

export type CaseName = (typeof CASES)[number]['name'];

export const FLOOD_LINES = 100_000;
export const FLOOD_LINE_BYTES = 1024;
export const HUGE_OUTPUT_BYTES = 24 * 1024 * 1024;
export const MILLION = 1_000_000;
