/**
 * Runs dangerous work in a child process under a budget of time and memory, and reports what it took. The child may
 * abort, hang or swallow memory: the test process only reads what is left.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What one step of the child took. Steps report as they end, so that those before a crash are known. */
export interface StepReport<T> {
  readonly step: string;
  readonly ms: number;
  /** Growth of the process's highest resident memory during the step. */
  readonly rssMiB: number;
  readonly value: T;
}

export interface ChildReport<T> {
  /** `done` when it ended by itself with status 0. */
  readonly outcome: 'done' | 'crashed' | 'out of time' | 'out of memory';
  readonly steps: readonly StepReport<T>[];
  readonly stderr: string;
}

export interface ChildBudget {
  readonly timeMs: number;
  /** Resident memory of the whole process, what Node itself takes (about 90 MiB) included. */
  readonly rssMiB: number;
}

const MiB = 1024 * 1024;
const POLL_MS = 50;

/**
 * Runs a TypeScript file in a child process; it gets `input` through {@link childSteps}.
 * @param flags of node, such as `--no-liftoff`
 */
export function runInChild<T>(
  script: URL,
  input: unknown,
  budget: ChildBudget,
  flags: readonly string[] = [],
): Promise<ChildReport<T>> {
  const child = spawn(process.execPath, ['--no-warnings', ...flags, fileURLToPath(script), JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  let over: 'out of time' | 'out of memory' | undefined;
  const stop = (why: typeof over): void => {
    over = why;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(stop, budget.timeMs, 'out of time');
  const watch = setInterval(() => {
    if (residentMiB(child.pid) > budget.rssMiB) stop('out of memory');
  }, POLL_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      clearInterval(watch);
      const lines = output.stdout.split('\n').filter((line) => line.startsWith('{'));
      resolve({
        outcome: over ?? (status === 0 ? 'done' : 'crashed'),
        steps: lines.map((line) => JSON.parse(line) as StepReport<T>),
        stderr: output.stderr,
      });
    });
  });
}

/** 0 where /proc does not exist: the child then still has its budget of time. */
function residentMiB(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** In the child: its input, and how it reports a step. */
export function childSteps<I, T>(): { readonly input: I; step(name: string, work: () => T): T } {
  return {
    input: JSON.parse(process.argv[2] ?? 'null') as I,
    step(name, work) {
      const before = process.resourceUsage().maxRSS;
      const start = performance.now();
      const value = work();
      const report: StepReport<T> = {
        step: name,
        ms: Math.round(performance.now() - start),
        rssMiB: Math.round(((process.resourceUsage().maxRSS - before) * 1024) / MiB),
        value,
      };
      process.stdout.write(`${JSON.stringify(report)}\n`);
      return value;
    },
  };
}
