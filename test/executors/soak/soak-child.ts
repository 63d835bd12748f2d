/** The process in which one executor is soaked: a SoakJob on stdin, a SoakReport on stdout. */
import { readFileSync } from 'node:fs';
import { createEngine, type Engine, isRingfenceError, type Plugin } from '../../../engine/index.ts';
import { compilePlugin, ECHO } from '../../support/wat.ts';
import { measureHeld } from './held.ts';
import type { Held, SoakJob, SoakReport } from './job.ts';

/** Calls that overlap: over several instances, and some of them in the queue. */
const CALLERS = 16;
const INSTANCES = 4;
/** Most calls are small. Every so many there is a large one, one that fails in good order, and one that ends its instance. */
const LARGE_EVERY = 200;
const FAIL_EVERY = 90;
const TRAP_EVERY = 5_000;
const LARGE_BYTES = 64 * 1024;
/** Modules that are loaded in turns. */
const MODULES = 20;

const small = new TextEncoder().encode('sixteen bytes, 16');
const large = new Uint8Array(LARGE_BYTES).fill(120);
const compile = (version: number): Uint8Array<ArrayBuffer> =>
  compilePlugin({
    name: 'soaked',
    version: `1.0.${version}`,
    memory: '4 64',
    functions: { echo: ECHO, fail: '(i64.const -1)', trap: '(unreachable)' },
  });

async function callOnce(plugin: Plugin, i: number): Promise<void> {
  if (i % TRAP_EVERY === TRAP_EVERY - 1) return expectFailure(plugin, 'trap', 'TRAP');
  if (i % FAIL_EVERY === FAIL_EVERY - 1) return expectFailure(plugin, 'fail', 'GUEST_ERROR');
  const input = i % LARGE_EVERY === LARGE_EVERY - 1 ? large : small;
  const output = await plugin.callBytes('echo', input);
  if (output.length !== input.length || output[1] !== input[1]) throw new Error(`call ${i} does not echo`);
}

async function expectFailure(plugin: Plugin, name: string, code: string): Promise<void> {
  try {
    await plugin.callBytes(name, small);
  } catch (error) {
    if (isRingfenceError(error, code as 'TRAP')) return;
    throw error;
  }
  throw new Error(`${name} returned`);
}

async function callMany(plugin: Plugin, from: number, to: number): Promise<void> {
  let next = from;
  const caller = async (): Promise<void> => {
    while (next < to) await callOnce(plugin, next++);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function loadMany(engine: Engine, modules: readonly Uint8Array[], from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const plugin = await engine.load(modules[i % modules.length] as Uint8Array, { id: `soaked-${i}` });
    await plugin.callBytes('echo', small);
    await plugin.unload();
  }
}

const job = JSON.parse(readFileSync(0, 'utf8')) as SoakJob;
const startedAt = performance.now();
const tenths: Held[] = [];
const engine = await createEngine({
  executor: job.executor,
  workers: 2,
  limits: { instances: INSTANCES, queue: CALLERS },
});
const modules = Array.from({ length: job.work === 'loads' ? MODULES : 1 }, (_, i) => compile(i));
const plugin = job.work === 'calls' ? await engine.load(modules[0] as Uint8Array) : undefined;
for (let tenth = 0; tenth < 10; tenth++) {
  const [from, to] = [Math.floor((job.count * tenth) / 10), Math.floor((job.count * (tenth + 1)) / 10)];
  if (plugin === undefined) await loadMany(engine, modules, from, to);
  else await callMany(plugin, from, to);
  tenths.push(await measureHeld(to));
}
await engine.close();
const report: SoakReport = { ...job, tenths, seconds: (performance.now() - startedAt) / 1_000 };
process.stdout.write(JSON.stringify(report));
