/** What is measured: names, and what is held against what. */
import type { Comparison } from '../support/comparison.ts';

/** Compiling, instantiating and the calls that start a plugin, on plain V8. */
export const PLAIN = 'plain-v8';
export const CONTROL = 'control';
/** `engine.load` of bytes that it has never seen. */
export const COLD = 'cold';
/** `engine.load` of bytes that it has loaded before. */
export const CACHED = 'cached';
/** Instantiating a module that is compiled already and the calls that start a plugin, on plain V8. */
export const COMPILED = 'plain-v8-compiled';

export const COMPARISONS: readonly Comparison[] = [
  { subject: COLD, baseline: PLAIN },
  { subject: CACHED, baseline: PLAIN },
  { subject: CACHED, baseline: COMPILED },
  { subject: CONTROL, baseline: PLAIN },
];
