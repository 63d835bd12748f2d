/**
 * What a call costs: `npm run bench:call -- [options]`.
 *
 * An echo plugin, called through the engine with all its defaults on (fuel, limits, deadline, usage), against a hand-written bridge
 * to the same module, not metered, on plain V8. `callBytesSync` against the bridge, `await callBytes` against the bridge behind an
 * async function. With the executors `worker` and `process`, against a bare worker and a bare child that echo. And the peer @extism/extism, against `await callBytes`, and the same Extism plugin in the engine
 * against that. Fresh processes, everything in one size taking turns in each.
 */
import { join } from 'node:path';
import { runBenchmark } from '../support/command-line.ts';
import { COMPARISONS, INPUT_BYTES } from './subjects.ts';

runBenchmark({
  suite: 'call',
  title: 'Calls of an echo plugin',
  child: join(import.meta.dirname, 'measure-child.ts'),
  comparisons: COMPARISONS,
  sizes: Object.keys(INPUT_BYTES),
  // All in less than a minute.
  processes: 3,
});
