/**
 * What metering costs: `npm run bench:fuel -- [options]`.
 *
 * Run time of each program metered against raw V8, in fresh processes, all variants interleaved in each; then code growth,
 * V8's compile time and the rewriter's own speed. `--json` prints one document instead of the tables.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROGRAMS, type Program, readProgram } from '../programs/programs.ts';
import { choose, whole } from '../support/arguments.ts';
import { describeMachine } from '../support/machine.ts';
import { type Runtime, spawnChild } from '../support/spawn.ts';
import { measureCode } from './code.ts';
import type { Measured, MeasureJob, ProgramJob, Variant } from './job.ts';
import { hintFlags, LIFTOFF, MODES, type Mode } from './modes.ts';
import { printReport } from './report.ts';
import { summarise } from './results.ts';
import { loadSubjects, type Subject } from './subjects.ts';

const HELP = `Usage: npm run bench:fuel -- [options]
  --json               one JSON document on stdout, progress on stderr
  --programs a,b       only these programs
  --modes a,b          of: default, turbofan, liftoff           [default,turbofan]
  --processes N        fresh processes per mode                 [3, and 2 where V8 has one compiler]
  --rounds N           measured runs per process and variant    [2]
  --meter name=path    measure another meter too (a module that exports meter); may be repeated
  --node path          run the programs under another Node.js
  --flags "--a --b"    more V8 flags for the measuring processes
  --no-peer            leave out the peer
  --no-code            leave out code growth, compile time and the rewriter's speed
  --quick              nine programs, default tiering, one process, two rounds, no peer: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    programs: { type: 'string' },
    modes: { type: 'string' },
    processes: { type: 'string' },
    rounds: { type: 'string' },
    meter: { type: 'string', multiple: true, default: [] },
    node: { type: 'string', default: process.execPath },
    flags: { type: 'string', default: '' },
    peer: { type: 'boolean' },
    code: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

/** From each language, and among them those that metering costs most. */
const QUICK_PROGRAMS = 'bytecode-vm,csv,fft,json-parser,lz,nbody,regex,sha256,word-count';
const PEER_ROUNDS = 1;
const MEASURE = join(import.meta.dirname, 'measure-child.ts');

/** Writes each subject's form of each program to a file. What a peer refuses is left out, and told. */
function prepare(
  folder: string,
  programs: readonly Program[],
  subjects: readonly Subject[],
  rounds: number,
): ProgramJob[] {
  const refused = new Map<string, string[]>();
  const jobs = programs.map((program): ProgramJob => {
    const bytes = readProgram(program);
    const variants = subjects.flatMap((subject, i): Variant[] => {
      try {
        const prepared = subject.prepare(bytes);
        const file = join(folder, `${program.name}-${i}.wasm`);
        writeFileSync(file, prepared.bytes);
        return [{ subject: subject.name, file, drive: prepared.drive, rounds: subject.slow ? PEER_ROUNDS : rounds }];
      } catch (error) {
        if (!subject.slow) throw error;
        refused.set(subject.name, [...(refused.get(subject.name) ?? []), program.name]);
        return [];
      }
    });
    return { program: program.name, ...program.full, firstRun: program.small, variants };
  });
  for (const [subject, names] of refused) console.error(`${subject} cannot rewrite ${names.join(', ')}`);
  return jobs;
}

function measure(
  runtime: Runtime,
  mode: Mode,
  jobs: readonly ProgramJob[],
  slow: ReadonlySet<string>,
  processes: number,
): Measured[][] {
  const started = performance.now();
  const results: Measured[][] = [];
  for (let process = 0; process < processes; process++) {
    const withSlow = process === 0 && mode.name === 'default';
    const programs = jobs.map((job) => ({
      ...job,
      variants: job.variants.filter(({ subject }) => withSlow || !slow.has(subject)),
    }));
    const job: MeasureJob = { seed: 1 + process, warmUps: mode.warmUps, programs };
    results.push(spawnChild<Measured[]>(runtime, MEASURE, mode.flags, job));
    const seconds = Math.round((performance.now() - started) / 1000);
    console.error(`${mode.title}: process ${process + 1} of ${processes}, ${seconds} s`);
  }
  return results;
}

if (given.help) {
  console.log(HELP);
} else {
  const programs = choose(PROGRAMS, given.programs ?? (given.quick ? QUICK_PROGRAMS : undefined));
  const modes = choose([...MODES, LIFTOFF], given.modes ?? (given.quick ? 'default' : 'default,turbofan'));
  const processesOf = (mode: Mode): number => whole('--processes', given.processes, given.quick ? 1 : mode.processes);
  const rounds = whole('--rounds', given.rounds, 2);
  const subjects = await loadSubjects(given.meter, given.peer ?? !given.quick);
  const machine = describeMachine(resolve(given.node));
  const flags = [...hintFlags(machine.node), ...given.flags.split(' ').filter((flag) => flag !== '')];
  const runtime: Runtime = { nodePath: resolve(given.node), flags };
  const folder = mkdtempSync(join(tmpdir(), 'ringfence-bench-'));
  try {
    const jobs = prepare(folder, programs, subjects, rounds);
    const slow = new Set(subjects.filter((subject) => subject.slow).map(({ name }) => name));
    const measured = modes.map((mode) => ({ mode, processes: measure(runtime, mode, jobs, slow, processesOf(mode)) }));
    const code = given.code ? measureCode(runtime, folder, programs, subjects, given.quick) : undefined;
    const results = summarise(machine, measured, code);
    if (given.json) console.log(JSON.stringify(results, undefined, 2));
    else printReport(results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
