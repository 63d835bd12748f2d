/**
 * What more workers and more child processes get done: `npm run bench:cores -- [options]`.
 *
 * Calls that compute for some milliseconds, three under way for each worker; the time from one answer to the next, against one
 * worker or child. Half the time is twice the throughput. Fresh processes, everything taking turns in each.
 */
import { join } from 'node:path';
import { runBenchmark } from '../support/command-line.ts';
import { COMPARISONS, SIZE } from './subjects.ts';

runBenchmark({
  suite: 'cores',
  title: 'Throughput over cores',
  child: join(import.meta.dirname, 'measure-child.ts'),
  comparisons: COMPARISONS,
  sizes: [SIZE],
  processes: 3,
});
