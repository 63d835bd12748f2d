/**
 * Runs a recording again: the same plugin, the same calls, the same answers from outside. It must say the same and use the same
 * fuel, on whatever machine and version of Node.js.
 */

import type { HookName } from '../abi/exports.ts';
import { isRingfenceError } from '../errors.ts';
import { configTexts } from '../host/config.ts';
import { withCustom } from '../host/custom/functions.ts';
import type { Permits } from '../host/permissions.ts';
import { type Limits, resolveLimits } from '../limits.ts';
import { COST_TABLE_VERSION } from '../meter/index.ts';
import { checkNames, invalid, show } from '../option-checks.ts';
import type { CallSettings } from '../options.ts';
import { EvictableInstance } from '../runtime/evictable-instance.ts';
import type { Input } from '../runtime/instance.ts';
import { type PreparedPlugin, Preparer } from '../runtime/prepare.ts';
import { Residency } from '../runtime/residency.ts';
import { makeRunnable } from '../runtime/runnable.ts';
import type { PluginSource } from '../runtime/source.ts';
import { decodeData, encodeData } from './data.ts';
import {
  COMPARED_USAGE,
  comparedUsage,
  invalidRecording,
  type RecordedError,
  type RecordedOperation,
  type RecordedUsage,
  type RecordingHead,
} from './format.ts';
import { readRecording } from './reader.ts';
import { Script, scripted } from './script.ts';

export interface ReplayOptions {
  /** How long each call may take, in milliseconds. @default 60000 */
  readonly timeoutMs?: number | undefined;
  /** The manifest, where the module carries none. @default the `plugin.json` beside the file */
  readonly manifest?: unknown;
}

/** Where a replay left the recording for the first time. */
export interface ReplayDifference {
  /** Line of the file. */
  readonly line: number;
  readonly instance: number;
  /** Of the plugin; undefined of a start or a stop. */
  readonly function: string | undefined;
  /** What it is about: `result`, one of the names of usage, or `asked`. */
  readonly about: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
  /** The same as a sentence. */
  readonly message: string;
}

export interface Replay {
  readonly plugin: { readonly name: string; readonly version: string; readonly digest: string };
  /** Operations that were replayed, starts and stops included. */
  readonly operations: number;
  readonly calls: number;
  /** Fuel of all of them. */
  readonly fuel: number;
  /** Undefined where everything was the same. */
  readonly difference: ReplayDifference | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;
/** Ended by time or by somebody: that is no property of the plugin. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['DEADLINE_EXCEEDED', 'CANCELLED', 'CLOSED']);

/**
 * Replays a recording, up to the first difference.
 * @param file what `load(…, { record: file })` or `ringfence run --record` wrote
 * @param source the plugin that was recorded
 * @throws INVALID_RECORDING for what is none, or is of another plugin; whatever loading the plugin may throw
 */
export async function replay(file: string, source: PluginSource, options: ReplayOptions = {}): Promise<Replay> {
  checkNames('replay', options, ['timeoutMs', 'manifest']);
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0)) {
    throw invalid(`Expected \`timeoutMs\` to be milliseconds above 0, got ${show(timeoutMs)}`, { option: 'timeoutMs' });
  }
  const { head, operations } = await readRecording(file);
  if (head.prices !== COST_TABLE_VERSION) {
    throw invalidRecording(
      1,
      `its fuel is by version ${head.prices} of the prices; these are version ${COST_TABLE_VERSION}`,
    );
  }
  const limits = limitsOf(head, timeoutMs);
  const preparer = new Preparer();
  try {
    const prepared = await preparer.prepare(source, {
      manifest: options.manifest,
      maxBytes: limits.wasmBytes,
      host: withCustom(head.custom),
      limits: () => limits,
    });
    const { digest } = head.plugin;
    if (prepared.digest !== digest) {
      throw invalidRecording(1, `it is of the plugin with the digest ${digest}; this one has ${prepared.digest}`);
    }
    return await new Replayer(head, prepared).run(operations);
  } finally {
    await preparer.close();
  }
}

