/** The measuring process: a GrowthJob on stdin, GrowthSample[] on stdout. */
import { readFileSync } from 'node:fs';
import { random } from '../../test/support/random.ts';
import { measureCallers } from './callers.ts';
import { type CurveName, curveOf } from './curves.ts';
import { measureModules } from './modules.ts';
import { measurePayloads } from './payloads.ts';
import { measurePlugins } from './plugins.ts';
import type { GrowthSample } from './results.ts';
import { measureSubscribers } from './subscribers.ts';

export interface GrowthJob {
  readonly curve: string;
  readonly seed: number;
  readonly isQuick: boolean;
}

/** What a curve is measured with. */
export interface Effort {
  readonly points: readonly number[];
  /** Milliseconds that go into one point of one line. */
  readonly pointMs: number;
  /** A random whole number from 0 up to, not including, the one given. */
  readonly below: (limit: number) => number;
}

const MEASURES: Readonly<Record<CurveName, (effort: Effort) => Promise<GrowthSample[]>>> = {
  payload: measurePayloads,
  module: measureModules,
  plugins: measurePlugins,
  callers: measureCallers,
  subscribers: measureSubscribers,
};

const { curve, seed, isQuick } = JSON.parse(readFileSync(0, 'utf8')) as GrowthJob;
const { points, quick } = curveOf(curve);
const samples = await MEASURES[curve as CurveName]({
  points: isQuick ? quick : points,
  pointMs: isQuick ? 30 : 100,
  below: random(seed),
});
process.stdout.write(JSON.stringify(samples), () => process.exit(0));
