/** What is measured, and what it is held against. */
import type { Comparison } from '../support/comparison.ts';

/** The program here: metered, with all defaults on, on the calling thread. */
export const PROGRAM = 'wasi';
/** The same file under node:wasi on plain V8. */
export const NODE_WASI = 'node:wasi';
export const CONTROL = 'node:wasi again';

export const COMPARISONS: readonly Comparison[] = [
  { subject: PROGRAM, baseline: NODE_WASI },
  { subject: CONTROL, baseline: NODE_WASI },
];

/** From bytes that were never seen to the end of the program. */
export const FIRST = 'first start';
/** Once more, in fresh memory. */
export const AGAIN = 'start again';
