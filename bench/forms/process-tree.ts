/** What a process and its children take, as Linux tells it; undefined elsewhere. */
import { readFileSync } from 'node:fs';

export interface Taken {
  /** Memory, shared pages divided among those who share them. */
  readonly bytes: number;
  /** CPU time, in the program and in the system. */
  readonly cpuMs: number;
}

/** What `clock ticks` are in /proc on every system that Node.js runs on. */
const TICK_MS = 10;

export function takenByTree(pid: number = process.pid): Taken | undefined {
  if (process.platform !== 'linux') return undefined;
  const tree = [pid, ...childrenOf(pid)];
  let bytes = 0;
  let cpuMs = 0;
  for (const one of tree) {
    try {
      const [, kilobytes = '0'] = /^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8')) ?? [];
      bytes += Number(kilobytes) * 1_024;
      // Behind the name, which may hold anything.
      const stat = readFileSync(`/proc/${one}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      cpuMs += (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    } catch {
      // It ended meanwhile.
    }
  }
  return { bytes, cpuMs };
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const children = text === '' ? [] : text.split(' ').map(Number);
    return children.flatMap((child) => [child, ...childrenOf(child)]);
  } catch {
    return [];
  }
}
