/**
 * What instructions take on V8, beside their prices: `npm run bench:prices -- [options]`.
 *
 * For every instruction loops are made that repeat it, and timed against the same loops without it, in TurboFan's code. What that is in fuel,
 * at the mean rate of the benchmark programs, stands beside the price. `--json` prints one document instead of the tables.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { COST_TABLE_VERSION } from '../../engine/meter/index.ts';
import { fuelPerMs } from '../../engine/runtime/fuel-rate.ts';
import { compileWat } from '../../test/support/wat.ts';
import { describeMachine } from '../support/machine.ts';
import { spawnChild } from '../support/spawn.ts';
import { geomean } from '../support/statistics.ts';
import { type InstructionLoops, instructionLoops } from './instructions.ts';
import type { LoopModule, Measured, PriceJob } from './job.ts';
import { baselineOf, type Loop, loopModule, REPETITIONS } from './loop.ts';
import { programRates } from './program-rates.ts';
import { printReport } from './report.ts';
import { growthRows, instructionRow, type Results, sizedRow, specialRow } from './results.ts';
import { GROWTH_LOOPS, SIZED_LOOPS, type SizedLoop, SPECIAL_LOOPS } from './special.ts';

const HELP = `Usage: npm run bench:prices -- [options]
  --json               one JSON document on stdout
  --all                every instruction, and not only the dearest of each price
  --only a,b           only instructions whose name contains one of these
  --quick              short loops: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

const TURBOFAN = ['--no-liftoff', '--no-wasm-lazy-compilation'];
const parts = given.only?.split(',');
const isChosen = (name: string): boolean => parts === undefined || parts.some((part) => name.includes(part));

interface NamedLoop {
  readonly id: string;
  readonly loop: Loop;
}

const withBaseline = (id: string, loop: Loop): NamedLoop[] => [
  { id, loop },
  { id: `${id} baseline`, loop: baselineOf(loop) },
];
const ofInstruction = ({ name, chain, row }: InstructionLoops): NamedLoop[] => [
  ...(chain === undefined ? [] : withBaseline(`${name} chain`, chain)),
  ...withBaseline(`${name} row`, row),
];
const sizedId = ({ instruction, large }: SizedLoop): string => `${instruction} ${large}`;
const ofSize = (loop: SizedLoop): NamedLoop[] =>
  (['small', 'large'] as const).map((size) => ({
    id: `${sizedId(loop)} ${size}`,
    loop: { ...loop, body: loop.body.replaceAll('$L', String(loop[size])) },
  }));

/** Assembles into files for the measuring process. */
class Modules {
  readonly #dir: string;
  #count = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  loop({ id, loop }: NamedLoop): LoopModule {
    return { id, file: this.write(loopModule(loop)), repetitions: loop.repetitions ?? REPETITIONS };
  }

  write(text: string): string {
    const file = join(this.#dir, `${this.#count++}.wasm`);
    writeFileSync(file, compileWat(text));
    return file;
  }
}

function measure(dir: string): Results {
  const modules = new Modules(dir);
  const instructions = instructionLoops().filter(({ name }) => isChosen(name));
  const special = Object.entries(SPECIAL_LOOPS).filter(([name]) => isChosen(name));
  const sized = SIZED_LOOPS.filter(({ instruction }) => isChosen(instruction));
  const job: PriceJob = {
    loops: [
      ...instructions.flatMap(ofInstruction),
      ...special.flatMap(([name, loop]) => withBaseline(name, loop)),
      ...sized.flatMap(ofSize),
    ].map((named) => modules.loop(named)),
    growth: GROWTH_LOOPS.filter(({ instruction }) => isChosen(instruction)).map(({ text, ...growth }) => ({
      ...growth,
      file: modules.write(text),
    })),
    loopMs: given.quick ? 1 : 8,
    windows: given.quick ? 1 : 25,
  };
  const runtime = { nodePath: process.execPath, flags: [] };
  const { loops, growth } = spawnChild<Measured>(runtime, join(import.meta.dirname, 'measure-child.ts'), TURBOFAN, job);
  const programs = programRates(given.quick ? 2 : 40);
  const mean = geomean(programs.map((program) => program.fuelPerMs));
  const times = new Map(loops.map((loop) => [loop.id, loop]));
  return {
    suite: 'prices',
    machine: describeMachine(),
    costTableVersion: COST_TABLE_VERSION,
    meanFuelPerMs: Math.round(mean),
    calibratedFuelPerMs: fuelPerMs(),
    programs,
    rows: [
      ...instructions.map((loop) => instructionRow(loop, times, mean)),
      ...special.map(([name, loop]) => specialRow(name, loop, times, mean)),
    ],
    sized: [
      ...sized.map((loop) => sizedRow(loop, sizedId(loop), times, mean)),
      ...growth.flatMap((row) => growthRows(row, mean)),
    ],
  };
}

if (given.help) console.log(HELP);
else {
  const dir = mkdtempSync(join(tmpdir(), 'ringfence-prices-'));
  try {
    const results = measure(dir);
    if (given.json) console.log(JSON.stringify(results, undefined, 2));
    else printReport(results, given.all);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
