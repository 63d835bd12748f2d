/**
 * Every number that bounds a plugin, once.
 *
 * `LIMITS` are the limits of a plugin: operators and callers set them under these names in the API, the manifest, the
 * configuration file and on the command line, and the same names stand in metrics and error details.
 * `STRUCTURE` bounds what a module may look like before anything of it is compiled; those are not negotiable per plugin,
 * because they protect the host from V8's compile-time costs.
 */
import { RingfenceError } from './errors.ts';
import { knownNames } from './near-miss.ts';

export type LimitUnit = 'bytes' | 'ms' | 'fuel' | 'count' | 'words';

interface LimitRow {
  readonly unit: LimitUnit;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly doc: string;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const limit = (unit: LimitUnit, fallback: number, min: number, max: number, doc: string): LimitRow => ({
  unit,
  default: fallback,
  min,
  max,
  doc,
});

/** `max` is the hard ceiling: no option raises a limit above it. */
export const LIMITS = {
  memory: limit(
    'bytes',
    32 * MiB,
    64 * KiB,
    4096 * MiB,
    'Linear memory of one instance, rounded down to whole 64 KiB pages.',
  ),
  tableEntries: limit('count', 10_000, 0, 1_000_000, 'Entries over all tables of one instance.'),
  wasmBytes: limit('bytes', 10 * MiB, 8, 256 * MiB, 'Size of the plugin file.'),
  fuel: limit('fuel', 1_000_000_000, 1, 2 ** 46, 'Fuel of one call; load and init together have as much.'),
  timeoutMs: limit(
    'ms',
    10_000,
    1,
    86_400_000,
    'Wall time of one call: from `call()` to its answer, queue and host functions included.',
  ),
  startTimeoutMs: limit(
    'ms',
    30_000,
    1,
    86_400_000,
    'Wall time of loading: from `load()` until `plugin_start` has returned.',
  ),
  stackDepth: limit('words', 32_000, 100, 32_000, 'Stack of nested calls in the guest, in 16-byte words of frames.'),
  blockBytes: limit(
    'bytes',
    16 * MiB,
    64 * KiB,
    4096 * MiB,
    'Blocks that one instance of an Extism plugin shares with its host, beside its linear memory.',
  ),
  varBytes: limit(
    'bytes',
    1 * MiB,
    0,
    1024 * MiB,
    'Variables of an Extism plugin: names, values, and 128 bytes for each entry.',
  ),
  inputBytes: limit('bytes', 1 * MiB, 0, 1024 * MiB, 'Input of one call, as UTF-8 JSON or bytes.'),
  outputBytes: limit('bytes', 1 * MiB, 0, 1024 * MiB, 'Output of one call, and what a plugin passes to another one.'),
  hostCalls: limit('count', 10_000, 0, 2 ** 32, 'Calls of host functions during one call.'),
  httpRequests: limit('count', 20, 0, 100_000, 'HTTP requests during one call.'),
  httpPerMinute: limit('count', 1_000, 0, 10_000_000, 'HTTP requests of one plugin per minute.'),
  httpConcurrent: limit('count', 6, 1, 1_000, 'HTTP requests of one plugin at the same moment.'),
  httpRequestBytes: limit('bytes', 1 * MiB, 0, 1024 * MiB, 'Body of one HTTP request.'),
  httpResponseBytes: limit('bytes', 5 * MiB, 0, 1024 * MiB, 'Body of one HTTP response, counted on decoded bytes.'),
  httpRedirects: limit('count', 3, 0, 20, 'Redirects that one HTTP request follows.'),
  httpTimeoutMs: limit(
    'ms',
    30_000,
    1,
    86_400_000,
    'Wall time of one HTTP request, from sending it to the end of its answer.',
  ),
  events: limit('count', 100, 0, 1_000_000, 'Events that one call may send.'),
  eventBytes: limit('bytes', 64 * KiB, 0, 64 * MiB, 'Payload of one event, as JSON.'),
  pluginCalls: limit('count', 100, 0, 1_000_000, 'Calls of other plugins during one call.'),
  callDepth: limit(
    'count',
    8,
    0,
    64,
    'Plugins that may call each other in a row, each inside the call of the one before.',
  ),
  logMessageBytes: limit(
    'bytes',
    8 * KiB,
    0,
    16 * MiB,
    'One log message with its fields; longer messages are cut and marked.',
  ),
  logFields: limit(
    'count',
    64,
    0,
    10_000,
    'Values in the fields of one log message, nested ones included; with more, the fields are left out.',
  ),
  logCallBytes: limit('bytes', 64 * KiB, 0, 1024 * MiB, 'Log output of one call; what is over is dropped and counted.'),
  logLinesPerSecond: limit(
    'count',
    200,
    0,
    1_000_000,
    'Log lines of one plugin per second; what is over is dropped and counted.',
  ),
  jsonDepth: limit('count', 64, 1, 1_000, 'Nesting of a JSON document in the `json` host functions.'),
  jsonHandles: limit('count', 1_000, 1, 1_000_000, 'JSON handles that one call may hold open.'),
  randomBytes: limit('bytes', 64 * KiB, 0, 16 * MiB, 'Random bytes of one call.'),
  kvBytes: limit(
    'bytes',
    16 * MiB,
    0,
    2 ** 40,
    'Stored data of one plugin: keys, values, and 384 bytes for each entry.',
  ),
  kvKeys: limit('count', 100_000, 0, 100_000_000, 'Stored keys of one plugin.'),
  kvKeyBytes: limit('bytes', 512, 1, 8 * KiB, 'One key, as UTF-8.'),
  kvValueBytes: limit('bytes', 256 * KiB, 0, 64 * MiB, 'One stored value.'),
  kvListKeys: limit('count', 1_000, 1, 10_000, 'Keys that one listing returns.'),
  instances: limit('count', 20, 1, 10_000, 'Instances of one plugin.'),
  queue: limit('count', 1_000, 0, 1_000_000, 'Calls of one plugin that wait for an instance.'),
  minInstances: limit('count', 1, 1, 10_000, 'Idle instances of one plugin that are kept, if there have been as many.'),
  spareMs: limit('ms', 10_000, 1, 2_000_000_000, 'Time after which idle instances over `minInstances` are stopped.'),
  idleMs: limit(
    'ms',
    60_000,
    1,
    2_000_000_000,
    'Time after which an idle instance is evicted: it is kept as a snapshot, and comes back with the next call.',
  ),
  stateBytes: limit('bytes', 1 * MiB, 0, 64 * MiB, 'State that a plugin hands to its next version.'),
  stopGraceMs: limit('ms', 2_000, 0, 600_000, 'Wall time that `plugin_stop` and `plugin_cleanup` have together.'),
} as const satisfies Record<string, LimitRow>;

/** Limits of what plugins share: options of `createEngine`, and not of a plugin. */
export const ENGINE_LIMITS = {
  workerHeap: limit('bytes', 256 * MiB, 32 * MiB, 16_384 * MiB, 'JavaScript heap of one worker or child.'),
  maxLiveInstances: limit(
    'count',
    10_000,
    1,
    16_000,
    'Instances of all plugins that are live at the same time; those that have been idle the longest are evicted.',
  ),
} as const satisfies Record<string, LimitRow>;

export type LimitName = keyof typeof LIMITS;
/** What the engine holds: all names present, in the unit of the table. */
export type Limits = Readonly<Record<LimitName, number>>;
/** What a user may give: numbers in the unit of the table, or text with a unit ("32MiB", "10s"). */
export type LimitsInput = { readonly [name in LimitName]?: number | string | undefined };

export const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];
export const DEFAULT_LIMITS: Limits = Object.freeze(
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, LIMITS[name].default])) as Record<LimitName, number>,
);

