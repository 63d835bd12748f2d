/** What it costs to send an event to many plugins: `npm run bench:fanout -- [options]`. A fresh process for each case. */
import { join } from 'node:path';
import { runCases } from '../support/cases.ts';
import { CASES, printResults } from './results.ts';

runCases({
  suite: 'fanout',
  child: join(import.meta.dirname, 'measure-child.ts'),
  cases: CASES,
  title: ({ executor, subscribers, kind, withRunaway }) =>
    `${executor}, ${subscribers} that ${kind}${withRunaway ? ', and a runaway' : ''}`,
  seconds: 3,
  print: printResults,
});
