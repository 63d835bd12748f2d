/**
 * How fast the rewriter is: `npm run bench:meter -- [options]`.
 *
 * MB/s of checking and metering on modules from 60 KB to 10 MB, whether time grows linearly, and what metering does to size,
 * to V8's compile time and to memory. `--json` prints one document instead of the tables.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { meter } from '../../engine/meter/index.ts';
import type { CompileJob } from '../fuel/compile-child.ts';
import { LIFTOFF, MODES } from '../fuel/modes.ts';
import { choose, whole } from '../support/arguments.ts';
import { describeMachine } from '../support/machine.ts';
import { type Runtime, spawnChild } from '../support/spawn.ts';
import type { MemoryJob, MemorySample, MeteredFile, SpeedJob, SpeedSample } from './job.ts';
import { type MeteredSource, SOURCES } from './modules.ts';
import { printReport } from './report.ts';
import { type CodeRow, type MemoryRow, summarise } from './results.ts';

const PROCESSES = 3;
const HELP = `Usage: npm run bench:meter -- [options]
  --json               one JSON document on stdout, progress on stderr
  --modules a,b        only these modules
  --processes N        fresh processes                          [${PROCESSES}]
  --no-compile         leave out V8's compile time
  --quick              one process, one round, modules of up to 1 MB: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    modules: { type: 'string' },
    processes: { type: 'string' },
    compile: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

const NODE: Runtime = { nodePath: process.execPath, flags: [] };
/** One of each language, and a family. */
const QUICK_MODULES = 'wabt,json-parser,sha256,hash-map,word-count 100 KB,word-count 300 KB,word-count 1 MB';
/** TurboFan takes minutes for what is larger. */
const COMPILED_BYTES = given.quick ? 350_000 : 700_000;
const COMPILE_ROUNDS = given.quick ? 1 : 2;
const child = (script: string): string => join(import.meta.dirname, script);

function chosen(): readonly MeteredSource[] {
  return choose(SOURCES, given.modules ?? (given.quick ? QUICK_MODULES : undefined));
}

function measureSpeed(modules: readonly MeteredFile[], processes: number): SpeedSample[][] {
  const job: SpeedJob = given.quick
    ? { modules, roundMs: 0, minRounds: 1, warmUpMs: 0 }
    : { modules, roundMs: 300, minRounds: 3, warmUpMs: 2000 };
  return Array.from({ length: processes }, (_, i) => {
    const samples = spawnChild<SpeedSample[]>(NODE, child('speed-child.ts'), [], job);
    console.error(`speed: process ${i + 1} of ${processes}`);
    return samples;
  });
}

function measureCompile(
  folder: string,
  modules: readonly MeteredFile[],
  bytes: ReadonlyMap<string, Uint8Array>,
): Omit<CodeRow, 'growth'>[] {
  const small = modules.filter(({ name }) => (bytes.get(name)?.length ?? 0) <= COMPILED_BYTES);
  const metered = small.map(({ name }, i) => {
    const file = join(folder, `metered-${i}.wasm`);
    writeFileSync(file, meter(bytes.get(name) as Uint8Array).bytes);
    return file;
  });
  const job: CompileJob = { files: [...small.map(({ file }) => file), ...metered], rounds: COMPILE_ROUNDS };
  const ratios = (flags: readonly string[]): number[] => {
    const times = spawnChild<number[]>(NODE, child('../fuel/compile-child.ts'), flags, job);
    return small.map((_, i) => (times[small.length + i] ?? Number.NaN) / (times[i] ?? Number.NaN));
  };
  const turbofan = ratios(MODES.find(({ name }) => name === 'turbofan')?.flags ?? []);
  console.error('compile: TurboFan');
  const liftoff = ratios(LIFTOFF.flags);
  console.error('compile: Liftoff');
  return small.map(({ name }, i) => ({
    module: name,
    turbofanCompile: turbofan[i],
    liftoffCompile: liftoff[i],
  }));
}

function measureMemory({ name, file }: MeteredFile, bytes: Uint8Array): MemoryRow {
  const job: MemoryJob = { file };
  const { extraBytes } = spawnChild<MemorySample>(NODE, child('memory-child.ts'), [], job);
  return { module: name, extraPerByte: extraBytes === undefined ? undefined : extraBytes / bytes.length };
}

if (given.help) {
  console.log(HELP);
} else {
  const processes = whole('--processes', given.processes, given.quick ? 1 : PROCESSES);
  const folder = mkdtempSync(join(tmpdir(), 'ringfence-bench-'));
  try {
    const bytes = new Map<string, Uint8Array>();
    const modules: MeteredFile[] = [];
    for (const [i, { name, load }] of chosen().entries()) {
      const loaded = await load();
      const file = join(folder, `${i}.wasm`);
      writeFileSync(file, loaded);
      bytes.set(name, loaded);
      modules.push({ name, file });
    }
    const samples = measureSpeed(modules, processes);
    const compile = given.compile ? measureCompile(folder, modules, bytes) : [];
    const memory = modules.map((module) => measureMemory(module, bytes.get(module.name) as Uint8Array));
    const results = summarise(describeMachine(), samples, compile, memory);
    if (given.json) console.log(JSON.stringify(results, undefined, 2));
    else printReport(results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
