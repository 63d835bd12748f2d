/** Where the fuel of a call went: by stacks of functions, with names and lines as far as the plugin tells them. */
import { oneLine } from '../abi/one-line.ts';
import type { StackProfile } from '../meter/stack-profile.ts';
import type { Instantiable } from './runnable.ts';
import type { SourcePlace } from './source-map.ts';

export interface ProfileFrame {
  /** From the name section, an export or an import; "function 12" where there is no name. Made safe to print. */
  readonly function: string;
  /** Index in the plugin's own function index space; null for what is no function. */
  readonly index: number | null;
  /** Where it begins, if a source map lies beside the plugin's file. */
  readonly source?: SourcePlace;
}

export interface ProfileStack {
  /** Outermost first. */
  readonly frames: readonly ProfileFrame[];
  /** Used while exactly these were active. */
  readonly fuel: number;
}

export interface FuelProfile {
  /** Fuel that the call is billed: the sum over all stacks. */
  readonly total: number;
  readonly stacks: readonly ProfileStack[];
}

const MAX_NAME = 200;
/** What was billed and did not run: a call that traps pays for all fuel that it was handed. */
const LOST: ProfileFrame = { function: '(lost with the trap)', index: null };
/** What ran while no function was active. */
const OUTSIDE: ProfileFrame = { function: '(outside)', index: null };

/** What tells of its functions. */
type Described = Pick<Instantiable, 'functionNames' | 'functionCode' | 'places'>;

/** @param billed fuel of the call, as its usage has it */
export function fuelProfile(profile: StackProfile, prepared: Described, billed: number): FuelProfile {
  const frames = new Map<number, ProfileFrame>();
  const frameOf = (index: number): ProfileFrame => {
    const known = frames.get(index);
    if (known !== undefined) return known;
    const frame = makeFrame(index, prepared);
    frames.set(index, frame);
    return frame;
  };
  const stacks: ProfileStack[] = profile.stacks().map(({ functions, fuel }) => ({
    frames: functions.length === 0 ? [OUTSIDE] : functions.map(frameOf),
    fuel,
  }));
  const lost = billed - profile.used;
  if (lost !== 0) stacks.push({ frames: [LOST], fuel: lost });
  return { total: billed, stacks };
}

function makeFrame(index: number, { functionNames, functionCode, places }: Described): ProfileFrame {
  const name = functionNames().get(index);
  const code = functionCode(index);
  const source = code === undefined ? undefined : places.sourceOfFunction(code);
  return {
    function: name === undefined ? `function ${index}` : oneLine(name, MAX_NAME),
    index,
    ...(source === undefined ? {} : { source }),
  };
}

/** A frame as it stands in collapsed stacks and listings: "render (assembly/index.ts:12)". */
export function frameText({ function: name, source }: ProfileFrame): string {
  return source === undefined ? name : `${name} (${source.file}:${source.line})`;
}

/**
 * Collapsed stacks, a line for each: "outer;inner 123". Flame graph tools read this.
 * @example
 * await writeFile('call.folded', collapsedStacks(plugin.profile()));
 */
export function collapsedStacks({ stacks }: FuelProfile): string {
  // A semicolon in a name would look like two frames.
  const line = ({ frames, fuel }: ProfileStack): string =>
    `${frames.map((frame) => frameText(frame).replaceAll(';', ':')).join(';')} ${fuel}\n`;
  return stacks.map(line).join('');
}

/** One function over all stacks. */
export interface ProfiledFunction {
  readonly frame: ProfileFrame;
  /** Fuel of its own. */
  readonly self: number;
  /** With all that it called. */
  readonly total: number;
}

/** The functions of a profile, those with the most fuel of their own first. */
export function profiledFunctions({ stacks }: FuelProfile): ProfiledFunction[] {
  const functions = new Map<ProfileFrame, { self: number; total: number }>();
  for (const { frames, fuel } of stacks) {
    // A recursive function stands in its stack several times, and counts once.
    for (const frame of new Set(frames)) {
      const row = functions.get(frame) ?? { self: 0, total: 0 };
      functions.set(frame, row);
      row.total += fuel;
      if (frame === frames.at(-1)) row.self += fuel;
    }
  }
  return [...functions].map(([frame, row]) => ({ frame, ...row })).sort((a, b) => b.self - a.self || b.total - a.total);
}
