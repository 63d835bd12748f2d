import { expect, test } from 'vitest';
import { generatorHost } from './support/hosts.ts';
import { generateModule } from './support/module-generator.ts';
import { checkProfile } from './support/profile-law.ts';

/** Another part of the endless list of cases; they are the same everywhere. */
const FIRST = Number(process.env.RINGFENCE_FUZZ_SEED ?? 0);
const CASES = 300;
const SLICES = [1, 7, 1_000, 100_000];

test('profiles of generated modules are exact, however the calls end', () => {
  const ends: Record<string, number> = {};
  for (let seed = FIRST; seed < FIRST + CASES; seed++) {
    let kinds: string[];
    try {
      kinds = checkProfile(
        generateModule(seed),
        generatorHost,
        SLICES[seed % SLICES.length] as number,
        seed % 3 === 0 ? 300 : 32_000,
      );
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
    for (const kind of kinds) ends[kind] = (ends[kind] ?? 0) + 1;
  }
  for (const kind of ['returned', 'trapped', 'thrown', 'out of fuel', 'stack overflow']) {
    expect(ends[kind], kind).toBeGreaterThan(0);
  }
});
