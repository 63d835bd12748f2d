/**
 * What it costs to start a WASI program: `npm run bench:wasi -- [options]`.
 *
 * A small program over wasi-libc (hello.c, built by `node bench/wasi/build.ts`) that prints a line: here, checked, metered and with all
 * limits on, its output in the log; and under node:wasi on plain V8, its output in /dev/null.
 */
import { join } from 'node:path';
import { runBenchmark } from '../support/command-line.ts';
import { AGAIN, COMPARISONS, FIRST } from './subjects.ts';

runBenchmark({
  suite: 'wasi',
  title: 'Starts of a WASI program',
  child: join(import.meta.dirname, 'measure-child.ts'),
  comparisons: COMPARISONS,
  sizes: [FIRST, AGAIN],
  processes: 3,
});
