/**
 * What hot reload costs: `npm run bench:reload -- [options]`.
 *
 * A plugin that counts is replaced by its next version again and again, state included, while callers call it all the time: how long
 * that takes, how long the unluckiest call waits, and whether a call is lost. A fresh process for each executor. That broken versions
 * are refused under load is `npm run soak:reload`.
 */
import { join } from 'node:path';
import { runCases } from '../support/cases.ts';
import { CASES, printResults } from './results.ts';

runCases({
  suite: 'reload',
  child: join(import.meta.dirname, 'measure-child.ts'),
  cases: CASES,
  title: ({ executor }) => executor,
  seconds: 6,
  print: printResults,
});
