/** A measurement for people. */
import { LIMITS, type LimitName } from '../limits.ts';
import { escapeInvisible } from '../validate/quote.ts';
import type { Distribution, Measurement } from './measurement.ts';
import { tableLines } from './table.ts';
import { formatBytes, formatCount, formatQuantity } from './units.ts';

const COLUMNS = ['least', 'median', '95 %', '99 %', 'most'].map((title) => ({ title, align: 'right' }) as const);

export function measurementLines(plugin: string, name: string, measurement: Measurement): string[] {
  const { calls, fuel, memory, bytesOut, hostCalls, us, raw, limits } = measurement;
  const row = (title: string, values: Distribution, format: (value: number) => string): string[] => [
    title,
    ...[values.min, values.median, values.p95, values.p99, values.max].map(format),
  ];
  return [
    `${escapeInvisible(plugin)}, ${escapeInvisible(name)}: ${formatCount(calls)} calls`,
    '',
    ...tableLines(
      [{}, ...COLUMNS],
      [
        row('fuel', fuel, formatCount),
        row('time', us, formatUs),
        ...('us' in raw ? [row('on plain V8', raw.us, formatUs)] : []),
      ],
    ),
    '',
    'us' in raw
      ? `The fence costs ${raw.ratio.toFixed(2)} times the time of plain V8 (medians).`
      : `Not compared: ${raw.without}.`,
    `At most ${formatBytes(memory)} of memory, ${formatBytes(bytesOut)} of output, ${formatCount(hostCalls)} host calls.`,
    '',
    'Limits for calls with such an input, in the manifest or with --limit:',
    ...tableLines(
      [{}, {}, {}],
      Object.entries(limits).map(([limit, value]) => [
        `  ${limit}`,
        formatQuantity(value, LIMITS[limit as LimitName].unit),
        `--limit ${limit}=${value}`,
      ]),
    ),
  ];
}

/** "0.84 µs", "12.5 µs", "3.1 ms". */
function formatUs(us: number): string {
  if (us >= 1_000) return `${(us / 1_000).toFixed(us < 10_000 ? 2 : 1)} ms`;
  return `${us.toFixed(us < 10 ? 2 : 1)} µs`;
}
