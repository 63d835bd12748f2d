/** What the meter tells about a module it rewrote, and the names it added. */
import type { MeterSettings } from './options.ts';

/** Names of the exports that `exportState` adds. */
export interface HiddenState {
  /** (i32) -> i64: 64 bits of the mutable globals, by number. */
  readonly get: string;
  /** (i32, i64): sets them. */
  readonly set: string;
  /** (): keeps mutable globals and changing tables as they are. */
  readonly save: string;
  /**
   * () -> i32: back to what was saved last; memory aside. 0 if that cannot be, since a table has grown or a segment was
   * dropped: then nothing has changed.
   */
  readonly restore: string;
  /** () -> i32: entries of all tables, shadows included. */
  readonly tableEntries: string;
}

/** What there is to know of the state of instances, memory aside. */
export interface StateReport {
  /** How many parts `get` and `set` have. */
  readonly parts: number;
  /** What cannot be carried over to another instance, in words; none: all of the state can. */
  readonly staysBehind: readonly string[];
}

/** Names of what is added for every host. Exports, but for `refill` and `profile`. */
interface DrivingNames {
  /** () -> f64: the fuel at hand, without a BigInt. */
  readonly getFuel: string;
  /** (f64) -> f64: takes this much from the fuel at hand, and answers what is left: below zero if it was not enough. */
  readonly spend: string;
  /** (f64) -> f64: sets the fuel at hand and gives the whole stack back, for each call from outside; answers what was at hand before. */
  readonly begin: string;
  /** () -> (): the module's start function, to be called under fuel; undefined if it had none. */
  readonly start: string | undefined;
  /** The import (f64) -> f64 that is asked for more fuel; undefined with `slice: false`. */
  readonly refill: { readonly module: string; readonly name: string } | undefined;
  /**
   * The imports that are told who runs; undefined without `profile`. `enter` is (i32 function index, f64 fuel at hand) -> i32
   * depth, `leave` is (i32 depth, f64 fuel at hand).
   */
  readonly profile: { readonly module: string; readonly enter: string; readonly leave: string } | undefined;
}

/** Names of what was added. */
export interface HiddenNames extends DrivingNames {
  /**
   * Mutable i64 global: the fuel at hand, between calls and while an imported function runs. In a function that the host placed in a
   * table of the module, the functions here know it.
   */
  readonly fuel: string;
  /** Mutable i32 global: the stack that is left, in 16-byte words. As the fuel. */
  readonly stack: string;
  /** (f64): sets the fuel at hand. */
  readonly setFuel: string;
  /** Undefined without `exportState`. */
  readonly state: HiddenState | undefined;
}

/**
 * Names of what was added where the host is this engine. It wants as few exports as it can do with: V8 takes time and memory for
 * each, in each instance.
 */
export interface EngineNames extends DrivingNames {
  /** (i32 {@link STATE_OPERATIONS}, i32 part, i64 bits) -> i64: all of {@link HiddenState}. Undefined without `exportState`. */
  readonly state: string | undefined;
}

/** What the one function for state does, by its first argument; where there is no answer it is 0. */
export const STATE_OPERATIONS = { get: 0, set: 1, save: 2, restore: 3, tableEntries: 4 } as const;

export interface MeterReport<Names extends DrivingNames = HiddenNames> {
  readonly costTableVersion: number;
  readonly hidden: Names;
  /** Undefined without `exportState`. */
  readonly state: StateReport | undefined;
  /** Functions that the module defines. */
  readonly functions: number;
  readonly importedFunctions: number;
  /** What was added to the index of each defined function. */
  readonly functionIndexShift: number;
  /** Functions that the meter added. */
  readonly supportFunctions: number;
  /** Functions whose callers charge for them. */
  readonly constantFunctions: number;
  /** Functions that look at fuel and stack on entry. */
  readonly entryChecks: number;
  /** Places in code where fuel is charged or given back. */
  readonly chargePoints: number;
  /** Loops that look at the fuel. */
  readonly checks: number;
  /** Function references may cross the border of the module: calls through tables keep their original types. */
  readonly sharesFunctions: boolean;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Of a module that is metered for this engine. */
export type EngineReport = MeterReport<EngineNames>;

export function hiddenNames(
  { exportPrefix, slice, profile, exportState, forEngine }: MeterSettings,
  hasStart: boolean,
): HiddenNames | EngineNames {
  const module = exportPrefix.replace(/[_.-]+$/, '');
  const driving: DrivingNames = {
    getFuel: `${exportPrefix}get_fuel`,
    spend: `${exportPrefix}spend`,
    begin: `${exportPrefix}begin`,
    start: hasStart ? `${exportPrefix}start` : undefined,
    refill: slice ? { module, name: 'refill' } : undefined,
    profile: profile ? { module, enter: 'enter', leave: 'leave' } : undefined,
  };
  if (forEngine) return Object.freeze({ ...driving, state: exportState ? `${exportPrefix}state` : undefined });
  return Object.freeze({
    ...driving,
    fuel: `${exportPrefix}fuel`,
    stack: `${exportPrefix}stack`,
    setFuel: `${exportPrefix}set_fuel`,
    state: exportState
      ? {
          get: `${exportPrefix}get_state`,
          set: `${exportPrefix}set_state`,
          save: `${exportPrefix}save_state`,
          restore: `${exportPrefix}restore_state`,
          tableEntries: `${exportPrefix}table_entries`,
        }
      : undefined,
  });
}
