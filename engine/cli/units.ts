/** Quantities for people. */
import type { LimitUnit } from '../limits.ts';

const groups = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const UNITS = ['B', 'KiB', 'MiB', 'GiB'];

/** "12,345". */
export function formatCount(count: number): string {
  return groups.format(count);
}

/** "512 B", "47.6 KiB", "32 MiB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${shorten(value)} ${UNITS[unit]}`;
}

/** "<0.1 ms", "0.6 ms", "250 ms", "10 s". */
export function formatMs(ms: number): string {
  if (ms > 0 && ms < 0.1) return '<0.1 ms';
  return ms < 1_000 ? `${shorten(ms)} ms` : `${shorten(ms / 1_000)} s`;
}

/** A limit or a use of it, in its unit. */
export function formatQuantity(value: number, unit: LimitUnit): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'ms':
      return formatMs(value);
    default:
      return formatCount(value);
  }
}

/** One decimal, where it says anything. */
function shorten(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, '');
}
