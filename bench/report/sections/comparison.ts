/** A section of a suite whose rows are "how many times the baseline", with controls. */
import type { Results, Row } from '../../support/comparison.ts';
import { type BarChart, BETTER, type Block, type Section, type Table } from '../model.ts';
import { duration, times } from '../numbers.ts';

/** In all suites the baseline, measured once more. */
const isControl = ({ subject }: Row): boolean => subject === 'control' || subject.endsWith(' again');

export interface ComparisonTexts extends Pick<Section, 'title' | 'what' | 'baseline' | 'read'> {
  /** What the names in the document mean. */
  readonly names: Readonly<Record<string, string>>;
  /** Which rows have a bar. @default all but controls */
  readonly inChart?: (row: Row) => boolean;
  readonly chartTitle?: string;
}

export function comparisonSection(results: Results, texts: ComparisonTexts): Section {
  const { suite, machine, rows } = results;
  const nameOf = (name: string): string => texts.names[name] ?? name;
  return {
    suite,
    ...texts,
    command: `npm run bench:${suite}`,
    machine,
    blocks: [...ratioCharts(rows, texts, nameOf), ...noise(results, nameOf), ratioTable(results, nameOf)],
  };
}

function ratioCharts(
  rows: readonly Row[],
  { chartTitle, inChart = (row) => !isControl(row), title }: ComparisonTexts,
  nameOf: (name: string) => string,
): BarChart[] {
  const bars = rows.filter(inChart).map((row) => ({
    group: `${nameOf(row.subject)}, against ${nameOf(row.baseline)}`,
    label: row.size,
    value: row.ratio,
    low: Math.max(0, Math.min(...row.ratios)),
    high: Math.max(...row.ratios),
    text: times(row.ratio),
  }));
  if (bars.length === 0) return [];
  return [
    {
      kind: 'bars',
      title: chartTitle ?? title,
      axis: 'times as long as the baseline (logarithmic); whiskers: from the least to the most of all processes',
      better: BETTER.shorter,
      scale: 'log',
      reference: { value: 1, label: 'as long as the baseline' },
      bars,
    },
  ];
}

/** What the control and the spread say about the other rows. */
function noise({ rows, processes }: Results, nameOf: (name: string) => string): Block[] {
  const off = Math.max(0, ...rows.filter(isControl).map(({ ratio }) => Math.abs(ratio - 1)));
  const doubtful = rows.filter((row) => !isControl(row) && Math.abs(row.ratio - 1) <= Math.max(row.spread, off));
  const few =
    processes < 3 ? ` From ${processes === 1 ? 'one process' : `${processes} processes`} no spread can be seen.` : '';
  if (doubtful.length === 0 && few === '') return [];
  const names = doubtful.map((row) => `${nameOf(row.subject)} at ${row.size}`);
  const rest =
    doubtful.length === 0
      ? ''
      : ` The noise is as large as the difference to the baseline in ${doubtful.length} of ${rows.length} rows: ${names.join('; ')}. Read these as "about the same".`;
  return [{ kind: 'warning', text: `The control is ${(off * 100).toFixed(1)} % off 1.${few}${rest}` }];
}

function ratioTable({ rows, processes }: Results, nameOf: (name: string) => string): Table {
  return {
    kind: 'table',
    title: `Medians over ${processes} ${processes === 1 ? 'process' : 'processes'}; the ratio is the median of theirs, not the quotient of the times, and ± half their range`,
    columns: [
      { text: 'subject' },
      { text: 'size' },
      { text: 'takes', isNumber: true },
      { text: 'against' },
      { text: 'takes', isNumber: true },
      { text: 'ratio', isNumber: true },
      { text: '±', isNumber: true },
    ],
    rows: rows.map((row) => [
      isControl(row) ? `control: ${nameOf(row.baseline)} again` : nameOf(row.subject),
      row.size,
      duration(row.us),
      nameOf(row.baseline),
      duration(row.baselineUs),
      times(row.ratio),
      row.spread.toFixed(2),
    ]),
  };
}
