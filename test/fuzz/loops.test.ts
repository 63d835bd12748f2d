import { expect, test } from 'vitest';
import { countsForItself, runLoopSeed } from './support/loop-law.ts';

/** Another part of the endless list of cases; they are the same everywhere. */
const FIRST = Number(process.env.RINGFENCE_FUZZ_SEED ?? 0);
const CASES = 300;
const BATCH = 100;

const ends: Record<string, number> = {};

test.each(Array.from({ length: CASES / BATCH }, (_, i) => FIRST + i * BATCH))(
  'loops that count, or nearly, from seed %i',
  (first) => {
    for (let seed = first; seed < first + BATCH; seed++) {
      for (const [kind, count] of Object.entries(runLoopSeed(seed))) ends[kind] = (ends[kind] ?? 0) + count;
    }
  },
);

test('many of them count for themselves', () => {
  const counting = Array.from({ length: CASES }, (_, i) => FIRST + i).filter(countsForItself);
  expect(counting.length).toBeGreaterThan(CASES / 3);
});

test('they end in every way there is', () => {
  for (const kind of ['returned', 'trapped', 'thrown', 'out of fuel']) expect(ends[kind], kind).toBeGreaterThan(0);
});
