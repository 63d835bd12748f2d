/** From an edit to the reloaded plugin. */
import type { DevResults } from '../../dev/main.ts';
import { BETTER, type Section } from '../model.ts';
import { milliseconds } from '../numbers.ts';

export const devSection = ({ suite, machine, rows, edits }: DevResults): Section => ({
  suite,
  title: 'From an edit to the reloaded plugin',
  what: `\`ringfence dev\` on the example plugins: from writing the file to the new version that runs, compiling included; ${edits} edits each.`,
  baseline: 'The first build, when the compiler is cold.',
  read: 'The whisker goes to the slowest edit.',
  command: `npm run bench:${suite}`,
  machine,
  blocks: [
    {
      kind: 'bars',
      title: 'An edit until it runs',
      axis: 'ms from writing the file to the first answer of the new version',
      better: BETTER.shorter,
      bars: rows.map(({ plugin, p50, max }) => ({
        label: plugin,
        value: p50,
        low: p50,
        high: max,
        text: milliseconds(p50),
      })),
    },
    {
      kind: 'table',
      title: 'Median, worst, and the first build',
      columns: [{ text: 'plugin' }, ...['median', 'worst', 'first'].map((text) => ({ text, isNumber: true }))],
      rows: rows.map(({ plugin, p50, max, first }) => [
        plugin,
        milliseconds(p50),
        milliseconds(max),
        milliseconds(first),
      ]),
    },
  ],
});
