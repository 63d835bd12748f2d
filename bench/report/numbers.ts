/** How figures are written, in pages and documents alike. */

/** 1.04, 12.3, 410: three places that say something. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 1_000) return grouped(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** 12,345 */
export const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');

export const times = (value: number): string => `${short(value)}×`;

/** Of time, from microseconds. */
export function duration(us: number): string {
  if (!Number.isFinite(us)) return '-';
  if (us < 1) return `${(us * 1_000).toFixed(0)} ns`;
  if (us < 1_000) return `${short(us)} µs`;
  return us < 1_000_000 ? `${short(us / 1_000)} ms` : `${short(us / 1_000_000)} s`;
}

export const milliseconds = (ms: number): string => duration(ms * 1_000);

/** Of what something costs on top: 1.034 is +3.4 %. */
export const overhead = (ratio: number): string =>
  `${ratio >= 1 ? '+' : '−'}${Math.abs((ratio - 1) * 100).toFixed(1)} %`;
