/** What events cost. */
import type { FanoutResults, FanoutRow } from '../../fanout/results.ts';
import { BETTER, type Section } from '../model.ts';
import { grouped, milliseconds } from '../numbers.ts';

const titleOf = ({ executor, subscribers, kind, withRunaway }: FanoutRow): string =>
  `${executor}, ${subscribers} that ${kind}${withRunaway ? ', and a runaway' : ''}`;

export const fanoutSection = ({ suite, machine, rows, seconds }: FanoutResults): Section => ({
  suite,
  title: 'Events to many plugins',
  what: `One event after the other to subscribers that look at it or may change it, each answered by all before the next is sent; ${seconds} s each.`,
  baseline: 'One subscriber on the calling thread: the first row.',
  read: 'Deliveries in a second are events times subscribers. Those that may change an event have their turn one after the other. A runaway never returns: it is cut off at its deadline or by the circuit breaker, and the row shows what that costs the others.',
  command: `npm run bench:${suite}`,
  machine,
  blocks: [
    {
      kind: 'bars',
      title: 'Deliveries in a second',
      axis: 'deliveries in a second: events times subscribers (logarithmic)',
      better: BETTER.longer,
      scale: 'log',
      bars: rows.map((row) => ({
        label: titleOf(row),
        value: row.deliveriesPerSecond,
        text: grouped(row.deliveriesPerSecond),
      })),
    },
    {
      kind: 'table',
      title: 'From sending to the answers of all',
      columns: [
        { text: 'subscribers' },
        { text: 'events/s', isNumber: true },
        { text: 'deliveries/s', isNumber: true },
        { text: 'median', isNumber: true },
        { text: '99th percentile', isNumber: true },
      ],
      rows: rows.map((row) => [
        titleOf(row),
        grouped(row.eventsPerSecond),
        grouped(row.deliveriesPerSecond),
        milliseconds(row.p50),
        milliseconds(row.p99),
      ]),
    },
  ],
});
