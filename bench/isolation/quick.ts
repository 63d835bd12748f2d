/** The short form of the table: half a minute on two cores. One peer of a kind, and the cases in which the kinds differ. */
import type { CaseName } from './cases.ts';

interface Quick {
  readonly peers: readonly string[];
  readonly cases: readonly CaseName[];
  readonly calls: number;
  readonly guests: number;
}

export const QUICK: Quick = {
  peers: [
    'ringfence inline',
    'ringfence worker',
    'ringfence process',
    'plain V8',
    'extism 2.0 rc thread',
    'extism 2.0 rc worker',
    'quickjs-emscripten',
    'worker_threads',
    'child process',
  ],
  cases: [
    'endless loop',
    'memory bomb',
    'stack bomb',
    'crash in start',
    'redirect to a private address',
    'overlapping calls',
    'a million calls',
  ],
  calls: 2_000,
  guests: 50,
};
