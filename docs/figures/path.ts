/**
 * Finds a figure in the documents of the benchmarks: `suite; step; step … as format`.
 *
 * A step is a member's name, or, in a list, the texts that tell its row from the others ("inline-sync, 1 KB"), or one of `min`, `max` and
 * `count` with a member's name. Where a member is not there, rows are looked for in `rows`. The format is any of `*1000`, `/1e6`, `-1`, `1/`
 * (one divided by it), in this order, and how it is written: `.2` decimals, or `,` whole with commas.
 */

/** Documents by the name of their suite. */
export type Figures = ReadonlyMap<string, unknown>;

/** @throws saying which step finds nothing, or more than one thing */
export function findFigure(figures: Figures, expression: string): string {
  const [path = '', format = '.2'] = expression.split(' as ');
  const [suite = '', ...steps] = path.split(';').map((step) => step.trim());
  let value: unknown = figures.get(suite);
  if (value === undefined) throw new Error(`${expression}: there are no results of ${suite}`);
  for (const step of steps) value = follow(value, step, expression);
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new Error(`${expression}: expected a number, found ${JSON.stringify(value)?.slice(0, 80)}`);
  }
  return write(value, format, expression);
}

type Row = Readonly<Record<string, unknown>>;

function follow(value: unknown, step: string, expression: string): unknown {
  if (Array.isArray(value)) return inList(value as readonly Row[], step, expression);
  const members = value as Row | undefined;
  if (members?.[step] !== undefined) return members[step];
  if (Array.isArray(members?.rows)) return inList(members.rows as readonly Row[], step, expression);
  throw new Error(`${expression}: there is no ${step}`);
}

function inList(rows: readonly Row[], step: string, expression: string): unknown {
  const [, how, name = ''] = /^(min|max|count)(?: (\S+))?$/.exec(step) ?? [];
  if (how === 'count') return rows.length;
  if (how !== undefined) {
    const values = rows.map((row) => row[name]).filter((value) => typeof value === 'number');
    return how === 'min' ? Math.min(...values) : Math.max(...values);
  }
  const texts = step.split(',').map((text) => text.trim());
  const all = rows.filter((row) => texts.every((text) => Object.values(row).some((value) => String(value) === text)));
  // What is the subject of one row may be the baseline of another.
  const own = all.filter((row) => Object.values(row).find((value) => typeof value === 'string') === texts[0]);
  const found = all.length > 1 ? own : all;
  if (found.length !== 1) throw new Error(`${expression}: ${found.length} rows are called ${step}`);
  return found[0];
}

const OPERATIONS: readonly (readonly [pattern: RegExp, apply: (value: number, operand: number) => number])[] = [
  [/^\*(\S+)$/, (value, operand) => value * operand],
  [/^\/(\S+)$/, (value, operand) => value / operand],
  [/^-(\d\S*)$/, (value, operand) => value - operand],
  [/^(\d+)\/$/, (value, operand) => operand / value],
];

function write(value: number, format: string, expression: string): string {
  let result = value;
  for (const word of format.trim().split(/\s+/)) {
    const decimals = /^\.(\d)$/.exec(word)?.[1];
    if (decimals !== undefined) return result.toFixed(Number(decimals));
    if (word === ',') return Math.round(result).toLocaleString('en-US');
    const operation = OPERATIONS.find(([pattern]) => pattern.test(word));
    if (operation === undefined) throw new Error(`${expression}: ${word} is no format`);
    result = operation[1](result, Number(operation[0].exec(word)?.[1]));
  }
  throw new Error(`${expression}: expected the format to end with .N or a comma`);
}
