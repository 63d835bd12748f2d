import { expect, test } from 'vitest';
import { soak } from './soak/soak.ts';

const SEED = Number(process.env.RINGFENCE_SEED ?? Math.floor(Math.random() * 2 ** 32));

// `npm run soak:reload` does the same for longer, and looks at memory.
test.each(['inline', 'worker'] as const)(
  `reloads under load in the executor %s, a third of them broken: no call is lost, no state either (RINGFENCE_SEED=${SEED})`,
  { timeout: 120_000 },
  async (executor) => {
    const report = await soak({ seed: SEED, reloads: 30, callsPerSecond: 300, executor });
    expect(report.problems).toEqual([]);
    expect(report.calls).toBe(report.answered + report.failed);
    expect(report.answered).toBeGreaterThan(100);
  },
);
