/** What loading costs. */
import {
  DISK,
  IN_FRESH_THREAD,
  IN_PLACE,
  IN_THREAD,
  INSTANCE,
  MEMORY,
  MEMORY_FILE,
  NEVER_SEEN,
  PLAIN,
  REWRITER,
  STILL,
  STILL_PLAIN,
} from '../../load/subjects.ts';
import type { Results } from '../../support/comparison.ts';
import type { Section } from '../model.ts';
import { comparisonSection } from './comparison.ts';

export const loadSection = (results: Results): Section =>
  comparisonSection(results, {
    title: 'What loading costs, to the first answer',
    what: 'From bytes or a file to the first answer of a call: modules of 10 KB to 2 MB, never seen before, known from the disk cache, and known in memory.',
    baseline:
      'Plain V8 doing the same by hand: compile, instantiate, start, call. What is compiled already is held against instantiating alone.',
    read: 'Loading bytes that were never seen pays for the check and the rewriting, once for each machine. The rows "event loop" are not durations of the load, but the longest time that the loop stood still during it.',
    chartTitle: 'Loads against plain V8',
    names: {
      [PLAIN]: 'plain V8',
      [INSTANCE]: 'plain V8, compiled already',
      [REWRITER]: 'check, meter, compile in place',
      [IN_PLACE]: 'check and meter in place',
      [IN_THREAD]: 'check and meter in a thread',
      [IN_FRESH_THREAD]: 'check and meter in a fresh thread',
      [MEMORY]: 'from memory, bytes',
      [MEMORY_FILE]: 'from memory, a file',
      [DISK]: 'from the disk cache',
      [NEVER_SEEN]: 'never seen',
      [STILL]: 'event loop, never seen',
      [STILL_PLAIN]: 'event loop, plain V8',
    },
  });
