/** What is measured: names, and what is held against what. Each is timed to the first answer of a call. */
import type { Comparison } from '../support/comparison.ts';

/** Compiling, instantiating, the calls that start a plugin, and one call, on plain V8. */
export const PLAIN = 'plain-v8';
export const CONTROL = 'control';
/** Instantiating a module that is compiled already, the calls that start a plugin, and one call, on plain V8. */
export const INSTANCE = 'plain-v8-instance';
/** By hand and in place: the checks, the meter, V8's compilation, and then as PLAIN. What a load of bytes never seen cannot be below. */
export const REWRITER = 'rewriter';
/** Checks and meter alone: on the calling thread, in a thread that has done so before, and in one that is started for it. */
export const IN_PLACE = 'in-place';
export const IN_THREAD = 'in-thread';
export const IN_FRESH_THREAD = 'in-fresh-thread';
/** `engine.load` of bytes that the engine has loaded before. */
export const MEMORY = 'memory-cache';
/** The same of a file. */
export const MEMORY_FILE = 'memory-cache-file';
/** `engine.load` by a new engine, of bytes that another process has loaded with the same disk cache. */
export const DISK = 'disk-cache';
/** `engine.load` of bytes never seen. */
export const NEVER_SEEN = 'never-seen';
/** How long the event loop stood still at most while bytes never seen were loaded. */
export const STILL = 'loop-never-seen';
/** The same while plain V8 compiled them. */
export const STILL_PLAIN = 'loop-plain-v8';

export const COMPARISONS: readonly Comparison[] = [
  { subject: MEMORY, baseline: INSTANCE },
  { subject: MEMORY_FILE, baseline: INSTANCE },
  { subject: DISK, baseline: PLAIN },
  { subject: NEVER_SEEN, baseline: REWRITER },
  { subject: NEVER_SEEN, baseline: PLAIN },
  { subject: IN_THREAD, baseline: IN_PLACE },
  { subject: IN_FRESH_THREAD, baseline: IN_PLACE },
  { subject: STILL, baseline: STILL_PLAIN },
  { subject: CONTROL, baseline: PLAIN },
];