/** @throws INVALID_RECORDING */
function limitsOf({ limits }: RecordingHead, timeoutMs: number): Limits {
  try {
    return resolveLimits({ ...limits, timeoutMs, startTimeoutMs: timeoutMs, stopGraceMs: timeoutMs });
  } catch (cause) {
    throw invalidRecording(1, (cause as Error).message, cause);
  }
}

/** How an operation ended. */
interface Outcome {
  readonly output?: unknown;
  readonly error?: RecordedError;
  readonly usage: RecordedUsage | undefined;
}

interface Player {
  readonly script: Script;
  readonly instance: EvictableInstance;
  /** The fuel at which the running call was ended from outside. */
  stopAt: number;
}

class Replayer {
  readonly #head: RecordingHead;
  readonly #prepared: PreparedPlugin;
  readonly #players = new Map<number, Player>();
  readonly #residency = new Residency(Number.POSITIVE_INFINITY);

  constructor(head: RecordingHead, prepared: PreparedPlugin) {
    this.#head = head;
    this.#prepared = prepared;
  }

  async run(operations: readonly RecordedOperation[]): Promise<Replay> {
    const { plugin } = this.#head;
    let calls = 0;
    let fuel = 0;
    for (const [i, operation] of operations.entries()) {
      const difference = await this.#replay(operation, i + 2);
      if (difference !== undefined) return { plugin, operations: i, calls, fuel, difference };
      if (operation.op === 'call') calls++;
      fuel += operation.usage?.fuelUsed ?? 0;
    }
    return { plugin, operations: operations.length, calls, fuel, difference: undefined };
  }

  async #replay(operation: RecordedOperation, line: number): Promise<ReplayDifference | undefined> {
    const { error, usage } = operation;
    const isFromOutside = error !== undefined && FROM_OUTSIDE.has(error.code);
    // Ended before any of it ran.
    if (isFromOutside && (usage?.fuelUsed ?? 0) === 0) return undefined;
    const player = operation.op === 'start' ? this.#newPlayer(operation, line) : this.#players.get(operation.instance);
    if (player === undefined) throw invalidRecording(line, `there is no instance ${operation.instance} by then`);
    player.stopAt = isFromOutside ? (usage?.fuelUsed ?? 0) : Number.POSITIVE_INFINITY;
    player.script.begin(operation.answers);
    const outcome = await this.#perform(player, operation, line);
    player.script.end();
    return firstDifference(player.script, operation, outcome, isFromOutside, line);
  }

  #newPlayer({ instance, permits = [], config = '{}' }: RecordedOperation, line: number): Player {
    if (this.#players.has(instance)) throw invalidRecording(line, `instance ${instance} starts twice`);
    const script = new Script();
    const runnable = makeRunnable({
      prepared: this.#prepared,
      services: scripted(script, new Map(permits) as Permits, configOf(config, line)),
      custom: this.#head.custom,
      configText: config,
      reset: this.#head.reset,
    });
    const player: Player = {
      script,
      instance: new EvictableInstance(runnable, this.#residency, (used) => used >= player.stopAt),
      stopAt: Number.POSITIVE_INFINITY,
    };
    this.#players.set(instance, player);
    return player;
  }

  async #perform({ instance }: Player, operation: RecordedOperation, line: number): Promise<Outcome> {
    const settings = this.#settings(operation, line);
    const now = performance.now();
    try {
      if (operation.op === 'start') await instance.start(settings, now);
      else if (operation.op === 'stop') await instance.stop(settings, now);
      else return await this.#call(instance, operation, settings, line);
    } catch (error) {
      if (isRingfenceError(error, 'INVALID_RECORDING')) throw error;
      return { error: errorData(error), usage: comparedUsage(instance.usage) };
    }
    return { usage: operation.op === 'stop' ? undefined : comparedUsage(instance.usage) };
  }

  async #call(
    instance: EvictableInstance,
    operation: RecordedOperation,
    settings: CallSettings,
    line: number,
  ): Promise<Outcome> {
    const { function: name = '', as = 'text' } = operation;
    if (![...this.#prepared.functions, ...this.#prepared.hooks].includes(name as HookName))
      throw invalidRecording(line, `the plugin has no function ${show(name)}`);
    if (instance.state !== 'idle')
      throw invalidRecording(line, `instance ${operation.instance} takes no calls by then`);
    const output = await instance.call(name, inputOf(operation, line), as, settings, performance.now());
    return { output: encodeData(output, (text) => text), usage: comparedUsage(instance.usage) };
  }

  /** @throws INVALID_RECORDING */
  #settings({ limits, deterministic, op, config }: RecordedOperation, line: number): CallSettings {
    const own = this.#prepared.limits;
    if (config !== undefined) configOf(config, line);
    try {
      const { timeoutMs, startTimeoutMs, stopGraceMs } = own;
      return {
        limits: limits === undefined ? own : resolveLimits({ ...limits, timeoutMs, startTimeoutMs, stopGraceMs }, own),
        signal: undefined,
        context: undefined,
        isLifecycle: op !== 'call',
        deterministic,
        configText: config,
      };
    } catch (cause) {
      throw invalidRecording(line, (cause as Error).message, cause);
    }
  }
}

