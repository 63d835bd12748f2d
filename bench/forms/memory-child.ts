/** The measuring process of one form's memory and CPU time: a MemoryJob on stdin, a FormRow on stdout. Needs `--expose-gc`. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { BuiltSources } from './built-sources.ts';
import type { LoadedSource } from './form.ts';
import { openHost } from './hosts.ts';
import { type Taken, takenByTree } from './process-tree.ts';
import type { FormRow } from './results.ts';
import { COMPUTING, type FormName, WORK } from './subjects.ts';

export interface MemoryJob {
  readonly sources: BuiltSources;
  readonly catalogue: string;
  readonly form: FormName;
  readonly quick: boolean;
}

const job = JSON.parse(readFileSync(0, 'utf8')) as MemoryJob;
const isProcess = job.form === 'rpc-process' || job.form === 'grpc-service';
/** A process of its own is large enough to be seen among few. */
const PLUGINS = job.quick ? 3 : isProcess ? 8 : 20;
const CALLS = job.quick ? 30 : 1_000;
/** Of those that compute: a second of CPU and more. */
const COMPUTING_CALLS = job.quick ? 30 : 300;
/** What leaves little behind needs many; of those that start a process fewer fit into the time. */
const RELOADS = Math.ceil(
  (job.quick ? 0.025 : 1) *
    {
      'es-module': 1_000,
      'rpc-process': 20,
      'grpc-service': 20,
      'wasm-inline': 120,
      'wasm-worker': 120,
      'wasm-process': 120,
    }[job.form],
);
/** Loads, and calls, before anything is measured. */
const WARM_UP = job.quick ? 1 : isProcess ? 4 : 10;
const REFUSED = WORK['a call refused'];
/** Ended processes and collected memory take a while to show. */
const SETTLE_MS = 100;

const host = await openHost(job.form, job.sources);

async function load(): Promise<LoadedSource> {
  const source = await host.load(job.catalogue);
  await source.call('get_song_detail', { id: 'song-1' });
  return source;
}

async function taken(): Promise<Taken | undefined> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await delay(SETTLE_MS / 4);
  }
  return takenByTree();
}

const KIB = 1_024;
const each = (before: Taken | undefined, after: Taken | undefined, of: 'bytes' | 'cpuMs', count: number) =>
  before === undefined || after === undefined ? undefined : (after[of] - before[of]) / count;

let current = await load();
async function reload(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const next = await load();
    await current.close();
    current = next;
  }
}

await reload(WARM_UP);
const alone = await taken();
const others: LoadedSource[] = [];
for (let i = 0; i < PLUGINS; i++) others.push(await load());
const together = await taken();
for (const other of others.splice(0)) await other.close();

for (let i = 0; i < (job.quick ? 5 : 50); i++) await current.call(COMPUTING.name, COMPUTING.input);

const idle = takenByTree();
for (let i = 0; i < COMPUTING_CALLS; i++) await current.call(COMPUTING.name, COMPUTING.input);
const busy = takenByTree();

const times: number[] = [];
for (let i = 0; i < CALLS; i++) {
  const started = performance.now();
  await current.call(REFUSED.name, REFUSED.input).catch(() => {});
  times.push((performance.now() - started) * 1_000);
}
times.sort((a, b) => a - b);

const before = await taken();
await reload(RELOADS);
const after = await taken();
await current.close();
await host.close();

const memory = each(alone, together, 'bytes', PLUGINS);
const leak = each(before, after, 'bytes', RELOADS);
const row: FormRow = {
  form: job.form,
  memoryKiB: memory === undefined ? undefined : memory / KIB,
  cpuMs: each(idle, busy, 'cpuMs', COMPUTING_CALLS),
  p50Us: times[CALLS >> 1] ?? 0,
  p99Us: times[Math.floor(CALLS * 0.99)] ?? 0,
  reloadKiB: leak === undefined ? undefined : leak / KIB,
};
process.stdout.write(JSON.stringify(row), () => process.exit(0));
