/**
 * `npm run soak:reload -- [--reloads N] [--calls N] [--executor inline|worker] [--seed N]`: reloads under load. Exit status 1
 * with the seed and what went wrong, if something did, or if memory has grown by more than 5 % since the first twenty reloads.
 */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    reloads: { type: 'string', default: '200' },
    calls: { type: 'string', default: '1000' },
    executor: { type: 'string', default: 'inline' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const MOST_GROWTH = 1.05;

process.on('unhandledRejection', (reason) => {
  console.error('unhandled rejection:', reason);
  process.exit(1);
});
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const report = await soak({
  seed,
  reloads: Number(values.reloads),
  callsPerSecond: Number(values.calls),
  executor: values.executor === 'worker' ? 'worker' : 'inline',
  onProgress: (reload, rssMiB) => console.error(`${reload} reloads, ${rssMiB.toFixed(1)} MiB`),
  collect: collectGarbage,
});
const growth = report.rssMiB.late / report.rssMiB.early;
if (values.json) console.log(JSON.stringify({ suite: 'soak:reload', seed, ...report, growth }, undefined, 2));
else console.log(`seed ${seed}, growth ${((growth - 1) * 100).toFixed(1)} %`, report);
if (report.problems.length > 0 || growth > MOST_GROWTH) process.exitCode = 1;
