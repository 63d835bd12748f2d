/** Runs one job of the soak in a fresh process. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { SoakJob, SoakReport } from './job.ts';

/** V8 changes the size of the nursery by itself, in steps of tens of megabytes: that is nothing that anybody has kept. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=8', '--max-semi-space-size=8'];

/** @throws what the process said when it failed */
export async function soak(job: SoakJob): Promise<SoakReport> {
  const script = join(import.meta.dirname, 'soak-child.ts');
  const child = spawn(process.execPath, [...FLAGS, '--disable-warning=ExperimentalWarning', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(job));
  const [answer, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  if (code !== 0) throw new Error(`the soak of ${job.executor} ended with exit code ${code}`);
  return JSON.parse(answer) as SoakReport;
}
