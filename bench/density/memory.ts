/** What the system says of this process. */
import { readFileSync } from 'node:fs';

/** Bytes in the process's hands, after a collection. Needs `--expose-gc`. */
export function measureMemory(): { readonly rss: number; readonly heap: number } {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed };
}

const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) (\S+) /;
const RSS = /^Rss: +(\d+) kB/;
/** V8 reserves more than that around each memory, and nothing else is reserved like that. */
const GUARD_BYTES = 1e9;

/** Bytes of all linear memories that the system has really given; undefined where it does not say. */
export function residentLinearMemory(): number | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/self/smaps', 'latin1');
  } catch {
    return undefined;
  }
  let total = 0;
  let behindGuard = false;
  let isLinear = false;
  for (const line of text.split('\n')) {
    const [, start = '', end = '', permissions = ''] = MAPPING.exec(line) ?? [];
    if (permissions !== '') {
      const isGuard = permissions === '---p' && Number.parseInt(end, 16) - Number.parseInt(start, 16) > GUARD_BYTES;
      isLinear = behindGuard && permissions.startsWith('rw');
      behindGuard = isGuard;
    } else if (isLinear) {
      total += Number(RSS.exec(line)?.[1] ?? 0) * 1_024;
    }
  }
  return total;
}

/** Memories of one page that fit into the address space. */
export function countMemories(): number {
  const kept: WebAssembly.Memory[] = [];
  try {
    for (;;) kept.push(new WebAssembly.Memory({ initial: 1, maximum: 16 }));
  } catch {
    return kept.length;
  }
}
