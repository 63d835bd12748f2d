/** What the meter can be told, checked once. */
import { RingfenceError } from '../errors.ts';
import { LIMITS, type LimitName, parseLimit } from '../limits.ts';
import { knownNames } from '../near-miss.ts';
import type { Module } from '../wasm/module.ts';
import { OPCODES } from '../wasm/opcodes.ts';
import { type CostOverrides, type CostTable, DEFAULT_COSTS } from './costs.ts';

/** The limits of a plugin that are built into its metered module. */
export interface MeterLimits {
  /** Linear memory in bytes, rounded down to pages. @default what the module says */
  readonly memory?: number | string | undefined;
  /** Entries of each table. @default what the module says */
  readonly tableEntries?: number | string | undefined;
  /** Stack of nested calls, in 16-byte words. @default 32,000 */
  readonly stackDepth?: number | string | undefined;
}

/** Fuel by module and name of what is imported. */
export type ImportCosts = { readonly [module: string]: { readonly [name: string]: number } };

export interface MeterOptions {
  /** Prices that differ from the cost table, by opcode name. @default none */
  readonly costs?: CostOverrides | undefined;
  /**
   * Fuel that each call of an imported function costs beside its `call`, paid before the function runs: by module and name, as
   * in an import object. Whole numbers from 0 to 1,000,000,000. @default none
   */
  readonly importCosts?: ImportCosts | undefined;
  readonly limits?: MeterLimits | undefined;
  /**
   * Ask the host for more fuel when the fuel at hand is used up, through an imported function. Without it the guest ends
   * there. @default true
   */
  readonly slice?: boolean | undefined;
  /** What the names of the hidden exports and the hidden import start with; the module may not use it. @default '__ringfence_' */
  readonly exportPrefix?: string | undefined;
  /** Name the functions in the result, for those who want to read it; other names of the module are dropped. @default false */
  readonly names?: boolean | undefined;
  /**
   * Tell the host whenever a function is entered or left, through imported functions: for a fuel profile. Counts every
   * instruction where it runs, so it is exact in the middle of a call too, and slow. @default false
   */
  readonly profile?: boolean | undefined;
  /**
   * Export the means to save the state of an instance, to go back to it and to carry it over to another instance. Not
   * together with `profile`. @default false
   */
  readonly exportState?: boolean | undefined;
  /**
   * Export the tables that the module exports, so that the host can call functions out of them and place its own there. A host that
   * does neither says false: then they stay inside, and calls through them cost what they cost in other modules. @default true
   */
  readonly exportTables?: boolean | undefined;
}

/** The same, filled in. */
export interface MeterSettings {
  readonly costs: CostTable;
  readonly importCosts: ImportCosts;
  readonly memoryPages: number | undefined;
  readonly tableEntries: number | undefined;
  readonly stackWords: number;
  readonly slice: boolean;
  readonly exportPrefix: string;
  readonly names: boolean;
  readonly profile: boolean;
  readonly exportState: boolean;
  readonly exportTables: boolean;
  /** The host is this engine: see EngineNames. */
  readonly forEngine: boolean;
}

export const DEFAULT_EXPORT_PREFIX = '__ringfence_';
const OPTION_NAMES = [
  'costs',
  'importCosts',
  'limits',
  'slice',
  'exportPrefix',
  'names',
  'profile',
  'exportState',
  'exportTables',
];
const LIMIT_NAMES: readonly LimitName[] = ['memory', 'tableEntries', 'stackDepth'];
const PAGE_BYTES = 65_536;
/** High enough for any sensible price; low enough that sums over a function of a million instructions stay exact. */
const MAX_PRICE = 10_000;
/** Far from where the counter ends, and from where a constant of it would not be exact. */
const MAX_IMPORT_COST = 1_000_000_000;

