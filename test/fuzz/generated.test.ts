import { expect, test } from 'vitest';
import { runSeed } from './support/run-case.ts';

/** Another part of the endless list of cases; they are the same everywhere. */
const FIRST = Number(process.env.RINGFENCE_FUZZ_SEED ?? 0);
const CASES = 2_000;
const BATCH = 250;

/**
 * Fuel that may run before a trap or an exception and is not billed, with slices of a few fuel: what was looked at last is
 * this far behind, at most. With real slices the bill is nearly always above what ran.
 */
const MOST_UNBILLED = 100_000;

const ends: Record<string, number> = {};
let unbilled = 0;

test.each(Array.from({ length: CASES / BATCH }, (_, i) => FIRST + i * BATCH))(
  'generated modules from seed %i',
  (first) => {
    for (let seed = first; seed < first + BATCH; seed++) {
      const tally = runSeed(seed);
      for (const [kind, count] of Object.entries(tally.ends)) ends[kind] = (ends[kind] ?? 0) + count;
      unbilled = Math.max(unbilled, tally.unbilled);
    }
  },
);

test('the cases end in every way there is', () => {
  console.log(
    `fuzz: ${CASES} modules from seed ${FIRST}: ${Object.entries(ends)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ')}`,
  );
  for (const kind of ['returned', 'trapped', 'thrown', 'out of fuel', 'stack overflow']) {
    expect(ends[kind], kind).toBeGreaterThan(0);
  }
  expect(unbilled).toBeLessThan(MOST_UNBILLED);
});
