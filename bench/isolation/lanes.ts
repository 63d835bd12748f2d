/** Hosts under test, some at the same time: most of them wait more than they compute. */
import { availableParallelism } from 'node:os';
import type { CaseName } from './cases.ts';
import type { CaseResult, HostResult } from './results.ts';

export const LANES = availableParallelism();

/** Long ones first, so that no lane is left with one at the end. */
const LONG: readonly CaseName[] = ['a million calls', 'a thousand guests'];

/**
 * Where nothing but time was lost, and it may have been the neighbours who took it, the case is tried once more, alone: then that
 * is what came of it.
 * @returns what came of each job, in their order
 */
export async function runInLanes<Job extends { readonly name: CaseName }>(
  jobs: readonly Job[],
  run: (job: Job) => Promise<HostResult>,
  lanes = LANES,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const again: number[] = [];
  const order = [...jobs.keys()].sort((a, b) => rank(jobs[a]?.name) - rank(jobs[b]?.name));
  const lane = async (): Promise<void> => {
    for (let at = order.shift(); at !== undefined; at = order.shift()) {
      const { isDoubtful, ...result } = await run(jobs[at] as Job);
      results[at] = result;
      if (isDoubtful === true) again.push(at);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const at of again) {
    const { outcome, detail } = await run(jobs[at] as Job);
    results[at] = { outcome, detail: `${detail}; tried again alone` };
  }
  return results;
}

function rank(name: CaseName | undefined): number {
  const at = name === undefined ? -1 : LONG.indexOf(name);
  return at < 0 ? LONG.length : at;
}
