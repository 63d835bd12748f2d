/** What grows, and what is timed while it grows. */

/** One line of a diagram. */
export interface Line {
  readonly subject: string;
  /** The line that it is held against; undefined for one that is a baseline itself, or has none. */
  readonly baseline?: string;
}

export interface Curve {
  readonly name: string;
  /** What the numbers along the bottom count. */
  readonly grows: string;
  /** What one measurement is the time of. */
  readonly timed: string;
  /** In growing order. */
  readonly points: readonly number[];
  readonly quick: readonly number[];
  /** The exponent is that of the points from here on: below, the fixed part of the cost is what is seen. */
  readonly fitFrom: number;
  /** An exponent that says that it grows as it should. */
  readonly ideal: number;
  readonly lines: readonly Line[];
}

const KIB = 1_024;
const MIB = 1_024 * KIB;

export const CURVES = [
  {
    name: 'payload',
    grows: 'bytes of input, and as many of output',
    timed: 'one call',
    points: [0, 16, 256, 4 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB],
    quick: [0, 4 * KIB, 256 * KIB, 4 * MIB],
    fitFrom: 256 * KIB,
    ideal: 1,
    lines: [
      { subject: 'bridge' },
      { subject: 'inline-sync', baseline: 'bridge' },
      { subject: 'inline', baseline: 'bridge' },
      { subject: 'worker', baseline: 'bridge' },
      { subject: 'process', baseline: 'bridge' },
    ],
  },
  {
    name: 'module',
    grows: 'bytes of the module',
    timed: 'loading bytes that were never seen, to the first answer',
    points: [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 9_000_000],
    quick: [10_000, 100_000, 1_000_000],
    fitFrom: 100_000,
    ideal: 1,
    lines: [{ subject: 'plain-v8' }, { subject: 'inline', baseline: 'plain-v8' }],
  },
  {
    name: 'plugins',
    grows: 'plugins that are loaded already',
    timed: 'one call of any of them, and loading one more',
    points: [1, 10, 100, 1_000, 10_000],
    quick: [1, 30, 300],
    fitFrom: 10,
    ideal: 0,
    lines: [{ subject: 'call' }, { subject: 'load' }],
  },
  {
    name: 'callers',
    grows: 'calls of one plugin that are under way at the same time',
    timed: 'one call: all of them together, divided by their number',
    points: [1, 4, 16, 64, 256, 1_000],
    quick: [1, 16, 256],
    fitFrom: 4,
    ideal: 0,
    lines: [{ subject: 'inline' }, { subject: 'worker' }, { subject: 'process' }],
  },
  {
    name: 'subscribers',
    grows: 'plugins that subscribe to an event',
    timed: 'one event, until all of them have answered',
    points: [1, 4, 16, 64, 256, 1_000],
    quick: [1, 16, 128],
    fitFrom: 16,
    ideal: 1,
    lines: [{ subject: 'inline' }, { subject: 'worker' }],
  },
] as const satisfies readonly Curve[];

export type CurveName = (typeof CURVES)[number]['name'];

export const CURVE_NAMES: readonly string[] = CURVES.map(({ name }) => name);

export function curveOf(name: string): Curve {
  const found: Curve | undefined = CURVES.find((curve) => curve.name === name);
  if (found === undefined) throw new Error(`${name}: expected one of ${CURVE_NAMES.join(', ')}`);
  return found;
}
