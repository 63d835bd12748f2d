import { test } from 'vitest';
import { runBinaryenSeed } from './support/binaryen-modules.ts';

/** Each starts a process of binaryen's: few, and other ones in the long run. */
const SEEDS = Array.from({ length: 25 }, (_, seed) => seed);

test.each(SEEDS)('binaryen module from seed %i', (seed) => {
  runBinaryenSeed(seed);
});
