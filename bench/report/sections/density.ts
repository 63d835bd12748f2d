/** How many plugins fit. */
import type { DensityResults } from '../../density/results.ts';
import { BETTER, type Section } from '../model.ts';
import { duration, grouped, short } from '../numbers.ts';

export const densitySection = ({ suite, machine, memories, live, registered, moves }: DensityResults): Section => ({
  suite,
  title: 'How many plugins fit into a process',
  what: 'Plugins of one module, each with a configuration and state of its own: all of them live; and many more, most of them evicted to a snapshot until they are called.',
  baseline: 'None: memory that the process has from the system, divided by the plugins.',
  read: `V8 has room for ${grouped(memories)} memories in one process, whatever they hold. "Own memory" are the pages that the plugin itself wrote; "beyond" is what it costs to have it.`,
  command: `npm run bench:${suite}`,
  machine,
  blocks: [
    {
      kind: 'bars',
      title: 'Memory for each plugin',
      axis: 'KiB that the process has from the system, for each plugin',
      better: BETTER.shorter,
      bars: [
        ...live.map(({ plugins, rssKiB }) => ({
          label: `live, ${grouped(plugins)} of them`,
          value: rssKiB,
          text: `${short(rssKiB)} KiB`,
        })),
        ...registered.map(({ plugins, maxLive, rssKiB }) => ({
          label: `evicted, of ${grouped(plugins)} with ${grouped(maxLive)} live`,
          value: rssKiB,
          text: `${short(rssKiB)} KiB`,
        })),
      ],
    },
    {
      kind: 'table',
      title: 'All live, KiB for each',
      columns: [
        { text: 'plugin' },
        ...['plugins', 'in all', 'own memory', 'beyond', 'JS heap', 'to load'].map((text) => ({
          text,
          isNumber: true,
        })),
      ],
      rows: live.map((row) => [
        row.plugin,
        grouped(row.plugins),
        short(row.rssKiB),
        short(row.ownKiB ?? Number.NaN),
        short(row.beyondKiB ?? Number.NaN),
        short(row.heapKiB),
        duration(row.loadUs),
      ]),
    },
    {
      kind: 'table',
      title: 'Most evicted, KiB for each of these',
      columns: [
        { text: 'plugin' },
        ...['plugins', 'live', 'in all', 'JS heap', 'snapshot bytes', 'call of one', 'call of a live one'].map(
          (text) => ({
            text,
            isNumber: true,
          }),
        ),
      ],
      rows: registered.map((row) => [
        row.plugin,
        grouped(row.plugins),
        grouped(row.live),
        short(row.rssKiB),
        short(row.heapKiB),
        grouped(row.snapshotBytes),
        duration(row.evictedCallUs),
        duration(row.liveCallUs),
      ]),
    },
    {
      kind: 'table',
      title: 'One instance',
      columns: [
        { text: 'plugin' },
        ...['to evict', 'to come back', 'to go back after a call'].map((text) => ({ text, isNumber: true })),
      ],
      rows: moves.map((row) => [row.plugin, duration(row.evictUs), duration(row.reviveUs), duration(row.resetUs)]),
    },
  ],
});
