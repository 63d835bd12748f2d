/**
 * `npm run soak -- [--executors a,b] [--calls N] [--loads N]`: millions of calls, and a thousand loads and unloads, in each
 * executor. Exit status 1 if the memory at the end is more than 5 % over that after the first tenth.
 */
import { parseArgs } from 'node:util';
import type { ExecutorName } from '../../../engine/index.ts';
import type { SoakJob } from './job.ts';
import { soak } from './soak.ts';

const ALLOWED = 1.05;
const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    executors: { type: 'string', default: 'inline,worker,process' },
    calls: { type: 'string', default: '10000000' },
    loads: { type: 'string', default: '1000' },
  },
});
const mib = (bytes: number | undefined): string => (bytes === undefined ? '-' : (bytes / MIB).toFixed(1));
let failures = 0;

for (const executor of values.executors.split(',') as ExecutorName[]) {
  const jobs: SoakJob[] = [
    { executor, work: 'calls', count: Number(values.calls) },
    { executor, work: 'loads', count: Number(values.loads) },
  ];
  for (const job of jobs) {
    if (job.count === 0) continue;
    const { tenths, seconds } = await soak(job);
    const [first, last] = [tenths[0], tenths.at(-1)];
    const ratio = (last?.rss ?? Number.NaN) / (first?.rss ?? Number.NaN);
    const failed = ratio > ALLOWED;
    if (failed) failures++;
    console.log(
      `${executor}, ${job.count} ${job.work} in ${seconds.toFixed(0)} s: RSS ${mib(first?.rss)} MiB after the first tenth, ` +
        `${mib(last?.rss)} MiB at the end (${ratio.toFixed(3)}${failed ? ', TOO MUCH' : ''}); JS heap ${mib(first?.heap)} and ${mib(last?.heap)} MiB`,
    );
    console.log(`  RSS by tenths: ${tenths.map(({ rss }) => mib(rss)).join(', ')}`);
  }
}
process.exitCode = failures === 0 ? 0 : 1;
