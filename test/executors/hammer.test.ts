import { expect, test } from 'vitest';
import { hammer } from './hammer/hammer.ts';

const SEED = Number(process.env.RINGFENCE_SEED ?? Math.floor(Math.random() * 2 ** 32));

// `npm run hammer` does the same for as long as it is asked to.
test(`hundreds of callers while everything breaks (RINGFENCE_SEED=${SEED})`, { timeout: 300_000 }, async () => {
  const report = await hammer({ seed: SEED, callers: 200, rounds: 15, faultEveryMs: 150 });
  expect(report.problems).toEqual([]);
  expect(report.calls).toBe(3_000);
  expect(report.outcomes.ok).toBeGreaterThan(500);
  expect(report.leftBehind).toBe(0);
});
