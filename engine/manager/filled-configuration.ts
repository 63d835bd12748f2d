/** From the configuration as users write it to what the manager holds: all present, readonly, and checked. */
import { RingfenceError } from '../errors.ts';
import { parseLimit } from '../limits.ts';
import { checkNames, invalid, show } from '../option-checks.ts';
import { type EngineOptions, fillEngineOptions, fillLoadOptions, type LoadOptions } from '../options.ts';
import { MACHINE_RATES } from '../runtime/fuel-rate.ts';
import { isBytes, type PluginSource, pathOf } from '../runtime/source.ts';
import {
  type Duration,
  FAILURE_MODES,
  type FailureMode,
  type ManagerConfiguration,
  type PluginConfiguration,
  type ReloadInput,
  type SupervisionInput,
} from './configuration/configuration.ts';
import { findCycle } from './dependency-graph.ts';

/** As {@link SupervisionInput}, in milliseconds, counts and fuel. */
export type FilledSupervision = { readonly [name in keyof SupervisionInput]-?: number };
/** As {@link ReloadInput}. */
export type FilledReload = { readonly [name in keyof ReloadInput]-?: number };

export interface FilledPlugin {
  readonly id: string;
  readonly source: PluginSource;
  readonly enabled: boolean;
  /** Undefined: what the manifest says. */
  readonly priority: number | undefined;
  readonly digest: string | undefined;
  /** For `engine.load`, but for what each loading says itself. */
  readonly load: LoadOptions;
  /** The operator has said how many instances there may be. */
  readonly saysInstances: boolean;
  readonly onFailure: FailureMode;
  readonly dependencies: readonly string[];
  readonly eventTimeoutMs: number;
  readonly watch: boolean;
  readonly supervision: FilledSupervision;
  readonly reload: FilledReload;
}

export interface FilledConfiguration {
  readonly engine: EngineOptions;
  /** By id, in the order of the configuration. */
  readonly plugins: ReadonlyMap<string, FilledPlugin>;
}

type Kind = 'ms' | 'count' | 'share' | 'fuel';
type Rows<Input> = {
  readonly [name in keyof Input]-?: { readonly kind: Kind; readonly default: number; readonly min: number };
};

const ms = (fallback: number, min = 1): { kind: Kind; default: number; min: number } => ({
  kind: 'ms',
  default: fallback,
  min,
});
const count = (fallback: number, min = 0): { kind: Kind; default: number; min: number } => ({
  kind: 'count',
  default: fallback,
  min,
});

const SUPERVISION: Rows<SupervisionInput> = {
  healthEveryMs: ms(10_000, 0),
  healthTimeoutMs: ms(1_000),
  unhealthyAfter: count(3, 1),
  windowMs: ms(60_000, 100),
  minCalls: count(20, 1),
  maxErrorRate: { kind: 'share', default: 0.5, min: 0 },
  maxTraps: count(0),
  maxLatencyMs: ms(0, 0),
  breakerFailures: count(10),
  breakerOpenMs: ms(5_000),
  restartDelayMs: ms(1_000, 0),
  restartMaxDelayMs: ms(60_000, 0),
  restarts: count(5),
  restartWindowMs: ms(600_000),
  cpuFuel: { kind: 'fuel', default: 0, min: 0 },
  cpuWindowMs: ms(60_000, 100),
};
const RELOAD: Rows<ReloadInput> = {
  watchMs: ms(10_000, 0),
  drainMs: ms(5_000, 0),
  versions: count(3),
  settleMs: ms(100, 10),
};

const LONGEST_MS = 2_000_000_000;
const MOST = 1_000_000;
const MOST_PLUGINS = 10_000;

