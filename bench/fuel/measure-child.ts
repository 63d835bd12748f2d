/**
 * The measuring process: `node [V8 flags] measure-child.ts`, a MeasureJob on stdin, Measured[] on stdout.
 *
 * All variants of a program live in this one process and take turns, so that whatever slows the machine down slows them all.
 * Time is the CPU time of the process: on a shared machine the wall clock mostly measures the neighbours.
 */
import { readFileSync } from 'node:fs';
import { Driver } from '../../test/meter/support/driver.ts';
import { random } from '../../test/support/random.ts';
import { shuffle } from '../support/shuffle.ts';
import type { Measured, MeasureJob, ProgramJob, Variant } from './job.ts';

type Run = (n: number) => number;

interface Running {
  readonly run: Run;
  readonly fuel: () => number | undefined;
  readonly refills: () => number | undefined;
}

const UNLIMITED = 2 ** 46;
const job = JSON.parse(readFileSync(0, 'utf8')) as MeasureJob;
const below = random(job.seed);

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function instantiate(bytes: Uint8Array<ArrayBuffer>, { drive }: Variant): Running {
  const module = new WebAssembly.Module(bytes);
  const nothing = (): undefined => undefined;
  switch (drive.kind) {
    case 'raw': {
      const { exports } = new WebAssembly.Instance(module);
      return { run: exports.run as Run, fuel: nothing, refills: nothing };
    }
    case 'sliced': {
      const deadline = performance.now() + 3_600_000;
      const driver = new Driver(drive.hidden, { stop: () => performance.now() > deadline });
      const instance = new WebAssembly.Instance(module, driver.imports());
      driver.attach(instance);
      driver.spend(UNLIMITED, () => driver.start(instance));
      const guest = instance.exports.run as Run;
      return {
        run: (n) => driver.spend(UNLIMITED, () => guest(n)),
        fuel: () => driver.used,
        refills: () => driver.refills,
      };
    }
    case 'use-gas': {
      let used = 0;
      const usegas = (amount: number): void => {
        used += amount;
        if (used > UNLIMITED) throw new Error('out of gas');
      };
      const { exports } = new WebAssembly.Instance(module, { metering: { usegas } });
      const guest = exports.run as Run;
      const run = (n: number): number => {
        used = 0;
        return guest(n);
      };
      return { run, fuel: () => used, refills: nothing };
    }
  }
}

function measure({ program, n, expected, firstRun, variants }: ProgramJob): Measured[] {
  const live = shuffle(variants, below).map((variant) => {
    const bytes = new Uint8Array(readFileSync(variant.file));
    const before = cpuMs();
    const running = instantiate(bytes, variant);
    const answer = running.run(firstRun.n);
    const firstRunMs = cpuMs() - before;
    if (answer !== firstRun.expected)
      throw new Error(`${program} (${variant.subject}): ${answer}, not ${firstRun.expected}`);
    return { variant, running, firstRunMs, runsMs: [] as number[] };
  });
  const most = Math.max(...variants.map(({ rounds }) => rounds));
  for (let round = -job.warmUps; round < most; round++) {
    for (const { variant, running, runsMs } of shuffle(live, below)) {
      // A slow peer also warms up less: one run is enough for what it compiles to.
      if (round >= variant.rounds || (round < -1 && variant.rounds < most)) continue;
      const before = cpuMs();
      const answer = running.run(n);
      const elapsed = cpuMs() - before;
      if (answer !== expected) throw new Error(`${program} (${variant.subject}): ${answer}, not ${expected}`);
      if (round >= 0) runsMs.push(elapsed);
    }
  }
  return live.map(({ variant: { subject }, running, firstRunMs, runsMs }) => ({
    program,
    subject,
    firstRunMs,
    bestMs: Math.min(...runsMs),
    runsMs,
    fuel: running.fuel(),
    refills: running.refills(),
  }));
}

process.stdout.write(JSON.stringify(shuffle(job.programs, below).flatMap(measure)));
