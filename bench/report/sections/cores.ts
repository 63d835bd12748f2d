/** Throughput over cores. */
import type { Results } from '../../support/comparison.ts';
import { BETTER, type Section } from '../model.ts';
import { short, times } from '../numbers.ts';

export const coresSection = ({ suite, machine, processes, rows }: Results): Section => ({
  suite,
  title: 'Throughput over cores',
  what: 'Calls that compute for some milliseconds, three under way for each worker or child: how many are answered in a second.',
  baseline: 'One worker, or one child process, of the same engine.',
  read: `Two workers on two free cores can get twice as much done; more workers than cores get no more. This machine has ${machine.cores} cores, and the thread of the application needs a part of one.`,
  command: `npm run bench:${suite}`,
  machine,
  blocks: [
    {
      kind: 'bars',
      title: 'Calls per second, times those of one',
      axis: 'times the throughput of one; whiskers: from the least to the most of all processes',
      better: BETTER.longer,
      reference: { value: 1, label: 'one worker or child' },
      bars: rows.map(({ subject, ratio, ratios }) => ({
        label: subject,
        value: 1 / ratio,
        low: 1 / Math.max(...ratios),
        high: 1 / Math.min(...ratios),
        text: times(1 / ratio),
      })),
    },
    ...(processes < 3 ? [{ kind: 'warning' as const, text: `From ${processes} process no spread can be seen.` }] : []),
    {
      kind: 'table',
      title: `Medians over ${processes} processes`,
      columns: [
        { text: 'workers' },
        { text: 'calls/s', isNumber: true },
        { text: 'of one, calls/s', isNumber: true },
        { text: 'throughput', isNumber: true },
        { text: '± of the time', isNumber: true },
      ],
      rows: rows.map(({ subject, us, baselineUs, ratio, spread }) => [
        subject.endsWith('again') ? `control: ${subject}` : subject,
        short(1e6 / us),
        short(1e6 / baselineUs),
        times(1 / ratio),
        spread.toFixed(2),
      ]),
    },
  ],
});
