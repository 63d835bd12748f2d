/** What hot reload costs. */
import type { ReloadResults } from '../../reload/results.ts';
import { BETTER, type Section } from '../model.ts';
import { grouped, milliseconds } from '../numbers.ts';

export const reloadSection = ({ suite, machine, rows, seconds }: ReloadResults): Section => ({
  suite,
  title: 'Hot reload under load',
  what: `A plugin with state is replaced by its next version again and again while four callers call it; ${seconds} s in each executor.`,
  baseline: 'The longest call in stretches of the same length without a reload.',
  read: 'The reload is from asking for it to the new version that runs with the state of the old one. The longest call is what the unluckiest caller notices. Calls that failed and counts that were forgotten are to be 0.',
  command: `npm run bench:${suite}`,
  machine,
  blocks: [
    {
      kind: 'bars',
      title: 'Longest call',
      axis: 'ms: the bar is the median over the reloads, the whisker goes to the worst',
      better: BETTER.shorter,
      series: ['while a version is replaced', 'in as much time without'],
      bars: rows.flatMap(({ executor, longestCall, quietCall }) => [
        {
          label: `${executor}, reloading`,
          series: 0,
          value: longestCall.p50,
          low: longestCall.p50,
          high: longestCall.max,
          text: milliseconds(longestCall.p50),
        },
        {
          label: `${executor}, quiet`,
          series: 1,
          value: quietCall.p50,
          low: quietCall.p50,
          high: quietCall.max,
          text: milliseconds(quietCall.p50),
        },
      ]),
    },
    {
      kind: 'table',
      title: 'Median and worst',
      columns: [
        { text: 'executor' },
        ...['reloads', 'reload', 'worst', 'longest call', 'worst', 'calls', 'failed', 'forgotten'].map((text) => ({
          text,
          isNumber: true,
        })),
      ],
      rows: rows.map((row) => [
        row.executor,
        String(row.reloads),
        milliseconds(row.reload.p50),
        milliseconds(row.reload.max),
        milliseconds(row.longestCall.p50),
        milliseconds(row.longestCall.max),
        grouped(row.calls),
        String(row.failed),
        String(row.forgotten),
      ]),
    },
  ],
});