const SUFFIXES: Readonly<Record<LimitUnit, Readonly<Record<string, number>>>> = {
  bytes: { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB, MiB, GiB: 1024 * MiB },
  ms: { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 },
  fuel: { k: 1e3, M: 1e6, G: 1e9 },
  count: { k: 1e3, M: 1e6 },
  words: { k: 1e3 },
};

/** What only the machine at hand can say. Asked when a limit is written so that it is needed, and not before. */
export interface LimitRates {
  /** Fuel that a millisecond of CPU time buys. */
  readonly fuelPerMs: () => number;
}

/** Units of time in which `fuel` may be written, in microseconds. */
const FUEL_TIMES: Readonly<Record<string, number>> = { ms: 1_000, s: 1_000_000 };
const FUEL_TIME = /[\d\s]m?s\s*$/;
/** No quantity is longer. Manifests bring any text, and patterns take their time over long ones. */
const MAX_QUANTITY_TEXT = 40;

/**
 * One limit from what a user wrote.
 * @param rates of this machine, where limits may depend on it; elsewhere fuel cannot be written as time
 * @throws INVALID_OPTION naming the limit, what was expected and what came.
 */
export function parseLimit(
  name: LimitName | keyof typeof ENGINE_LIMITS,
  given: number | string,
  rates?: LimitRates,
): number {
  const { unit, min, max }: LimitRow = { ...LIMITS, ...ENGINE_LIMITS }[name];
  const value = typeof given === 'string' ? parseText(given, unit, rates) : given;
  if (!Number.isInteger(value) || value < min || value > max) {
    const written = Object.keys(SUFFIXES[unit]).join(', ');
    throw new RingfenceError(
      'INVALID_OPTION',
      `Expected limit \`${name}\` to be a whole number of ${unit} from ${min} to ${max} (or text with one of ${written}), got ${show(given)}`,
      { stage: 'options', details: { limit: name, given, unit, min, max } },
    );
  }
  return value;
}

