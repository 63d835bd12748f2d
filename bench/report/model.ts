/** What a report is made of, before it is HTML or Markdown. Text may have `code` in it and nothing else. */
import type { Machine } from '../support/machine.ts';

/** How a cell is meant; never the only sign of it. */
export type Tone = 'good' | 'fair' | 'bad' | 'mute';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
  /** Shown on demand: what was told, and what was lost. */
  readonly title?: string | undefined;
}

export interface Column {
  readonly text: string;
  /** Figures stand to the right. @default false */
  readonly isNumber?: boolean;
}

export interface Table {
  readonly kind: 'table';
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (Cell | string)[])[];
  /** Many narrow columns, whose heads stand upright. @default false */
  readonly isMatrix?: boolean;
  /** The last column is text, which goes below the others where the page is narrow. @default false */
  readonly isList?: boolean;
}

export interface Bar {
  /** Stands once above the bars that have the same. */
  readonly group?: string | undefined;
  readonly label: string;
  /** Index into {@link BarChart.series}. @default 0 */
  readonly series?: number;
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** The value as it is read. */
  readonly text: string;
}

/** What a chart says of itself: "shorter is better". */
export const BETTER = {
  shorter: 'shorter is better',
  longer: 'longer is better',
  lower: 'lower is better',
  level: 'a level line is best: what it counts does not grow',
} as const;

/** Bars that lie, each below its label: as many as there are, on any width. */
export interface BarChart {
  readonly kind: 'bars';
  readonly title: string;
  /** What the length means, with its unit. */
  readonly axis: string;
  readonly better: string;
  /** Where values span powers of ten. @default 'linear' */
  readonly scale?: 'linear' | 'log';
  /** A value that all are held against; on a logarithmic axis bars begin there. */
  readonly reference?: { readonly value: number; readonly label: string };
  readonly series?: readonly string[];
  readonly bars: readonly Bar[];
}

/** Of one bar each, what it consists of. */
export interface StackChart {
  readonly kind: 'stacks';
  readonly title: string;
  readonly axis: string;
  readonly better: string;
  readonly parts: readonly { readonly name: string; readonly tone: Tone | 'worst' }[];
  readonly stacks: readonly { readonly label: string; readonly values: readonly number[]; readonly text: string }[];
}

export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LineChart {
  readonly kind: 'lines';
  readonly title: string;
  readonly better: string;
  readonly x: { readonly label: string; readonly scale: 'linear' | 'log' };
  readonly y: { readonly label: string; readonly scale: 'linear' | 'log' };
  readonly lines: readonly Line[];
}

export type Chart = BarChart | StackChart | LineChart;
export type Block =
  | Table
  | Chart
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'terms'; readonly items: readonly (readonly [term: string, text: string])[] };

export interface Section {
  readonly suite: string;
  readonly title: string;
  /** What was measured. */
  readonly what: string;
  /** What it is held against. */
  readonly baseline: string;
  /** How to read it, and what it does not show. */
  readonly read: string;
  readonly command: string;
  readonly machine: Machine | undefined;
  readonly blocks: readonly Block[];
}

/** One of the three questions of the first page. */
export interface Answer {
  readonly question: string;
  /** In plain words, for those who read nothing else. */
  readonly summary: readonly string[];
  readonly facts: readonly Fact[];
  readonly blocks: readonly Block[];
}

export interface Fact {
  readonly figure: string;
  readonly text: string;
  /** Suite in which it is. */
  readonly suite: string;
}

export interface Report {
  readonly machine: Machine | undefined;
  readonly isQuick: boolean;
  /** Makes all of it. */
  readonly command: string;
  /** Suites without a document, and why. */
  readonly gaps: readonly (readonly [suite: string, reason: string])[];
  readonly answers: readonly Answer[];
  readonly sections: readonly Section[];
}
