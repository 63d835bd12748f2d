/** What this process and its children hold. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Held } from './job.ts';

/** Collections until nothing more comes free: what one finds out, the next may let go. Needs `--expose-gc`. */
const COLLECTIONS = 4;
/** For threads and children to let go of what they have been told to. */
const PAUSE_MS = 20;

type Collect = (options: { readonly type: string; readonly execution: string; readonly flavor: string }) => void;

export async function measureHeld(done: number): Promise<Held> {
  for (let i = 0; i < COLLECTIONS; i++) {
    // As if memory were short: V8 then gives back the pages, too, that it keeps for later.
    (globalThis.gc as Collect | undefined)?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await sleep(PAUSE_MS);
  }
  const { heapUsed, external } = process.memoryUsage();
  return { done, rss: residentBytes(), heap: heapUsed + external };
}

const CHILD_RSS = /^VmRSS:\s+(\d+) kB/m;

function residentBytes(): number | undefined {
  let total = process.memoryUsage.rss();
  try {
    for (const task of readdirSync('/proc/self/task')) {
      const children = readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
      for (const child of children) {
        total += Number(CHILD_RSS.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
      }
    }
  } catch {
    return undefined;
  }
  return total;
}
