/** How free the event loop stays. */
import type { LoopResults, Spread } from '../../loop/results.ts';
import { BETTER, type Section } from '../model.ts';
import { milliseconds, short } from '../numbers.ts';

const three = ({ p50, p99, max }: Spread): string => [p50, p99, max].map((ms) => ms.toFixed(1)).join(' / ');

export const loopSection = ({ suite, machine, rows, seconds }: LoopResults): Section => ({
  suite,
  title: 'How free the event loop stays while plugins compute',
  what: `Plugins that never return, on the thread of the application (\`inline\`), and beside them a timer of one millisecond and another plugin that is called every few milliseconds; ${seconds} s each.`,
  baseline: 'The same with no plugin that computes: the first row.',
  read: 'How late the timer comes is how long everything else in the application waits. On plain V8 it would come never. Workers keep the loop free altogether.',
  command: `npm run bench:${suite}`,
  machine,
  blocks: [
    {
      kind: 'bars',
      title: 'How late a timer comes',
      axis: 'ms late: the bar to the 99th percentile, the whisker from the median to the worst',
      better: BETTER.shorter,
      bars: rows.map(({ spinners, kind, delay }) => ({
        label: `${spinners} × ${kind}`,
        value: delay.p99,
        low: delay.p50,
        high: delay.max,
        text: `p99 ${milliseconds(delay.p99)}`,
      })),
    },
    {
      kind: 'table',
      title: 'Median / 99th percentile / worst, in ms',
      columns: [
        { text: 'plugins that compute' },
        { text: 'timer late', isNumber: true },
        { text: 'answer of another', isNumber: true },
        { text: 'of one that works 0.3 ms', isNumber: true },
        { text: 'Gfuel/s', isNumber: true },
      ],
      rows: rows.map(({ spinners, kind, delay, answer, fuelPerSecond }) => [
        `${spinners} × ${kind}`,
        three(delay),
        three(answer.echo),
        three(answer.work),
        short(fuelPerSecond / 1e9),
      ]),
    },
  ],
});
