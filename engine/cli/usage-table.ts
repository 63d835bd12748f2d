/** What a call used against what it was allowed, as a table. */
import type { LimitUnit } from '../limits.ts';
import { USAGE_NAMES, type Usage, type UsageName } from '../runtime/usage.ts';
import { tableLines } from './table.ts';
import { formatQuantity } from './units.ts';

const USAGE_UNITS: Readonly<Record<UsageName, LimitUnit>> = {
  fuel: 'fuel',
  memory: 'bytes',
  wallMs: 'ms',
  hostCalls: 'count',
  bytesIn: 'bytes',
  bytesOut: 'bytes',
  logBytes: 'bytes',
  httpRequests: 'count',
  events: 'count',
  pluginCalls: 'count',
};

const BAR_WIDTH = 10;

/** A row for each kind of usage: name, used, allowed, a bar and the share. */
export function usageLines(usage: Usage): string[] {
  return tableLines(
    [{}, { title: 'used', align: 'right' }, { title: 'allowed', align: 'right' }, {}, { align: 'right' }],
    USAGE_NAMES.map((name) => {
      const { used, limit } = usage[name];
      const share = limit === 0 ? 0 : used / limit;
      return [name, formatUsed(name, used), formatUsed(name, limit), bar(share), formatShare(share)];
    }),
  );
}

/** A quantity of that kind, with its unit. */
export function formatUsed(name: UsageName, value: number): string {
  return formatQuantity(value, USAGE_UNITS[name]);
}

const EIGHTHS = ' ▏▎▍▌▋▊▉';

/** Ten cells, filled to an eighth of a cell; whatever was used at all shows. */
export function bar(share: number): string {
  const eighths = Math.ceil(Math.min(1, share) * BAR_WIDTH * EIGHTHS.length);
  const full = Math.floor(eighths / EIGHTHS.length);
  const part = EIGHTHS[eighths % EIGHTHS.length] ?? '';
  return `${'█'.repeat(full)}${part === ' ' ? '' : part}`.padEnd(BAR_WIDTH, '·');
}

/** "0 %", "<1 %", "42 %". */
export function formatShare(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? '<1 %' : `${Math.round(percent)} %`;
}
