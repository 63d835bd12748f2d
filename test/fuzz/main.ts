/**
 * The long run: `npm run fuzz -- [minutes] [first seed]`, 10 minutes and a seed of the clock unless told otherwise.
 * Batches run in processes of their own, so that one that hangs is found, too.
 */
import { spawnSync } from 'node:child_process';
import { runBinaryenSeed } from './support/binaryen-modules.ts';
import { runLoopSeed } from './support/loop-law.ts';
import { runMutatedSeed } from './support/mutated-modules.ts';
import { runSeed } from './support/run-case.ts';

const BATCH = 500;
const MUTATED_BATCH = 200;
const BINARYEN_BATCH = 10;
const LOOP_BATCH = 500;
const BATCH_TIMEOUT_MS = 300_000;

const [mode = '10', from] = process.argv.slice(2);
if (mode === '--batch') {
  const first = Number(from);
  for (let seed = first; seed < first + BATCH; seed++) runSeed(seed);
  for (let seed = first; seed < first + MUTATED_BATCH; seed++) runMutatedSeed(seed);
  for (let seed = first; seed < first + BINARYEN_BATCH; seed++) runBinaryenSeed(seed);
  for (let seed = first; seed < first + LOOP_BATCH; seed++) runLoopSeed(seed);
} else {
  const until = performance.now() + Number(mode) * 60_000;
  let failures = 0;
  for (let seed = Number(from ?? Date.now() % 1_000_000_000); performance.now() < until; seed += BATCH) {
    const { status, signal, stderr } = spawnSync(process.execPath, [import.meta.filename, '--batch', String(seed)], {
      encoding: 'utf8',
      timeout: BATCH_TIMEOUT_MS,
    });
    if (status === 0) {
      console.log(`seeds ${seed} to ${seed + BATCH - 1}: all laws hold`);
    } else {
      failures++;
      console.log(`seeds from ${seed}: ${signal === null ? 'broken' : `ended by ${signal}`}\n${stderr}`);
    }
  }
  process.exitCode = failures === 0 ? 0 : 1;
}
