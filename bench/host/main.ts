/**
 * What a host call costs: `npm run bench:host -- [options]`.
 *
 * Loops in a guest over host functions of an engine with all its defaults on (fuel, limits, permissions), against the same loops over
 * plain imports of a module that is not metered, and of which the program has written by hand what they do. With one instance in
 * the process, and with several. Fresh processes, everything taking turns in each.
 */
import { join } from 'node:path';
import { runBenchmark } from '../support/command-line.ts';
import { COMPARISONS, INSTANCES } from './subjects.ts';

runBenchmark({
  suite: 'host',
  title: 'Calls of host functions',
  child: join(import.meta.dirname, 'measure-child.ts'),
  comparisons: COMPARISONS,
  processes: 3,
  sizes: Object.keys(INSTANCES),
});
