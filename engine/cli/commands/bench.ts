/** `ringfence bench`: what calls of a plugin take, against plain V8, and what limits to set. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { encodeValue } from '../../abi/values.ts';
import { RingfenceError } from '../../errors.ts';
import type { LogEntry, Logger, Plugin, Usage } from '../../index.ts';
import { inputFor, limitsOf, onlyFunction } from '../call-parts.ts';
import { collect, grantsOf, readGiven, readJson } from '../given-values.ts';
import { LINE_LOGGER } from '../log-lines.ts';
import { type Measurement, measurementOf } from '../measurement.ts';
import { measurementLines } from '../measurement-text.ts';
import { RawThread, whyNotRaw } from '../raw-plugin.ts';
import { output } from '../terminal.ts';

interface BenchOptions {
  readonly input?: string;
  readonly config?: string;
  readonly limit?: readonly string[];
  readonly grant?: readonly string[];
  readonly calls: string;
  readonly seconds: string;
  readonly raw: boolean;
  readonly json?: true;
}

const CALLS = '1000';
const SECONDS = '5';
const EXAMPLES = `
Examples:
  ringfence bench words.wasm count --input '{"text": "to be or not to be"}'
  ringfence bench words.wasm count --input @largest.json --calls 5000 --seconds 20
  ringfence bench stranger.wasm run --no-raw

Take the largest input that you expect: limits are suggested for inputs like it.
With --json, one document: { "ok", "measurement"?, "error"? }; fuel in units, memory in bytes, time in microseconds.`;

export function benchCommand(): Command {
  return new Command('bench')
    .summary('measure calls of a plugin')
    .description('Calls a function again and again: fuel, memory and time, against plain V8, and what limits to set.')
    .argument('<file>', 'the plugin: a .wasm file, or its folder')
    .argument('[function]', 'the function to call (default: the only one that there is)')
    .option('-i, --input <json>', 'input, as `ringfence run` takes it')
    .option('-c, --config <json>', 'configuration of the plugin: a JSON object, or @file')
    .option('-l, --limit <name=value>', 'set a limit, such as fuel=5M (repeatable)', collect)
    .option('-g, --grant <capability=value>', 'grant a capability (repeatable)', collect)
    .option('-n, --calls <number>', 'calls that are measured at most', CALLS)
    .option('--seconds <number>', 'time after which no more calls are made', SECONDS)
    .option('--no-raw', 'do not run the plugin on plain V8 as well, where nothing limits it')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(bench);
}

async function bench(path: string, given: string | undefined, options: BenchOptions): Promise<void> {
  const calls = positive('--calls', options.calls);
  const seconds = positive('--seconds', options.seconds);
  const config =
    options.config === undefined ? undefined : await readJson('--config', options.config, 'INVALID_CONFIG');
  const text = options.input === undefined ? undefined : await readGiven('--input', options.input, 'INVALID_INPUT');
  const [{ createEngine }, { canSuspend }, { chooseModule }] = await Promise.all([
    import('../../index.ts'),
    import('../../runtime/jspi.ts'),
    import('../plugin-folder.ts'),
  ]);
  const logger = new FirstCallLogger();
  const engine = await createEngine({ logger, executor: canSuspend ? 'inline' : 'worker' });
  try {
    const { file } = await chooseModule(path);
    const plugin = await engine.load(file, {
      limits: limitsOf(options.limit),
      grants: grantsOf(options.grant),
      config,
      requireGrants: true,
    });
    await benchPlugin(plugin, { file, given, config, text, calls, seconds, logger }, options);
  } finally {
    await engine.close();
  }
}

interface Wanted {
  readonly file: string;
  /** The function, where one was named. */
  readonly given: string | undefined;
  readonly config: unknown;
  /** The input as it was given. */
  readonly text: Uint8Array | undefined;
  readonly calls: number;
  readonly seconds: number;
  readonly logger: FirstCallLogger;
}

async function benchPlugin(
  plugin: Plugin,
  { file, given, config, text, calls, seconds, logger }: Wanted,
  options: BenchOptions,
): Promise<void> {
  const name = given ?? onlyFunction(plugin);
  const { contract, imports } = plugin.info;
  const input = new TextEncoder().encode(encodeValue(contract, inputFor(text, plugin)));
  const without = options.raw ? whyNotRaw(contract, imports) : 'not asked for';
  // First inside the fence: what fails there is not tried without.
  const fenced = new FencedCalls(plugin, name, input);
  await fenced.call(1);
  logger.isQuiet = true;
  const raw =
    without === undefined
      ? new RawThread({ bytes: await readFile(file), name, input, config: JSON.stringify(config ?? {}) })
      : undefined;
  try {
    const measurement = await measure(fenced, raw, without, { calls, seconds });
    if (options.json) output.line(JSON.stringify({ ok: true, measurement }));
    else for (const line of measurementLines(plugin.id, name, measurement)) output.line(line);
  } finally {
    await raw?.close();
  }
}

/** Shows what loading and the first call log. The plugin logs on, at its usual price, but a thousand times the same says no more. */
class FirstCallLogger implements Logger {
  isQuiet = false;

  log(entry: LogEntry): void {
    if (!this.isQuiet) LINE_LOGGER.log(entry);
  }
}

class FencedCalls {
  readonly #plugin: Plugin;
  readonly #name: string;
  readonly #input: Uint8Array;
  /** What loading used. */
  readonly loading: Usage;
  us: number[] = [];
  usages: Usage[] = [];

  constructor(plugin: Plugin, name: string, input: Uint8Array) {
    this.#plugin = plugin;
    this.#name = name;
    this.#input = input;
    this.loading = plugin.usage();
  }

  async call(calls: number): Promise<void> {
    for (let i = 0; i < calls; i++) {
      const started = performance.now();
      await this.#plugin.callBytes(this.#name, this.#input);
      this.us.push((performance.now() - started) * 1000);
      this.usages.push(this.#plugin.usage());
    }
  }
}

/** Both sides take turns for some milliseconds each, so that what slows the machine down for a while slows both. */
const TURN_US = 20_000;
/** Until V8 has compiled for good what is called often. */
const WARM_UP_SHARE = 0.2;

async function measure(
  fenced: FencedCalls,
  raw: RawThread | undefined,
  without: string | undefined,
  { calls, seconds }: { readonly calls: number; readonly seconds: number },
): Promise<Measurement> {
  const started = performance.now();
  let rawUs: number[] = [];
  let whyNot = without;
  let isWarm = false;
  for (;;) {
    const share = (performance.now() - started) / 1000 / seconds;
    if (!isWarm && (share > WARM_UP_SHARE || fenced.us.length > calls)) {
      isWarm = true;
      fenced.us = [];
      fenced.usages = [];
      rawUs = [];
    }
    const missing = calls - fenced.us.length;
    if (isWarm && (missing <= 0 || (share >= 1 && fenced.us.length > 0))) break;
    const last = fenced.us.at(-1) ?? TURN_US;
    const turn = Math.max(1, Math.min(isWarm ? missing : calls, Math.floor(TURN_US / last)));
    await fenced.call(turn);
    if (raw === undefined || whyNot !== undefined) continue;
    try {
      rawUs.push(...(await raw.call(turn)));
    } catch (error) {
      whyNot = `plain V8 did not answer: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return measurementOf({ loading: fenced.loading, usages: fenced.usages, us: fenced.us, rawUs, without: whyNot });
}

/** @throws USAGE */
function positive(option: string, given: string): number {
  const value = Number(given);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RingfenceError('USAGE', `Expected \`${option}\` to be a number above 0, got ${given}`, {
    stage: 'options',
    details: { option, given },
  });
}
