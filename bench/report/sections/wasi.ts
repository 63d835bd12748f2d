/** What it costs to start a WASI program. */
import type { Results } from '../../support/comparison.ts';
import type { Section } from '../model.ts';
import { comparisonSection } from './comparison.ts';

export const wasiSection = (results: Results): Section =>
  comparisonSection(results, {
    title: 'Starting a WASI program',
    what: 'A small program over wasi-libc that prints a line: from bytes never seen to its end, and once more in fresh memory.',
    baseline: 'The same file under node:wasi on plain V8, its output in /dev/null.',
    read: 'The first start is checking and metering; one more is a memory put back in place of a new instance.',
    names: {},
  });
