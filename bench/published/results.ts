/** The document of the benchmark, and how it is printed. */
import type { Row } from '../support/comparison.ts';
import type { Machine } from '../support/machine.ts';
import { geomean, halfRange, median } from '../support/statistics.ts';
import { factor, table } from '../support/table.ts';
import type { PublishedSample } from './measure-child.ts';
import type { PublishedPackage } from './packages.ts';

export interface PublishedRow extends Row {
  /** That the modules inside were written in. */
  readonly language: string;
}

export interface PublishedResults {
  readonly suite: 'published';
  readonly machine: Machine;
  readonly processes: number;
  readonly rows: readonly PublishedRow[];
  readonly summary: {
    readonly packages: number;
    readonly geomean: number;
    readonly worst: number;
    readonly worstPackage: string;
  };
}

/** Pairs of processes, one after the other: raw and metered. @throws where they do not come to the same */
export function rowOf(
  { name, language, does }: PublishedPackage,
  pairs: readonly { readonly raw: PublishedSample; readonly metered: PublishedSample }[],
): PublishedRow {
  const answers = new Set(pairs.flatMap(({ raw, metered }) => [raw.answer, metered.answer]));
  if (answers.size !== 1) throw new Error(`${name} comes to something else when it is metered`);
  const ratios = pairs.map(({ raw, metered }) => metered.ms / raw.ms);
  const ms = (of: 'raw' | 'metered'): number[] => pairs.map((pair) => pair[of].ms);
  return {
    subject: name,
    language,
    baseline: 'raw-v8',
    size: does,
    ratio: median(ratios),
    ratios,
    spread: halfRange(ratios),
    bestRatio: Math.min(...ms('metered')) / Math.min(...ms('raw')),
    us: median(ms('metered')) * 1_000,
    baselineUs: median(ms('raw')) * 1_000,
  };
}

export function summarise(rows: readonly PublishedRow[]): PublishedResults['summary'] {
  const ratios = rows.map(({ ratio }) => ratio);
  const worst = Math.max(...ratios);
  const worstPackage = rows.find(({ ratio }) => ratio === worst)?.subject ?? '';
  return { packages: rows.length, geomean: geomean(ratios), worst, worstPackage };
}

export function printResults({ machine, processes, rows, summary }: PublishedResults): void {
  const { cpu, cores, node, date } = machine;
  console.log(
    `Published packages, metered against raw V8, on Node ${node}, ${cpu} x${cores}, ${date}; ${processes} pairs of processes\n`,
  );
  const body = rows.map(({ subject, size, us, baselineUs, ratio, spread }) => [
    subject,
    size,
    (us / 1_000).toFixed(1),
    (baselineUs / 1_000).toFixed(1),
    factor(ratio),
    `±${spread.toFixed(3)}`,
  ]);
  console.log(table(['package', 'work', 'ms', 'raw ms', 'ratio', ''], body));
  console.log(`\nGeometric mean ${factor(summary.geomean)}, worst ${factor(summary.worst)}`);
}