/** Beginning of what was given: a manifest may bring very long text. */
function show(given: unknown): string {
  const text = JSON.stringify(given) ?? String(given);
  return text.length > 2 * MAX_QUANTITY_TEXT ? `${text.slice(0, 2 * MAX_QUANTITY_TEXT)}…` : text;
}

function parseText(text: string, unit: LimitUnit, rates: LimitRates | undefined): number {
  if (text.length > MAX_QUANTITY_TEXT) return Number.NaN;
  return unit === 'fuel' && FUEL_TIME.test(text) ? parseFuelTime(text, rates) : parseQuantity(text, SUFFIXES[unit]);
}

/** Fuel for so much CPU time: a number that differs from machine to machine. */
function parseFuelTime(text: string, rates: LimitRates | undefined): number {
  const microseconds = parseQuantity(text, FUEL_TIMES);
  if (rates === undefined) {
    throw new RingfenceError(
      'INVALID_OPTION',
      `Expected limit \`fuel\` as a number of units, such as 5_000_000 or "5M", got ${JSON.stringify(text)}: fuel as time is for those ` +
        'who run plugins, in the options of createEngine, load and call, and on the command line. What is written here is to mean the same on every machine',
      { stage: 'options', details: { limit: 'fuel', given: text, unit: 'fuel' } },
    );
  }
  return Math.max(1, Math.round((microseconds / 1_000) * rates.fuelPerMs()));
}

function parseQuantity(text: string, suffixes: Readonly<Record<string, number>>): number {
  const match = /^\s*(\d[\d_]*(?:\.\d+)?(?:e\d+)?)\s*([A-Za-z]*)\s*$/.exec(text);
  if (match === null) return Number.NaN;
  const [, digits = '', suffix = ''] = match;
  const factor = suffix === '' ? 1 : Object.hasOwn(suffixes, suffix) ? suffixes[suffix] : Number.NaN;
  return Math.round(Number(digits.replaceAll('_', '')) * (factor ?? Number.NaN));
}

/**
 * `base` with the given limits on top. A name that is not in the table is an error, never ignored; `undefined` leaves the base.
 * @param rates as {@link parseLimit} takes them
 * @throws INVALID_OPTION
 */
