/** The measuring process: `node [V8 flags] measure-child.ts`, a PriceJob on stdin, Measured on stdout. */
import { readFileSync } from 'node:fs';
import { countingModule, takeCount } from '../../test/meter/support/reference-counter.ts';
import type { Growth, GrowthModule, LoopModule, LoopTime, Measured, PriceJob } from './job.ts';
import { DATA } from './loop.ts';

type Run = (n: number, i: number, j: bigint, f: number, d: number) => void;

/** Seldom interrupted: the fastest of many is what it takes. */
const WINDOW_MS = 0.2;

const job = JSON.parse(readFileSync(0, 'utf8')) as PriceJob;

function instantiate(bytes: Uint8Array<ArrayBuffer>): { instance: WebAssembly.Instance; run: (n: number) => void } {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { buffer } = instance.exports.memory as WebAssembly.Memory;
  let state = 0x9e3779b9;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const view = new DataView(buffer);
  for (let at = 0; at < 1024; at += 4) view.setUint32(DATA.int + at, random(), true);
  for (const start of [DATA.f32, DATA.f32x4]) {
    for (let at = 0; at < 1024; at += 4) view.setFloat32(start + at, 1 + random() / 2 ** 32, true);
  }
  for (const start of [DATA.f64, DATA.f64x2]) {
    for (let at = 0; at < 1024; at += 8) view.setFloat64(start + at, 1 + random() / 2 ** 32, true);
  }
  // Loads that chase a pointer start at 0 and find 0.
  view.setUint32(0, 0, true);
  const run = instance.exports.run as Run;
  return { instance, run: (n) => run(n, 7, 7n, 1.25, 1.25) };
}

const read = (file: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(file));

function time({ id, file, repetitions }: LoopModule): LoopTime {
  const bytes = read(file);
  const { run } = instantiate(bytes);
  run(1);
  let rounds = 1;
  for (;;) {
    const before = performance.now();
    run(rounds);
    if (performance.now() - before >= WINDOW_MS || rounds > 1e9) break;
    rounds *= 2;
  }
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + job.loopMs;
  for (let window = 0; window < job.windows || performance.now() < end; window++) {
    const before = performance.now();
    run(rounds);
    best = Math.min(best, performance.now() - before);
  }
  return { id, ns: (best * 1e6) / rounds / repetitions, fuel: fuelOf(bytes) / repetitions };
}

/** Of one round. */
function fuelOf(bytes: Uint8Array<ArrayBuffer>): number {
  const { instance, run } = instantiate(countingModule(bytes));
  run(1);
  const one = takeCount(instance);
  run(2);
  return takeCount(instance) - one;
}

/** In fresh instances: what has grown stays. */
function growth({ instruction, unit, file, count }: GrowthModule): Growth {
  const module = new WebAssembly.Module(read(file));
  const perUnit = (name: string): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 10; i++) {
      const { exports } = new WebAssembly.Instance(module);
      const before = performance.now();
      (exports[name] as (n: number) => void)(count);
      best = Math.min(best, performance.now() - before);
    }
    return (best * 1e6) / count;
  };
  return { instruction, unit, oneByOneNs: perUnit('each'), atOnceNs: perUnit('all') };
}

const measured: Measured = { loops: job.loops.map(time), growth: job.growth.map(growth) };
process.stdout.write(JSON.stringify(measured));