/** @throws INVALID_CONFIG; `details.path` is a JSON pointer to what is wrong */
export function fillConfiguration(given: ManagerConfiguration): FilledConfiguration {
  at('', () => checkNames('configuration', given, ['engine', 'supervision', 'reload', 'plugins']));
  const { engine = {}, plugins } = given;
  at('/engine', () => fillEngineOptions(engine, MACHINE_RATES));
  if (!Array.isArray(plugins) || plugins.length > MOST_PLUGINS) {
    throw wrong('/plugins', `expected a list of at most ${MOST_PLUGINS} plugins, got ${show(plugins)}`);
  }
  const supervision = fillRows('/supervision', given.supervision, SUPERVISION);
  const reload = fillRows('/reload', given.reload, RELOAD);
  const filled = new Map<string, FilledPlugin>();
  plugins.forEach((plugin: PluginConfiguration, i) => {
    const path = `/plugins/${i}`;
    const one = fillPlugin(path, plugin, { supervision, reload });
    if (filled.has(one.id)) throw wrong(`${path}/id`, `two plugins have the id ${JSON.stringify(one.id)}`);
    filled.set(one.id, one);
  });
  checkDependencies(filled);
  return Object.freeze({ engine, plugins: filled });
}

const PLUGIN_NAMES = [
  'id',
  'source',
  'enabled',
  'priority',
  'digest',
  'limits',
  'instances',
  'grants',
  'config',
  'secrets',
  'env',
  'executor',
  'reset',
  'maxLogLevel',
  'manifest',
  'onFailure',
  'dependencies',
  'eventTimeoutMs',
  'watch',
  'supervision',
  'reload',
] as const satisfies readonly (keyof PluginConfiguration)[];

const DIGEST = /^[0-9a-f]{64}$/;

function fillPlugin(
  path: string,
  given: PluginConfiguration,
  base: { readonly supervision: FilledSupervision; readonly reload: FilledReload },
): FilledPlugin {
  at(path, () => checkNames('plugin', given, PLUGIN_NAMES));
  const { id, source, enabled = true, priority, digest, instances, onFailure = 'open', dependencies = [] } = given;
  const {
    config,
    grants,
    secrets,
    env,
    executor,
    reset,
    maxLogLevel,
    manifest,
    watch = false,
    eventTimeoutMs = 1_000,
  } = given;
  if (typeof id !== 'string') throw wrong(`${path}/id`, `expected text, got ${show(id)}`);
  if (!isBytes(source)) at(`${path}/source`, () => pathOf(source));
  if (typeof enabled !== 'boolean') throw wrong(`${path}/enabled`, `expected true or false, got ${show(enabled)}`);
  if (typeof watch !== 'boolean') throw wrong(`${path}/watch`, `expected true or false, got ${show(watch)}`);
  if (watch && isBytes(source)) throw wrong(`${path}/watch`, 'expected a path as `source`: bytes cannot be watched');
  if (priority !== undefined && !(Number.isInteger(priority) && Math.abs(priority) <= 1_000)) {
    throw wrong(`${path}/priority`, `expected a whole number from -1000 to 1000, got ${show(priority)}`);
  }
  if (digest !== undefined && !(typeof digest === 'string' && DIGEST.test(digest))) {
    throw wrong(`${path}/digest`, `expected a SHA-256 as 64 hexadecimal digits, got ${show(digest)}`);
  }
  if (!FAILURE_MODES.includes(onFailure)) {
    throw wrong(`${path}/onFailure`, `expected one of ${FAILURE_MODES.join(', ')}, got ${show(onFailure)}`);
  }
  if (!Array.isArray(dependencies) || !dependencies.every((other) => typeof other === 'string')) {
    throw wrong(`${path}/dependencies`, `expected a list of ids, got ${show(dependencies)}`);
  }
  if (instances !== undefined && given.limits?.instances !== undefined) {
    throw wrong(`${path}/instances`, 'is given in `limits` as well: leave one of them out');
  }
  if (instances !== undefined) at(`${path}/instances`, () => parseLimit('instances', instances));
  const limits = instances === undefined ? given.limits : { ...given.limits, instances };
  const load: LoadOptions = { id, config, grants, secrets, env, executor, reset, maxLogLevel, manifest, limits };
  at(path, () => fillLoadOptions(load));
  at(`${path}/limits`, () => checkLimits(limits));
  return Object.freeze({
    id,
    source,
    enabled,
    priority,
    digest,
    load: Object.freeze(load),
    saysInstances: limits?.instances !== undefined,
    onFailure,
    dependencies: Object.freeze([...new Set(dependencies)]),
    eventTimeoutMs: parse(`${path}/eventTimeoutMs`, eventTimeoutMs, ms(1_000)),
    watch,
    supervision: fillRows(`${path}/supervision`, given.supervision, SUPERVISION, base.supervision),
    reload: fillRows(`${path}/reload`, given.reload, RELOAD, base.reload),
  });
}

