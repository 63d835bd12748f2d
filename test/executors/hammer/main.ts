/**
 * `npm run hammer -- [--minutes N] [--callers N] [--seed N]`: the hammer test, round after round, each with a seed of its own.
 * Exit status 1 with the seed and what went wrong, as soon as something does.
 */
import { parseArgs } from 'node:util';
import { hammer } from './hammer.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    callers: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '25' },
    seed: { type: 'string' },
  },
});
process.on('unhandledRejection', (reason) => {
  console.error('unhandled rejection:', reason);
  process.exit(1);
});

const until = performance.now() + Number(values.minutes) * 60_000;
let seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
let calls = 0;
do {
  const startedAt = performance.now();
  const report = await hammer({
    seed,
    callers: Number(values.callers),
    rounds: Number(values.rounds),
    faultEveryMs: 150,
  });
  calls += report.calls;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`seed ${seed}: ${report.calls} calls in ${seconds} s, ${report.faults} faults`, report.outcomes);
  if (report.problems.length > 0 || report.leftBehind > 0) {
    console.error(`seed ${seed}: ${report.leftBehind} workers or children left behind`, report.problems);
    process.exit(1);
  }
  seed = (seed + 1) % 2 ** 32;
} while (performance.now() < until);
console.log(`${calls} calls, each settled once, none with a wrong answer`);
