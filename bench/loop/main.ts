/**
 * How free the event loop stays while plugins compute in the executor `inline`: `npm run bench:loop -- [options]`.
 *
 * Plugins that never return, and beside them a timer of one millisecond and a plugin that is called every few milliseconds.
 * A fresh process for each case.
 */
import { join } from 'node:path';
import { runCases } from '../support/cases.ts';
import { CASES, printResults } from './results.ts';

runCases({
  suite: 'loop',
  child: join(import.meta.dirname, 'measure-child.ts'),
  cases: CASES,
  title: ({ spinners, kind }) => `${spinners} × ${kind}`,
  seconds: 3,
  print: printResults,
});
