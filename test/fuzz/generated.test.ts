import { expect, test } from 'vitest';
import { runSeed } from './support/run-case.ts';

/** Another part of the endless list of cases; they are the same everywhere. */
const FIRST = Number(process.env.RINGFENCE_FUZZ_SEED ?? 0);
const CASES = 2_000;
const BATCH = 250;

const ends: Record<string, number> = {};

test.each(Array.from({ length: CASES / BATCH }, (_, i) => FIRST + i * BATCH))(
  'generated modules from seed %i',
  (first) => {
    for (let seed = first; seed < first + BATCH; seed++) {
      for (const [kind, count] of Object.entries(runSeed(seed).ends)) ends[kind] = (ends[kind] ?? 0) + count;
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
});