/** @throws INVALID_OPTION for unknown names and for values out of range */
export function resolveMeterOptions(options: MeterOptions = {}): MeterSettings {
  for (const name of Object.keys(options)) expectName(name, OPTION_NAMES, 'option of meter()');
  const {
    costs,
    importCosts = {},
    limits = {},
    slice = true,
    exportPrefix = DEFAULT_EXPORT_PREFIX,
    names = false,
    profile = false,
    exportState = false,
    exportTables = true,
  } = options;
  for (const name of Object.keys(limits)) expectName(name, LIMIT_NAMES, 'limit of meter()');
  expectSwitch('slice', slice);
  expectSwitch('names', names);
  expectSwitch('profile', profile);
  expectSwitch('exportState', exportState);
  expectSwitch('exportTables', exportTables);
  if (profile && exportState) throw invalid('Expected either `profile` or `exportState`, got both');
  if (typeof exportPrefix !== 'string' || !/^[\w.-]{2,64}$/.test(exportPrefix)) {
    throw invalid(
      `Expected \`exportPrefix\` to be 2 to 64 letters, digits or any of _.-, got ${JSON.stringify(exportPrefix)}`,
    );
  }
  const { memory, tableEntries, stackDepth } = limits;
  return {
    costs: resolveCosts(costs),
    importCosts: checkImportCosts(importCosts),
    memoryPages: memory === undefined ? undefined : Math.floor(parseLimit('memory', memory) / PAGE_BYTES),
    tableEntries: tableEntries === undefined ? undefined : parseLimit('tableEntries', tableEntries),
    stackWords: parseLimit('stackDepth', stackDepth ?? LIMITS.stackDepth.default),
    slice,
    exportPrefix,
    names,
    profile,
    exportState,
    exportTables,
    forEngine: false,
  };
}

function expectSwitch(name: string, value: unknown): void {
  if (typeof value !== 'boolean') {
    throw invalid(`Expected \`${name}\` to be true or false, got ${JSON.stringify(value)}`);
  }
}

function resolveCosts(overrides: CostOverrides | undefined): CostTable {
  if (overrides === undefined) return DEFAULT_COSTS;
  const prices = Float64Array.from(DEFAULT_COSTS.prices);
  for (const [name, price] of Object.entries(overrides)) {
    const row = OPCODES.find((candidate) => candidate.name === name);
    if (row === undefined) throw invalid(`Unknown opcode ${JSON.stringify(name)} in \`costs\``);
    // Marks of structure are free; whatever can close a cycle costs something, or a loop could run for nothing.
    const isMark = DEFAULT_COSTS.prices[row.id] === 0;
    const least = row.control === 'none' ? 0 : 1;
    if (isMark ? price !== 0 : !Number.isInteger(price) || price < least || price > MAX_PRICE) {
      const expected = isMark
        ? '0, since it is only a mark of structure'
        : `a whole number from ${least} to ${MAX_PRICE}`;
      throw invalid(`Expected the cost of ${name} to be ${expected}, got ${JSON.stringify(price)}`);
    }
    prices[row.id] = price;
  }
  return { version: DEFAULT_COSTS.version, prices };
}

function checkImportCosts(costs: ImportCosts): ImportCosts {
  for (const [module, functions] of Object.entries(costs)) {
    for (const [name, fuel] of Object.entries(functions)) {
      if (Number.isInteger(fuel) && fuel >= 0 && fuel <= MAX_IMPORT_COST) continue;
      const what = `${JSON.stringify(module)} ${JSON.stringify(name)}`;
      throw invalid(
        `Expected the cost of the import ${what} to be a whole number from 0 to ${MAX_IMPORT_COST}, got ${JSON.stringify(fuel)}`,
      );
    }
  }
  return costs;
}

/** What a call of each imported function costs beside its `call`, by function index. */
export function importCostsOf({ imports }: Pick<Module, 'imports'>, costs: ImportCosts): Float64Array {
  const functions = imports.filter(({ type }) => type.kind === 'func');
  return Float64Array.from(functions, ({ module, name }) => {
    // Names are the module's own choice.
    const own = Object.hasOwn(costs, module) ? costs[module] : undefined;
    return own !== undefined && Object.hasOwn(own, name) ? (own[name] ?? 0) : 0;
  });
}

function expectName(name: string, names: readonly string[], what: string): void {
  if (!names.includes(name))
    throw invalid(`Unknown ${what} ${JSON.stringify(name)}. ${knownNames(name, names, 'Known are')}`);
}

const invalid = (message: string): RingfenceError =>
  new RingfenceError('INVALID_OPTION', message, { stage: 'options' });
