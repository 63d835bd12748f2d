import { expect, test } from 'vitest';
import { generateModule } from './support/module-generator.ts';
import { mutatedModule, runMutatedSeed } from './support/mutated-modules.ts';

/** Another part of the endless list of cases; they are the same everywhere. */
const FIRST = Number(process.env.RINGFENCE_FUZZ_SEED ?? 0);
const CASES = 200;
const BATCH = 50;

test.each(Array.from({ length: CASES / BATCH }, (_, i) => FIRST + i * BATCH))(
  'modules with damaged code that is valid, from seed %i',
  (first) => {
    let returned = 0;
    for (let seed = first; seed < first + BATCH; seed++) returned += runMutatedSeed(seed).ends.returned;
    expect(returned).toBeGreaterThan(0);
  },
);

test('most of them have another code than before', () => {
  const changed = Array.from({ length: 20 }, (_, i) => FIRST + i).filter(
    (seed) => Buffer.compare(mutatedModule(seed).bytes, generateModule(seed).bytes) !== 0,
  );
  expect(changed.length).toBeGreaterThan(15);
});
