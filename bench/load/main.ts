/**
 * What loading costs, to the first answer of a call: `npm run bench:load -- [options]`.
 *
 * `engine.load` from the cache in memory, from the disk cache, and of bytes never seen, against compiling, instantiating and
 * starting the same plugin on plain V8; what checking and metering takes in place and in a thread; and how long the event loop
 * stands still. Fresh processes, everything in one size taking turns in each.
 */
import { join } from 'node:path';
import { runBenchmark } from '../support/command-line.ts';
import { SOURCES } from './plugins.ts';
import { COMPARISONS } from './subjects.ts';

runBenchmark({
  suite: 'load',
  title: 'Loading a plugin',
  child: join(import.meta.dirname, 'measure-child.ts'),
  comparisons: COMPARISONS,
  processes: 3,
  sizes: Object.keys(SOURCES),
});
