/** How costs grow. */
import { curveOf } from '../../growth/curves.ts';
import type { GrowthFit, GrowthResults } from '../../growth/results.ts';
import { BETTER, type Block, type Section } from '../model.ts';
import { duration, grouped } from '../numbers.ts';

export function growthSection(results: GrowthResults): Section {
  const { suite, machine, processes, rows } = results;
  const names = [...new Set(rows.map(({ curve }) => curve))];
  return {
    suite,
    title: 'How costs grow',
    what: 'The same work with ever more of one thing: bytes of payload, bytes of module, plugins, callers, subscribers of an event.',
    baseline:
      'What stands beside a line of Ringfence is plain V8 or the same written by hand, where there is such a thing.',
    read: 'Both axes are logarithmic, so a power of what grows is a straight line, and its exponent the slope: 1 is linear, 0 costs the same however many there are. The exponent is fitted to the right part of the line, ± its standard error.',
    command: `npm run bench:${suite}`,
    machine,
    blocks: names.flatMap((name) => curveBlocks(results, name, processes)),
  };
}

function curveBlocks({ rows, fits }: GrowthResults, name: string, processes: number): Block[] {
  const { timed, grows, ideal } = curveOf(name);
  const own = rows.filter(({ curve }) => curve === name);
  const subjects = [...new Set(own.map(({ subject }) => subject))];
  const points = [...new Set(own.map(({ at }) => at))];
  return [
    {
      kind: 'lines',
      title: `${name}: ${timed}`,
      better: ideal === 0 ? BETTER.level : BETTER.lower,
      x: { label: `${grows} (logarithmic)`, scale: 'log' },
      y: { label: `µs: ${timed} (logarithmic)`, scale: 'log' },
      lines: subjects.map((subject) => ({
        name: subject,
        // Nothing at all has no place on such an axis.
        points: own.filter((row) => row.subject === subject && row.at > 0).map(({ at, us }) => ({ x: at, y: us })),
      })),
    },
    {
      kind: 'table',
      title: `${name}: ${timed}, median over ${processes} ${processes === 1 ? 'process' : 'processes'}`,
      columns: [{ text: grows }, ...subjects.map((text) => ({ text, isNumber: true }))],
      rows: [
        ...points.map((at) => [
          grouped(at),
          ...subjects.map((subject) =>
            duration(own.find((row) => row.subject === subject && row.at === at)?.us ?? Number.NaN),
          ),
        ]),
        [
          `exponent (${ideal} is ideal)`,
          ...subjects.map((subject) => exponent(fits.find((fit) => fit.curve === name && fit.subject === subject))),
        ],
      ],
    },
  ];
}

const exponent = (fit: GrowthFit | undefined): string =>
  fit === undefined ? '-' : `${fit.exponent.toFixed(2)}${fit.error === undefined ? '' : ` ±${fit.error.toFixed(2)}`}`;
