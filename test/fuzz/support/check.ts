/**
 * What must hold for every module and every sequence of calls:
 *
 * - the metered module is valid, and does what the raw one does: results, traps, exceptions, state, talk with the host;
 * - its fuel is what the reference counter counted, whatever the slices, whenever the call returned;
 * - a budget of exactly that much is enough, and one less is not;
 * - where the fuel ends does not depend on the slices.
 */
import { isDeepStrictEqual } from 'node:util';
import { type CostTable, DEFAULT_COSTS, type MeterOptions, meter } from '../../../engine/meter/index.ts';
import { OPCODES, type Opcode } from '../../../engine/wasm/opcodes.ts';
import type { DriverOptions } from '../../meter/support/driver.ts';
import { countingModule } from '../../meter/support/reference-counter.ts';
import type { Random } from '../../support/random.ts';
import type { Call } from './module-generator.ts';
import { countingMeter, fuelMeter, type Host, type Outcome, rawMeter, Session } from './session.ts';

/** A law that did not hold. `law` names it: minimising keeps it the same. */
export class Violation extends Error {
  readonly law: string;

  constructor(law: string, expected: unknown, got: unknown) {
    super(`${law}\n  expected ${show(expected)}\n  got      ${show(got)}`);
    this.law = law;
  }
}

/** What the calls of a case came to: for statistics. */
export interface Tally {
  readonly ends: Readonly<Record<Outcome['kind'], number>>;
  readonly fuel: number;
  /** Most fuel that ran before a trap or an exception and was not handed out yet, with the smallest slices. */
  readonly unbilled: number;
}

/** Ends that raw modules do not have, or that depend on the slices: nothing is compared with them. */
const FINAL: ReadonlySet<Outcome['kind']> = new Set(['out of fuel', 'stack overflow', 'swallowed']);

/** More than most calls use, and little enough that endless ones end soon. */
const PLENTY = 1_000_000;
const SLICES = [1, 2, 7, 60, 1_000];

interface Step {
  readonly outcome: Outcome;
  /** All of its fuel is accounted for: it returned. */
  readonly exact: boolean;
  readonly used: number;
  readonly billed: number;
}

/** Stack limits of the metered modules. Every one is below what V8 can do. */
const STACK_DEPTHS = [32_000, 32_000, 3_000, 200];

export function checkModuleLaws(
  bytes: Uint8Array<ArrayBuffer>,
  calls: readonly Call[],
  random: Random,
  host: Host,
): Tally {
  const limits = { stackDepth: STACK_DEPTHS[random(STACK_DEPTHS.length)] as number };
  const costs = random(8) === 0 ? anyCosts(random) : {};
  const exportState = random(2) === 0;
  const { bytes: meteredBytes, report } = meter(bytes, { limits, costs, exportState });
  if (!WebAssembly.validate(meteredBytes)) {
    throw new Violation('the metered module is valid', 'a valid module', compileError(meteredBytes));
  }
  const metered = new WebAssembly.Module(meteredBytes);
  const sliced = (options: DriverOptions = {}): Session => new Session(metered, fuelMeter(report, options), host);
  const anySlices = (): DriverOptions => {
    const slice = SLICES[random(SLICES.length)] as number;
    return { firstSlice: slice, largestSlice: slice };
  };

  const first = sliced();
  const steps = play(first, calls, () => PLENTY);
  const stopped = steps.findIndex(({ outcome }) => FINAL.has(outcome.kind));
  const natural = stopped < 0 ? steps : steps.slice(0, stopped);

  const pieces = sliced(anySlices());
  const pieceSteps = play(pieces, calls, () => PLENTY);
  expectSteps('slices change nothing', steps, pieceSteps);
  if (steps.at(-1)?.outcome.kind !== 'swallowed') expectEqual('slices change no state', first.state(), pieces.state());

  if (random(4) === 0) expectSameWithoutSlices(bytes, { limits, costs }, steps, calls, host);

  const raw = new Session(new WebAssembly.Module(bytes), rawMeter(), host);
  const rawSteps = play(raw, calls.slice(0, Math.max(0, natural.length - 1)), () => PLENTY, natural.length > 0);
  for (const [i, { outcome }] of natural.entries()) {
    expectEqual('the metered module does what the raw one does', rawSteps[i]?.outcome, outcome);
  }
  if (stopped < 0)
    expectEqual('the metered module leaves the state that the raw one leaves', raw.state(), first.state());

  const counting = new Session(new WebAssembly.Module(countingModule(bytes, tableOf(costs))), countingMeter(), host);
  const counted = play(counting, calls.slice(0, Math.max(0, natural.length - 1)), () => PLENTY, natural.length > 0);
  let unbilled = 0;
  for (const [i, { exact, used }] of natural.entries()) {
    const count = counted[i]?.used ?? Number.NaN;
    if (exact) expectEqual('fuel is what was counted', count, used);
    else unbilled = Math.max(unbilled, count - (pieceSteps[i]?.billed ?? Number.NaN));
  }
  expectExactBudgets(natural, calls, () => sliced(random(2) === 0 ? {} : anySlices()), random);

  const ends = { returned: 0, trapped: 0, thrown: 0, 'out of fuel': 0, 'stack overflow': 0, swallowed: 0 };
  for (const { outcome } of steps) ends[outcome.kind]++;
  return { ends, fuel: natural.reduce((sum, { used, exact }) => sum + (exact ? used : 0), 0), unbilled };
}

