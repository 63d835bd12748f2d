/**
 * Runs a host under test and watches it as a container would: over its memory its largest process is killed, and when it has
 * given no sign for too long, all of it.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type CaseName, caseNamed } from './cases.ts';
import type { HostJob } from './host-child.ts';
import { LIMITS, type Peer } from './peer.ts';
import type { HostResult } from './results.ts';

export const HOST_MEMORY_BYTES = 1024 * 1024 * 1024;
const PAGE_BYTES = 4096;
const LOOK_MS = 25;
const HOST = join(import.meta.dirname, 'host-child.ts');

/** Memory can be watched where the kernel tells of processes in files. */
const canWatchMemory = process.platform === 'linux';

/** What Node.js has compiled is kept between hosts: most of their time is starting. */
const COMPILED = join(tmpdir(), 'ringfence-bench-code');

export interface Attempt extends Pick<HostJob, 'calls' | 'callsMs' | 'guests'> {
  /** Until a host that gives no sign counts as hanging. @default for what a guest does for ever less than for what may take long */
  readonly patienceMs?: number | undefined;
}

const LOOP_PATIENCE_MS = 3 * LIMITS.deadlineMs;
const PATIENCE_MS = LIMITS.startDeadlineMs + 3 * LIMITS.deadlineMs;

/** Tries a peer with a case, in a host of its own. */
export async function tryCase(peer: Peer, name: CaseName, { patienceMs, ...some }: Attempt): Promise<HostResult> {
  const { watchesMemory, neverEnds } = caseNamed(name);
  if (watchesMemory === true && !canWatchMemory) return { outcome: 'none', detail: 'memory is watched on Linux only' };
  const usualMs = neverEnds === true ? LOOP_PATIENCE_MS : PATIENCE_MS;
  return runHost({ ...some, peer: peer.name, case: name }, peer.flags ?? [], patienceMs ?? usualMs);
}

async function runHost(job: HostJob, flags: readonly string[], patienceMs: number): Promise<HostResult> {
  const host = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, HOST], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
    // A group of its own: what it leaves behind is ended with it.
    detached: true,
  });
  const pid = host.pid as number;
  const signs = host.stdio[3] as Readable;
  const result = text(signs);
  const complaint = text(host.stderr as Readable);
  host.stdin?.end(JSON.stringify(job));

  let isLate = false;
  let killed: 'host' | 'child' | undefined;
  const memory = setInterval(() => {
    const processes = canWatchMemory ? processTree(pid) : [];
    if (processes.reduce((sum, { bytes }) => sum + bytes, 0) <= HOST_MEMORY_BYTES) return;
    const largest = processes.reduce((most, each) => (each.bytes > most.bytes ? each : most));
    killed = largest.pid === pid ? 'host' : (killed ?? 'child');
    end(largest.pid);
  }, LOOK_MS);
  const late = setTimeout(() => {
    isLate = true;
    end(-pid);
  }, patienceMs);
  signs.on('data', () => late.refresh());
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    host.on('exit', (...how) => resolve(how));
  });
  clearInterval(memory);
  clearTimeout(late);
  end(-pid);

  const answer = (await result).trim();
  if (answer !== '') {
    const said = JSON.parse(answer) as HostResult;
    if (killed !== 'child' || said.outcome === 'hangs') return said;
    return { outcome: 'loss', detail: `${said.detail}; a child took the memory of the whole host` };
  }
  if (killed === 'host') return { outcome: 'ends', detail: `took over ${HOST_MEMORY_BYTES / 2 ** 20} MiB` };
  if (isLate) return { outcome: 'hangs', detail: 'the event loop stands still' };
  return { outcome: 'ends', detail: `the host ended with ${signal ?? code}: ${lastWords(await complaint)}` };
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

interface Resident {
  readonly pid: number;
  readonly bytes: number;
}

function processTree(pid: number): Resident[] {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const below = children === '' ? [] : children.split(' ').flatMap((child) => processTree(Number(child)));
    return [{ pid, bytes: Number(pages) * PAGE_BYTES }, ...below];
  } catch {
    // Gone between two looks.
    return [];
  }
}

/** The line of a crash report that names the error. */
function lastWords(complaint: string): string {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /^(?:Uncaught )?\w*Error\b|FATAL/.test(line.trim())) ?? lines.at(-1) ?? 'without a word')
    .trim()
    .slice(0, 160);
}
