/**
 * What a call of a component costs: `npm run bench:component -- [options]`.
 *
 * Through the engine with all its defaults on, against the core module that the component becomes, not metered, behind a bridge
 * written by hand; and against the glue that jco generates for the same file, where @bytecodealliance/jco-transpile is installed
 * (`npm install --no-save @bytecodealliance/jco-transpile@0.15.0`). Text goes in and out: JSON. An echo shows what lifting and lowering
 * cost, a template engine in JavaScript what a real plugin costs.
 */
import { join } from 'node:path';
import { runBenchmark } from '../support/command-line.ts';
import { COMPARISONS, hasTranspiler, TRANSPILER, WORK } from './subjects.ts';

if (!hasTranspiler) console.error(`${TRANSPILER} is not installed: no rows against jco's glue`);
runBenchmark({
  suite: 'component',
  title: 'Calls of components',
  child: join(import.meta.dirname, 'measure-child.ts'),
  comparisons: COMPARISONS,
  sizes: Object.keys(WORK),
  processes: 3,
});
