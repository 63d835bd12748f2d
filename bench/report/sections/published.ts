/** What metering costs packages that others have published. */
import type { PublishedResults } from '../../published/results.ts';
import { BETTER, type Section } from '../model.ts';
import { duration, times } from '../numbers.ts';

export const publishedSection = ({ suite, machine, processes, rows, summary }: PublishedResults): Section => ({
  suite,
  title: 'What fuel costs programs that others have written',
  what: `${rows.length} pieces of work for packages from npm that are WebAssembly inside: a database, a JavaScript engine, regular expressions, cryptography, a parser, graphics, physics. Each runs with its own glue, as its users have it; only the modules are metered on their way to V8.`,
  baseline:
    'The same package as it was published, in processes of its own, in turns. Both have to come to the same, or the run fails.',
  read: `1.00 is free. Over all of them ${times(summary.geomean)}, at worst ${times(summary.worst)}. Measured after the second or two in which V8 compiles what is hot; with \`--warm-up 5\` that is longer, and ratios of large modules are lower.`,
  command: `npm run bench:${suite}`,
  machine,
  blocks: [
    {
      kind: 'bars',
      title: 'Time of published packages, metered',
      axis: 'time, times that of the package as it is; whiskers: from the least to the most of all processes',
      better: BETTER.shorter,
      reference: { value: 1, label: 'as it was published, on raw V8' },
      bars: [...rows]
        .sort((a, b) => b.ratio - a.ratio)
        .map(({ subject, ratio, ratios }) => ({
          label: subject,
          value: ratio,
          low: Math.min(...ratios),
          high: Math.max(...ratios),
          text: times(ratio),
        })),
    },
    {
      kind: 'table',
      title: `Medians over ${processes} pairs of processes; ± is half the range of their ratios`,
      columns: [
        { text: 'package' },
        { text: 'written in' },
        { text: 'work' },
        { text: 'metered', isNumber: true },
        { text: 'raw V8', isNumber: true },
        { text: 'ratio', isNumber: true },
        { text: '±', isNumber: true },
      ],
      rows: rows.map(({ subject, language, size, us, baselineUs, ratio, spread }) => [
        subject,
        language,
        size,
        duration(us),
        duration(baselineUs),
        times(ratio),
        spread.toFixed(2),
      ]),
    },
  ],
});
