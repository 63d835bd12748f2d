/**
 * What loading costs: `npm run bench:load -- [options]`.
 *
 * `engine.load` of a plugin (hash, checks, metering, V8's verdict and compilation, start) against compiling, instantiating and
 * starting it on plain V8, each time with bytes that neither has seen; and once more from the engine's cache. Fresh processes,
 * everything in one size taking turns in each.
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
  sizes: Object.keys(SOURCES),
});
