/**
 * What must hold for every call of a loop, each in an instance of its own:
 *
 * - within the budget the metered loop does what the raw one does, and uses the fuel that the reference counter counted;
 * - beyond it, it is stopped: one fuel less than it uses is not enough, and it runs on for no more than a bounded amount;
 * - slices change nothing.
 */
import { type MeterReport, meter } from '../../../engine/meter/index.ts';
import { decodeModule } from '../../../engine/wasm/decode.ts';
import { decodeInstructions } from '../../../engine/wasm/instructions.ts';
import { printModule } from '../../../engine/wasm/print.ts';
import type { DriverOptions } from '../../meter/support/driver.ts';
import { countingModule } from '../../meter/support/reference-counter.ts';
import { type Random, random } from '../../support/random.ts';
import { anyCosts, expectEqual, tableOf, Violation } from './check.ts';
import { generatorHost } from './hosts.ts';
import { loopModule } from './loop-module.ts';
import type { Call, GeneratedModule } from './module-generator.ts';
import { countingMeter, fuelMeter, type Meter, type Outcome, rawMeter, Session } from './session.ts';

export type LoopEnds = Record<Outcome['kind'], number>;

/** Fuel. Loops that do not end by themselves use several times as much before they are out of rounds. */
const PLENTY = 100_000;
/** Fuel that a call may use beyond its budget: the stretches of its counting loops, and what it owes besides. */
const MOST_BEYOND = 80_000;
/** Fuel that may be paid ahead where a trap ends the call: what it would have run otherwise. */
const MOST_AHEAD = 2_000;
const SLICES = [1, 7, 1_000, 20_000, PLENTY];

const SHORTEST_STRETCH = 64;
const AIMED_CALLS = 4;
const MAX = 0x7fff_ffff;

interface Run {
  readonly outcome: Outcome;
  readonly state: readonly unknown[];
  readonly used: number;
  readonly billed: number;
}

interface Forms {
  readonly raw: WebAssembly.Module;
  readonly counting: WebAssembly.Module;
  readonly metered: WebAssembly.Module;
  readonly report: MeterReport;
  /** How far the variable goes between two looks at the fuel: constants that the meter adds to something. */
  readonly stretches: readonly number[];
}

/** @throws Error with the seed, the law that was broken, and the module @returns how many calls with plenty of fuel ended how */
export function runLoopSeed(seed: number): LoopEnds {
  const generated = loopModule(seed);
  const ends: LoopEnds = { returned: 0, trapped: 0, thrown: 0, 'out of fuel': 0, 'stack overflow': 0, swallowed: 0 };
  const next = random(seed);
  let call: Call | undefined;
  try {
    const forms = formsOf(generated, next);
    for (call of [...generated.calls, ...aimedCalls(generated, forms, next)]) ends[checkCall(forms, call, next)]++;
  } catch (error) {
    throw new Error(`loop seed ${seed}, ${call?.name}(${call?.args.join(', ')}): ${explain(generated, error)}`, {
      cause: error,
    });
  }
  return ends;
}

/** Whether the meter lets a loop of the module count for itself. */
export function countsForItself(seed: number): boolean {
  return stretchesOf(meter(loopModule(seed).bytes).bytes).length > 0;
}

function formsOf({ bytes }: GeneratedModule, next: Random): Forms {
  const costs = next(8) === 0 ? anyCosts(next) : {};
  const metered = meter(bytes, { costs });
  return {
    raw: new WebAssembly.Module(bytes),
    counting: new WebAssembly.Module(countingModule(bytes, tableOf(costs))),
    metered: new WebAssembly.Module(metered.bytes),
    report: metered.report,
    stretches: stretchesOf(metered.bytes),
  };
}

function stretchesOf(metered: Uint8Array): number[] {
  const found = new Set<number>();
  let constant = 0;
  for (const { code } of decodeModule(metered).bodies) {
    for (const { row, immediates } of decodeInstructions(metered, code)) {
      if (row.name === 'i32.add' && Math.abs(constant) > SHORTEST_STRETCH) found.add(constant);
      constant = row.name === 'i32.const' ? (immediates[0]?.value as number) : 0;
    }
  }
  return [...found];
}

/** Calls that begin one stretch, or two, before the bound or the end of the range, or just beside that. */
function aimedCalls({ calls }: GeneratedModule, { stretches }: Forms, next: Random): Call[] {
  return stretches.flatMap((stretch) =>
    Array.from({ length: AIMED_CALLS }, (): Call => {
      const { name, args } = calls[next(calls.length)] as Call;
      const bound = Number(args[1]);
      const target = [bound, bound, 0, MAX, -1, -MAX - 1][next(6)] as number;
      const beside = next(3) > 0 ? 0 : next(9) - 4;
      return { name, args: [(target - stretch * (1 + next(2)) + beside) | 0, next(3) === 0 ? target : bound] };
    }),
  );
}

function checkCall({ raw, counting, metered, report }: Forms, call: Call, next: Random): Outcome['kind'] {
  const expected = run(raw, rawMeter(), call, 0);
  const { used: fuel, ...counted } = run(counting, countingMeter(), call, 0);
  expectEqual('the reference counter changes nothing', expected.outcome, counted.outcome);
  const spend = (budget: number, options: DriverOptions): Run => run(metered, fuelMeter(report, options), call, budget);
  const slices = (): DriverOptions => {
    const slice = SLICES[next(SLICES.length)] as number;
    return { firstSlice: slice, largestSlice: slice };
  };
  const budgets = [PLENTY, next(Math.min(fuel, PLENTY))];
  if (fuel <= PLENTY) budgets.push(fuel, fuel - 1);
  for (const budget of budgets) {
    const whole = spend(budget, { firstSlice: PLENTY });
    expectLaws(expected, fuel, whole, budget);
    const pieces = spend(budget, slices());
    expectLaws(expected, fuel, pieces, budget);
    expectEqual('slices change no outcome', whole.outcome, pieces.outcome);
    expectEqual('slices change no state', whole.state, pieces.state);
  }
  return spend(PLENTY, {}).outcome.kind;
}

function expectLaws(expected: Run, fuel: number, { outcome, state, used, billed }: Run, budget: number): void {
  if (outcome.kind === 'out of fuel') {
    const needed = expected.outcome.kind === 'returned' ? fuel : fuel + MOST_AHEAD;
    if (needed <= budget) throw new Violation('exactly enough is enough', expected.outcome, `${used} of ${budget}`);
    if (used - budget > MOST_BEYOND) throw new Violation('beyond its budget it is stopped', budget, used);
    return;
  }
  expectEqual('the metered loop does what the raw one does', expected.outcome, outcome);
  expectEqual('the metered loop leaves the state that the raw one leaves', expected.state, state);
  if (outcome.kind === 'returned') {
    expectEqual('fuel is what was counted', fuel, used);
    if (fuel > budget) throw new Violation('one less is not enough', 'out of fuel', budget);
  } else if (fuel - billed > MOST_BEYOND) {
    throw new Violation('what runs before a trap is billed', fuel, billed);
  }
}

function run(module: WebAssembly.Module, meter: Meter, call: Call, budget: number): Run {
  const session = new Session(module, meter, generatorHost);
  session.start(0);
  const outcome = session.call(call, budget);
  return { outcome, state: session.state(), used: session.used, billed: session.billed };
}

function explain({ bytes }: GeneratedModule, error: unknown): string {
  const law = error instanceof Violation ? error.message : String(error);
  return [law, `module: ${Buffer.from(bytes).toString('base64')}`, printModule(decodeModule(bytes))].join('\n');
}