/** A module that cannot ask for more has its whole budget from the start. */
function expectSameWithoutSlices(
  bytes: Uint8Array<ArrayBuffer>,
  options: MeterOptions,
  expected: readonly Step[],
  calls: readonly Call[],
  host: Host,
): void {
  const whole = meter(bytes, { ...options, slice: false });
  const session = new Session(
    new WebAssembly.Module(whole.bytes),
    fuelMeter(whole.report, { firstSlice: PLENTY }),
    host,
  );
  expectSteps(
    'a module without slices does the same',
    expected,
    play(session, calls, () => PLENTY),
  );
}

/** Other prices for some instructions that cannot jump. */
export function anyCosts(random: Random): Record<string, number> {
  const simple = OPCODES.filter(({ control, name }) => control === 'none' && name !== 'nop' && name !== 'drop');
  return Object.fromEntries(
    Array.from({ length: 6 }, () => [(simple[random(simple.length)] as Opcode).name, random(100)] as const),
  );
}

/** The default prices with these instead. */
export function tableOf(costs: Readonly<Record<string, number>>): CostTable {
  const prices = Float64Array.from(DEFAULT_COSTS.prices, (price, id) => costs[OPCODES[id]?.name ?? ''] ?? price);
  return { version: DEFAULT_COSTS.version, prices };
}

function expectExactBudgets(
  natural: readonly Step[],
  calls: readonly Call[],
  session: () => Session,
  random: Random,
): void {
  const exactly = (i: number): number => {
    const step = natural[i];
    return step?.exact === true ? step.used : PLENTY;
  };
  const made = calls.slice(0, Math.max(0, natural.length - 1));
  expectSteps('exactly enough is enough', natural, play(session(), made, exactly, natural.length > 0));
  const candidates = natural.flatMap(({ outcome, used }, i) =>
    outcome.kind === 'returned' && used > 0 && i > 0 ? [i] : [],
  );
  const chosen = candidates[random(candidates.length || 1)];
  if (chosen === undefined) return;
  const short = play(session(), calls.slice(0, chosen), (i) => exactly(i) - (i === chosen ? 1 : 0));
  expectEqual('one less is not enough', 'out of fuel', short[chosen]?.outcome.kind);
}

/** Instantiates, then makes the calls, until something is final. Step 0 is the instantiation. */
function play(session: Session, calls: readonly Call[], budget: (step: number) => number, begin = true): Step[] {
  const steps: Step[] = [];
  const add = (outcome: Outcome): boolean => {
    const known = outcome.kind === 'returned' || steps.length > 0;
    steps.push({
      outcome,
      exact: outcome.kind === 'returned',
      used: known ? session.used : 0,
      billed: known ? session.billed : 0,
    });
    return (
      outcome.kind === 'returned' || ((outcome.kind === 'trapped' || outcome.kind === 'thrown') && steps.length > 1)
    );
  };
  if (!begin || !add(session.start(budget(0)))) return steps;
  for (const call of calls) {
    if (!add(session.call(call, budget(steps.length)))) break;
  }
  return steps;
}

function expectSteps(law: string, expected: readonly Step[], got: readonly Step[]): void {
  const seen = (steps: readonly Step[]): unknown[] =>
    steps.map(({ outcome, exact, used }) => (exact ? { outcome, used } : { outcome }));
  expectEqual(law, seen(expected), seen(got));
}

export function expectEqual(law: string, expected: unknown, got: unknown): void {
  if (!isDeepStrictEqual(expected, got)) throw new Violation(law, expected, got);
}

function compileError(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    new WebAssembly.Module(bytes);
    return 'a valid module';
  } catch (error) {
    return String(error);
  }
}

function show(value: unknown): string {
  const text =
    JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'bigint' ? `${item}n` : Object.is(item, -0) ? '-0' : item,
    ) ?? 'undefined';
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
