/**
 * What must hold for the profiling form of every module: it does what the raw module does, it has counted every instruction that
 * ran, also where a call ends in a trap or an exception, and its stacks add up to that.
 */
import { isDeepStrictEqual } from 'node:util';
import { meter, StackProfile } from '../../../engine/meter/index.ts';
import { Driver } from '../../meter/support/driver.ts';
import { countingModule } from '../../meter/support/reference-counter.ts';
import type { GeneratedModule } from './module-generator.ts';
import { countingMeter, type Host, type Meter, type Outcome, rawMeter, Session } from './session.ts';

const PLENTY = 1_000_000;
/** Slices that few calls need a second of. */
const LARGE = 100_000;

interface ProfiledMeter extends Meter {
  /** Sum of all stacks of the last call. */
  sum(): number;
}

/** Its slices are small, so that profiles go over many. */
export function profileMeter(report: ReturnType<typeof meter>['report'], slice: number): ProfiledMeter {
  const { hidden } = report;
  const driver = new Driver(hidden, { firstSlice: slice, largestSlice: slice });
  const profile = new StackProfile(() => driver.granted);
  const hooks = { [hidden.profile?.enter ?? '']: profile.enter, [hidden.profile?.leave ?? '']: profile.leave };
  const sum = (): number => profile.stacks().reduce((total, { fuel }) => total + fuel, 0);
  return {
    ...rawMeter(),
    imports: (own) => driver.imports({ ...own, [hidden.profile?.module ?? '']: hooks }),
    attach: (instance) => driver.attach(instance),
    start: (instance) => driver.start(instance),
    spend(budget, action) {
      profile.begin();
      try {
        return driver.spend(budget, action);
      } finally {
        profile.end(driver.overflowed ? undefined : driver.granted - driver.used);
      }
    },
    charge: (fuel) => driver.charge(fuel),
    used: () => driver.used,
    stopped: () =>
      driver.overflowed ? 'stack overflow' : driver.refused || driver.overdrawn ? 'out of fuel' : undefined,
    billed: () => driver.granted,
    own: new Set(Object.values(hidden).filter((name) => typeof name === 'string')),
    sum,
  };
}

/** @throws Error where the law does not hold @returns how each call ended */
export function checkProfile(
  { bytes, calls }: GeneratedModule,
  host: Host,
  slice: number,
  stackDepth: number,
): Outcome['kind'][] {
  const metered = meter(bytes, { profile: true, limits: { stackDepth } });
  if (!WebAssembly.validate(metered.bytes)) new WebAssembly.Module(metered.bytes);
  const profiled = profileMeter(metered.report, slice);
  const session = new Session(new WebAssembly.Module(metered.bytes), profiled, host);
  const raw = new Session(new WebAssembly.Module(bytes), rawMeter(), host);
  const counting = new Session(new WebAssembly.Module(countingModule(bytes)), countingMeter(), host);

  const ends: Outcome['kind'][] = [];
  const start = session.start(PLENTY);
  if (start.kind !== 'returned') return [start.kind];
  raw.start(PLENTY);
  counting.start(PLENTY);
  for (const call of calls) {
    const outcome = session.call(call, PLENTY);
    ends.push(outcome.kind);
    expectEqual(
      'the stacks add up to the fuel',
      outcome.kind === 'stack overflow' ? profiled.sum() : session.used,
      profiled.sum(),
    );
    // The others are not what the raw module does; what a guest is billed for a swallowed exception is not what it ran.
    if (outcome.kind === 'out of fuel' || outcome.kind === 'stack overflow' || outcome.kind === 'swallowed')
      return ends;
    expectEqual('the profiled module does what the raw one does', raw.call(call, PLENTY), outcome);
    counting.call(call, PLENTY);
    // A bulk operation that was paid for, out of a new slice, and then traps has lost the rest of that slice.
    const mayLose = outcome.kind === 'trapped' && slice < LARGE;
    const counted = mayLose ? Math.min(counting.used, session.used) : session.used;
    expectEqual('every instruction is counted, and no other', counting.used, counted);
  }
  expectEqual('the profiled module leaves the state that the raw one leaves', raw.state(), session.state());
  return ends;
}

function expectEqual(law: string, expected: unknown, got: unknown): void {
  if (!isDeepStrictEqual(expected, got))
    throw new Error(`${law}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
}
