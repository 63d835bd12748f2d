/** What two documents say of the same rows where nothing is known of the processes: figures without intervals, and outcomes. */

export type Row = Readonly<Record<string, unknown>>;

export interface FigureChange {
  readonly row: string;
  readonly field: string;
  readonly before: number;
  readonly after: number;
  /** After against before. */
  readonly quotient: number;
}

export interface OutcomeChange {
  readonly row: string;
  readonly before: string;
  readonly after: string;
}

/** Texts that are results, and not names. */
const RESULTS: ReadonlySet<string> = new Set(['outcome', 'detail', 'worstProgram']);
/** Numbers that are names, and not results. */
const NAMES: ReadonlySet<string> = new Set([
  'at',
  'spinners',
  'subscribers',
  'plugins',
  'workers',
  'maxLive',
  'from',
  'units',
]);
/** Said of a row by its ratios. */
const OF_PROCESSES: ReadonlySet<string> = new Set(['spread', 'bestRatio']);

/** What tells a row from the others: subject, size, baseline. */
export const nameOf = (row: Row): string =>
  Object.entries(row)
    .filter(
      ([key, value]) =>
        (typeof value === 'string' && !RESULTS.has(key)) || (typeof value === 'number' && NAMES.has(key)),
    )
    .map(([key, value]) => (typeof value === 'number' ? `${key} ${value}` : value))
    .join(', ');

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The rows of all lists of a document, by name. Where two have the same, the first counts. */
export function rowsOf(document: Row): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const [list, value] of Object.entries(document)) {
    if (!Array.isArray(value)) continue;
    for (const row of value.filter(isRow)) {
      const name = [...(list === 'rows' ? [] : [list]), nameOf(row)].join(': ');
      if (!rows.has(name)) rows.set(name, row);
    }
  }
  return rows;
}

/** Figures that are not the same in both. */
export function figureChanges(row: string, before: Row, after: Row): FigureChange[] {
  const later = new Map(figuresOf(after));
  return figuresOf(before).flatMap(([field, value]) => {
    const now = later.get(field);
    return now === undefined || now === value ? [] : [{ row, field, before: value, after: now, quotient: now / value }];
  });
}

function figuresOf(row: Row, prefix = ''): [field: string, value: number][] {
  return Object.entries(row).flatMap(([key, value]): [string, number][] => {
    if (isRow(value)) return figuresOf(value, `${prefix}${key}.`);
    return typeof value === 'number' && !NAMES.has(key) && !OF_PROCESSES.has(key) ? [[prefix + key, value]] : [];
  });
}

export function outcomeChange(row: string, before: Row, after: Row): OutcomeChange[] {
  const [was, is] = [before.outcome, after.outcome];
  return typeof was === 'string' && typeof is === 'string' && was !== is ? [{ row, before: was, after: is }] : [];
}
