/** The table of the showcase: what each call used, under what it was allowed. */
import { tableLines } from '../../engine/cli/table.ts';
import { output } from '../../engine/cli/terminal.ts';
import { formatUsed } from '../../engine/cli/usage-table.ts';
import type { Usage, UsageName } from '../../engine/index.ts';

export interface ReportRow {
  readonly name: string;
  readonly usage: Usage;
  /** Code of the error that ended the call. */
  readonly code?: string | undefined;
}

const COLUMNS: readonly (readonly [name: UsageName, title: string])[] = [
  ['fuel', 'fuel'],
  ['memory', 'memory'],
  ['wallMs', 'time'],
  ['hostCalls', 'host calls'],
  ['bytesIn', 'bytes in'],
  ['bytesOut', 'bytes out'],
  ['httpRequests', 'http'],
];
/** Shares from here on are shown as used up. */
const FULL = 0.9;

/** All calls had the same limits, so these stand once, on top. */
export function reportLines(rows: readonly ReportRow[]): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const allowed = COLUMNS.map(([name]) => output.paint('dim', formatUsed(name, first.usage[name].limit)));
  const used = rows.map(({ name, usage, code }) => [
    name,
    ...COLUMNS.map(([column]) => {
      const { used, limit } = usage[column];
      const text = formatUsed(column, used);
      return used >= limit * FULL ? output.paint(['red', 'bold'], text) : text;
    }),
    code === undefined
      ? output.paint('green', 'answered')
      : output.paint(code === 'GUEST_ERROR' ? 'yellow' : 'red', code),
  ]);
  const columns = [{}, ...COLUMNS.map(([, title]) => ({ title, align: 'right' as const })), {}];
  return tableLines(columns, [[output.paint('dim', 'allowed'), ...allowed, ''], ...used]);
}