export function resolveLimits(
  given: LimitsInput | undefined,
  base: Limits = DEFAULT_LIMITS,
  rates?: LimitRates,
): Limits {
  if (given === undefined) return base;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new RingfenceError(
      'INVALID_OPTION',
      `Expected \`limits\` to be an object of limit names, got ${JSON.stringify(given)}`,
      { stage: 'options' },
    );
  }
  const resolved: Record<LimitName, number> = { ...base };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(LIMITS, name)) {
      throw new RingfenceError(
        'INVALID_OPTION',
        `Unknown limit ${JSON.stringify(name)}. ${knownNames(name, LIMIT_NAMES, 'Limits are')}`,
        {
          stage: 'options',
          details: { limit: name },
        },
      );
    }
    if (value !== undefined) resolved[name as LimitName] = parseLimit(name as LimitName, value, rates);
  }
  return Object.freeze(resolved);
}

/**
 * Bounds on the structure of a module and its manifest, checked before memory is allocated for what a count promises and
 * before V8 sees the module. Each stands between what large real programs need (measured on C, Rust and Go programs of up
 * to 16 MB) and the compile and instantiation bombs measured on V8, so that the worst module that passes costs about
 * one and a half seconds and 350 MB: see "Why these structural limits?" in docs/RATIONALE.md.
 */
export const STRUCTURE = {
  /** V8 never forgets a distinct type. Large real programs have up to 250. */
  types: 2_000,
  /** Distinct function types that one process may show to V8, over all modules: it aborts at two million. */
  processTypes: 250_000,
  functionParams: 100,
  functionResults: 32,
  totalParams: 200_000,
  structFields: 1_000,
  imports: 1_000,
  functions: 50_000,
  tables: 8,
  /** More than one is refused as a feature, by name; this only bounds the list. */
  memories: 8,
  globals: 10_000,
  tags: 1_000,
  exports: 10_000,
  nameBytes: 1_024,
  /** Names of imports and exports together. */
  totalNameBytes: 1 * MiB,
  elementSegments: 10_000,
  elementItems: 1_000_000,
  /** What V8 takes; Go programs come close. */
  dataSegments: 100_000,
  customSections: 1_000,
  functionBytes: 1 * MiB,
  functionLocals: 10_000,
  /** Parameters included. */
  totalLocals: 1_000_000,
  /**
   * What one function costs V8's compilers: about 6 bytes of their memory or 10 ns each, see validate/compile-weights.ts.
   * The largest function of a 16 MB program in Rust comes to 42 million, that of a physics engine of 2 MB to 49 million;
   * 6 KB of hostile wasm to 800 million.
   */
  compileWork: 64_000_000,
  totalCompileWork: 1_000_000_000,
  /** TurboFan's time grows with their square: 40,000 take it 14 seconds. Large real functions have up to 400. */
  functionLoops: 4_000,
  /** Loop bodies of one function, those of nested loops once for each loop: TurboFan scans each anew. */
  loopBytes: 32 * MiB,
  /** Go compiles a function to thousands of nested blocks. */
  blockDepth: 10_000,
  brTableTargets: 65_520,
  /** Targets of all br_tables of one function. */
  totalBrTableTargets: 100_000,
  constantExpressionBytes: 1_000,
  /** JavaScript heap of the thread that checks and meters a module: several times what the largest real ones take. */
  compilerHeapBytes: 256 * MiB,
  /** Nesting of components, and of the types of instances and components. Tools nest three deep. */
  componentDepth: 8,
  /** Types, aliases, imports, instances and whatever else a component defines, those of nested components included. */
  componentDefinitions: 20_000,
  /** Fields, cases, parameters, arguments and inline exports of all its definitions. */
  componentItems: 50_000,
  /** Definitions that are evaluated when a component is linked: a nested one counts each time it is instantiated. */
  componentSteps: 50_000,
  componentCoreModules: 32,
  componentCoreInstances: 200,
  manifestBytes: 256 * KiB,
  manifestDepth: 64,
  manifestFunctions: 1_000,
  /** Parts of one JSON Schema of a manifest, what `$ref` points to counted at each place. */
  schemaParts: 1_000,
  /** A configuration file. */
  configBytes: 256 * KiB,
  configDepth: 32,
  /** Values of a configuration file, what aliases stand for counted at each place. */
  configValues: 20_000,
} as const;

export type StructureLimits = { readonly [name in keyof typeof STRUCTURE]: number };
