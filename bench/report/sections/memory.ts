/** Whether memory grows. */
import type { MemoryResults } from '../../memory/results.ts';
import { BETTER, type Section } from '../model.ts';
import { grouped, short } from '../numbers.ts';

export const memorySection = ({ suite, machine, rows }: MemoryResults): Section => ({
  suite,
  title: 'Whether memory stays what it was',
  what: 'Calls of one plugin, some of which fail or trap; and plugins that are loaded, called and unloaded. Memory that the process and its children have from the system, after each tenth, each time after a collection.',
  baseline: 'The first tenth, when everything has been used once.',
  read: 'A leak is a line that keeps rising. Steps of a few MiB that come and go are the allocator’s. `npm run soak` does ten million calls.',
  command: `npm run bench:${suite}`,
  machine,
  blocks: [
    {
      kind: 'lines',
      title: 'Memory over the run',
      better: BETTER.level,
      x: { label: 'tenths of the run', scale: 'linear' },
      y: { label: 'MiB that the process and its children hold', scale: 'linear' },
      lines: rows.map(({ executor, work, tenthsMiB }) => ({
        name: `${executor}, ${work}`,
        points: tenthsMiB.flatMap((mib, i) => (mib === null ? [] : [{ x: i + 1, y: mib }])),
      })),
    },
    {
      kind: 'table',
      title: 'MiB after the first tenth and at the end',
      columns: [
        { text: 'executor' },
        { text: 'work' },
        ...['count', 'first tenth', 'end', 'growth', 'JS heap'].map((text) => ({ text, isNumber: true })),
      ],
      rows: rows.map(({ executor, work, count, firstMiB, lastMiB, growth, heapMiB }) => [
        executor,
        work === 'calls' ? 'calls' : 'loads and unloads',
        grouped(count),
        short(firstMiB ?? Number.NaN),
        short(lastMiB ?? Number.NaN),
        growth === null ? '-' : growth.toFixed(3),
        short(heapMiB),
      ]),
    },
  ],
});
