/**
 * What a plugin in JavaScript costs: `npm run bench:javascript -- [options]`.
 *
 * The template plugin, loaded and called here, against the same sources in quickjs-emscripten, in the same run. What each takes of memory
 * says `node bench/javascript/memory.ts`.
 */
import { join } from 'node:path';
import { runBenchmark } from '../support/command-line.ts';
import { AGAIN, CALLS, COMPARISONS, FIRST } from './subjects.ts';

runBenchmark({
  suite: 'javascript',
  title: 'A plugin in JavaScript',
  child: join(import.meta.dirname, 'measure-child.ts'),
  comparisons: COMPARISONS,
  sizes: [FIRST, AGAIN, ...Object.keys(CALLS)],
  processes: 3,
});
