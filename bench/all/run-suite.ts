/** Runs one suite in a process of its own and keeps its document; a suite that fails, hangs or is interrupted is told, not thrown. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { SuiteRun } from '../report/run.ts';

export interface SuiteJob {
  readonly name: string;
  readonly isQuick: boolean;
  /** Options besides. */
  readonly options?: readonly string[];
  /** Where `<name>.json` is written. */
  readonly folder: string;
  readonly patienceSeconds: number;
  readonly signal: AbortSignal;
}

const GRACE_MS = 3_000;

/** An earlier document of the suite is removed: what did not run has no figures. */
export async function runSuite({
  name,
  isQuick,
  options = [],
  folder,
  patienceSeconds,
  signal,
}: SuiteJob): Promise<SuiteRun> {
  const file = join(folder, `${name}.json`);
  rmSync(file, { force: true });
  const command = commandOf(name, isQuick);
  const startedAt = performance.now();
  const main = join(import.meta.dirname, '..', name, 'main.ts');
  const args = [main, '--json', ...(isQuick ? ['--quick'] : []), ...options];
  // A group of its own, so that what it has started ends with it.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const end = (how: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid as number), how);
    } catch {
      // It has ended already.
    }
  };
  let reason: string | undefined;
  let grace: NodeJS.Timeout | undefined;
  const give = (why: string): void => {
    reason = why;
    end('SIGTERM');
    grace = setTimeout(end, GRACE_MS, 'SIGKILL');
  };
  const late = setTimeout(give, patienceSeconds * 1_000, `it took more than ${patienceSeconds} s`);
  const stop = (): void => give('the run was interrupted');
  signal.addEventListener('abort', stop, { once: true });
  const [printed, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | string | null>((resolve) => child.once('close', (status, how) => resolve(status ?? how))),
  ]);
  for (const timer of [late, grace]) clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const problem = reason ?? (code === 0 ? problemOf(printed) : `it ended with ${code}`);
  if (problem !== undefined) return { suite: name, command, isQuick, seconds, problem };
  // Somebody may have put it away meanwhile.
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, printed);
  return { suite: name, command, isQuick, seconds };
}

export const commandOf = (name: string, isQuick: boolean): string =>
  `npm run bench:${name}${isQuick ? ' -- --quick' : ''}`;

function problemOf(printed: string): string | undefined {
  try {
    JSON.parse(printed);
    return undefined;
  } catch {
    return 'what it printed is no document';
  }
}