function checkLimits(limits: LoadOptions['limits']): void {
  fillEngineOptions({ limits }, MACHINE_RATES);
}

/** Only what is known before anything is read; manifests may name more. */
function checkDependencies(plugins: ReadonlyMap<string, FilledPlugin>): void {
  const named = new Map([...plugins.values()].map(({ id, dependencies }) => [id, dependencies]));
  [...named].forEach(([id, others], i) => {
    const missing = others.find((other) => plugins.get(other)?.enabled !== true);
    if (missing === undefined || plugins.get(id)?.enabled !== true) return;
    const why = plugins.has(missing) ? 'is not enabled' : 'is not configured';
    throw wrong(`/plugins/${i}/dependencies`, `${id} needs ${JSON.stringify(missing)}, which ${why}`);
  });
  const cycle = findCycle(named);
  if (cycle !== undefined) throw wrong('/plugins', `the dependencies form a cycle: ${cycle.join(' -> ')}`);
}

function fillRows<Input extends object>(
  path: string,
  given: Input | undefined,
  rows: Rows<Input>,
  base?: { readonly [name in keyof Input]-?: number },
): { readonly [name in keyof Input]-?: number } {
  const names = Object.keys(rows) as (keyof Input & string)[];
  if (given !== undefined) at(path, () => checkNames(path.slice(path.lastIndexOf('/') + 1), given, names));
  const filled = names.map((name) => {
    const value = given?.[name] as Duration | undefined;
    const fallback = base?.[name] ?? rows[name].default;
    return [name, value === undefined ? fallback : parse(`${path}/${name}`, value, rows[name])];
  });
  return Object.freeze(Object.fromEntries(filled));
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

function parse(path: string, given: unknown, row: { kind: Kind; min: number }): number {
  const { kind, min } = row;
  if (kind === 'fuel' && given !== 0)
    return at(path, () => parseLimit('fuel', given as number | string, MACHINE_RATES));
  const value = kind === 'ms' && typeof given === 'string' ? parseDuration(given) : given;
  const max = kind === 'share' ? 1 : kind === 'ms' ? LONGEST_MS : MOST;
  const isWhole = kind === 'share' || Number.isInteger(value);
  if (typeof value === 'number' && value >= min && value <= max && isWhole) return value;
  const what =
    kind === 'ms' ? 'milliseconds, or text such as "10s",' : kind === 'share' ? 'a number' : 'a whole number';
  throw wrong(path, `expected ${what} from ${min} to ${max}, got ${show(given)}`);
}

function parseDuration(text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s?([a-z]{1,3})$/.exec(text);
  const unit = match?.[2];
  return match === null || unit === undefined || !Object.hasOwn(UNITS, unit)
    ? Number.NaN
    : Math.round(Number(match[1]) * (UNITS[unit] as number));
}

/** What goes wrong inside is wrong at this place. */
function at<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw wrong(path, (error as Error).message, error);
  }
}

function wrong(path: string, problem: string, cause?: unknown): RingfenceError {
  const { details } = cause === undefined ? invalid('', {}) : (cause as RingfenceError);
  const where = path === '' ? 'The configuration' : `The configuration at ${path}`;
  return new RingfenceError('INVALID_CONFIG', `${where}: ${problem}`, {
    stage: 'options',
    details: { ...details, path },
    cause,
  });
}