/** @throws INVALID_RECORDING */
function inputOf({ input = '' }: RecordedOperation, line: number): Input {
  const decoded = decoding(input, line);
  if (typeof decoded === 'string' || decoded instanceof Uint8Array) return decoded;
  throw invalidRecording(line, 'its input is neither text nor bytes');
}

/** @throws INVALID_RECORDING */
function configOf(text: string, line: number): ReadonlyMap<string, string> {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (typeof config !== 'object' || config === null)
    throw invalidRecording(line, 'its configuration is no JSON object');
  return configTexts(config as Record<string, unknown>);
}

function decoding(value: unknown, line: number): unknown {
  try {
    return decodeData(value);
  } catch (problem) {
    throw invalidRecording(line, `a value ${(problem as Error).message}`, problem);
  }
}

function errorData(error: unknown): RecordedError {
  if (!isRingfenceError(error)) return { code: 'BUG', message: error instanceof Error ? error.message : String(error) };
  const { code, message, details } = error;
  if (code !== 'GUEST_ERROR') return { code, message };
  const own = { code: details.code, message: details.message, details: details.details };
  return { code, message, details: encodeData(own, (text) => text) as Record<string, unknown> };
}

function firstDifference(
  { difference }: Script,
  operation: RecordedOperation,
  outcome: Outcome,
  isFromOutside: boolean,
  line: number,
): ReplayDifference | undefined {
  const { instance, op, usage, output, error } = operation;
  const what = op === 'call' ? `the call of ${operation.function}` : `the ${op}`;
  const told = (about: string, recorded: unknown, replayed: unknown, message: string): ReplayDifference => ({
    ...{ line, instance, function: operation.function, about, recorded, replayed },
    message: `Line ${line}, ${what} in instance ${instance}: ${message}`,
  });
  if (difference !== undefined) return told('asked', undefined, undefined, difference.message);
  const before = resultOf(output, error, isFromOutside);
  const after = resultOf(outcome.output, outcome.error, isFromOutside);
  if (before !== after)
    return told('result', before, after, `the result was ${shown(before)}, now it is ${shown(after)}`);
  if (usage === undefined || outcome.usage === undefined) return undefined;
  for (const name of COMPARED_USAGE) {
    const now = outcome.usage[name];
    if (usage[name] !== now) return told(name, usage[name], now, `${name} was ${usage[name]}, now it is ${now}`);
  }
  return undefined;
}

/** As text, so that it can be compared: of errors the code, and what the plugin itself said. */
function resultOf(output: unknown, error: RecordedError | undefined, isFromOutside: boolean): string {
  if (error === undefined) return JSON.stringify({ output: output ?? null });
  const { code, details } = error;
  return JSON.stringify({ error: isFromOutside && FROM_OUTSIDE.has(code) ? 'ended from outside' : code, details });
}

const SHOWN = 300;
const shown = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
