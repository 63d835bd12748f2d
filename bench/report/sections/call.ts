/** What calls cost. */
import {
  ASYNC_BRIDGE,
  BRIDGE,
  EXTISM,
  EXTISM_GUEST,
  EXTISM_GUEST_SYNC,
  INLINE,
  INLINE_SYNC,
  PIPE_ECHO,
  PROCESS,
  WORKER,
  WORKER_ECHO,
} from '../../call/subjects.ts';
import type { Results } from '../../support/comparison.ts';
import type { Section } from '../model.ts';
import { comparisonSection } from './comparison.ts';

export const callSection = (results: Results): Section =>
  comparisonSection(results, {
    title: 'What a call costs',
    what: 'A plugin that gives its input back, called through the engine with everything on: fuel, limits, deadline, usage. Input and output from nothing to a megabyte.',
    baseline:
      'The same module without metering on plain V8, behind a bridge of the fewest lines (malloc, copy in, call, copy out, free); for workers and child processes, a bare worker or child that echoes; `@extism/extism` against our asynchronous call.',
    read: 'One is as fast as the baseline. Small inputs show what a call costs, large ones what a byte costs. A plugin that computes anything spends its time elsewhere: this is the price at the door.',
    chartTitle: 'Calls against their baselines',
    names: {
      [BRIDGE]: 'bridge by hand',
      [ASYNC_BRIDGE]: 'bridge by hand, async',
      [INLINE_SYNC]: 'Ringfence callBytesSync',
      [INLINE]: 'Ringfence inline',
      [WORKER]: 'Ringfence worker',
      [WORKER_ECHO]: 'bare worker',
      [PROCESS]: 'Ringfence process',
      [PIPE_ECHO]: 'bare child process',
      [EXTISM]: '@extism/extism',
      [EXTISM_GUEST]: 'that Extism plugin in Ringfence',
      [EXTISM_GUEST_SYNC]: 'that Extism plugin in Ringfence, sync',
    },
  });
