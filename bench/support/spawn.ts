/** Runs a child script of a benchmark in a fresh process: JSON in, JSON out. */
import { execFileSync } from 'node:child_process';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Runtime {
  readonly nodePath: string;
  /** Flags for V8 in every child. */
  readonly flags: readonly string[];
}

/** @param script its path */
export function spawnChild<Answer>(
  { nodePath, flags }: Runtime,
  script: string,
  modeFlags: readonly string[],
  job: unknown,
): Answer {
  const args = [...flags, ...modeFlags, '--disable-warning=ExperimentalWarning', script];
  const answer = execFileSync(nodePath, args, {
    input: JSON.stringify(job),
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return JSON.parse(answer) as Answer;
}
