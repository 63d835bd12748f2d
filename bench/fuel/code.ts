/** What metering does to the code itself: its size, V8's time to compile it, and the time to rewrite it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { SECTION } from '../../engine/wasm/sections/layout.ts';
import { type Program, readProgram } from '../programs/programs.ts';
import { type Runtime, spawnChild } from '../support/spawn.ts';
import { geomean } from '../support/statistics.ts';
import type { CompileJob } from './compile-child.ts';
import { LIFTOFF, MODES } from './modes.ts';
import type { RewriteJob, RewriteRow } from './rewrite-child.ts';
import { RAW, type Subject } from './subjects.ts';
import { synthesise } from './synthesise.ts';

/** Sources of the modules whose compilation is timed: repeated to this size, so that the time is worth measuring. */
const COMPILED = ['word-count', 'json-parser', 'hash-map', 'tokeniser', 'regex', 'sha256'];
const COMPILED_BYTES = 150_000;
const QUICK_COMPILED_BYTES = 60_000;

/** The source of the modules that are rewritten: the largest program. */
const REWRITTEN = 'word-count';
const REWRITE_SIZES = [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000];
/** Of both, to a look one. */
const ROUNDS = 2;
/** The largest that a look rewrites. */
const QUICK_BYTES = 1_000_000;

export interface CodeRow {
  readonly subject: string;
  /** Size of the module and of its code section against the original, geometric means over the programs. */
  readonly growth: number;
  readonly codeGrowth: number;
  /** CPU time of compiling with each compiler against the original, geometric means over large modules. */
  readonly turbofanCompile: number;
  readonly liftoffCompile: number;
}

export interface CodeResults {
  readonly subjects: readonly CodeRow[];
  readonly rewriter: readonly RewriteRow[];
}

export function measureCode(
  runtime: Runtime,
  folder: string,
  programs: readonly Program[],
  subjects: readonly Subject[],
  isQuick: boolean,
): CodeResults {
  const rounds = isQuick ? 1 : ROUNDS;
  const measured = subjects.filter(({ slow }) => !slow);
  const compiledBytes = isQuick ? QUICK_COMPILED_BYTES : COMPILED_BYTES;
  const large = COMPILED.map((name) => ({ name, bytes: synthesise(readProgram({ name }), compiledBytes) }));
  const files = measured.map((subject, i) =>
    large.map(({ name, bytes }) => {
      const file = join(folder, `large-${name}-${i}.wasm`);
      writeFileSync(file, subject.prepare(bytes).bytes);
      return file;
    }),
  );
  const turbofan = compile(runtime, MODES.find(({ name }) => name === 'turbofan')?.flags ?? [], files, rounds);
  const liftoff = compile(runtime, LIFTOFF.flags, files, rounds);
  const raw = measured.findIndex(({ name }) => name === RAW);
  const ratio = (times: readonly (readonly number[])[], i: number): number =>
    geomean(large.map((_, k) => (times[i]?.[k] ?? Number.NaN) / (times[raw]?.[k] ?? Number.NaN)));

  const originals = programs.map(readProgram);
  return {
    subjects: measured.map((subject, i) => {
      const rewritten = originals.map((bytes) => subject.prepare(bytes).bytes);
      return {
        subject: subject.name,
        growth: geomean(rewritten.map((bytes, k) => bytes.length / (originals[k]?.length ?? Number.NaN))),
        codeGrowth: geomean(rewritten.map((bytes, k) => codeBytes(bytes) / codeBytes(originals[k] ?? bytes))),
        turbofanCompile: ratio(turbofan, i),
        liftoffCompile: ratio(liftoff, i),
      };
    }),
    rewriter: rewrite(folder, isQuick ? QUICK_BYTES : Number.POSITIVE_INFINITY, rounds),
  };
}

/** Fastest times by subject and module. All subjects in one process, in turns. */
function compile(
  runtime: Runtime,
  flags: readonly string[],
  files: readonly (readonly string[])[],
  rounds: number,
): number[][] {
  const job: CompileJob = { files: files.flat(), rounds };
  const times = spawnChild<number[]>(runtime, join(import.meta.dirname, 'compile-child.ts'), flags, job);
  return files.map((row, i) => times.slice(i * row.length, (i + 1) * row.length));
}

function rewrite(folder: string, mostBytes: number, rounds: number): RewriteRow[] {
  const file = join(folder, 'rewritten.wasm');
  writeFileSync(file, readProgram({ name: REWRITTEN }));
  const job: RewriteJob = { file, sizes: REWRITE_SIZES.filter((size) => size <= mostBytes), rounds };
  const script = join(import.meta.dirname, 'rewrite-child.ts');
  return spawnChild<RewriteRow[]>({ nodePath: process.execPath, flags: [] }, script, [], job);
}

function codeBytes(bytes: Uint8Array): number {
  const code = decodeModule(bytes).sections[SECTION.code];
  return code === undefined ? 0 : code.end - code.start;
}
