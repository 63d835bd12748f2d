/** `ringfence run`: calls one function of a plugin, and says what that took. */
import { Command } from 'commander';
import { RingfenceError } from '../../errors.ts';
import type { ExecutorName, LoadOptions, Plugin, Usage } from '../../index.ts';
import { cacheDirectory } from '../cache-directory.ts';
import { inputFor, limitsOf, onlyFunction } from '../call-parts.ts';
import { collect, grantsOf, readGiven, readJson } from '../given-values.ts';
import { LINE_LOGGER } from '../log-lines.ts';
import { notes, output, printable } from '../terminal.ts';
import { formatCount } from '../units.ts';
import { usageLines } from '../usage-table.ts';

interface RunOptions {
  readonly input?: string;
  readonly config?: string;
  readonly limit?: readonly string[];
  readonly fuel?: string;
  readonly grant?: readonly string[];
  readonly profile?: string;
  readonly record?: string;
  readonly cache?: string | false;
  readonly json?: true;
  readonly raw?: true;
}

const EXAMPLES = `
Examples:
  ringfence run words.wasm count --input '{"text": "to be or not to be"}'
  ringfence run words.wasm count --input @text.json --limit fuel=5M --limit timeoutMs=2s
  ringfence run words.wasm count --input @text.json --fuel 50ms
  ringfence run vowels.wasm count_vowels --input "any text"    (an Extism plugin)
  ringfence run program.wasm                                   (a WASI program)
  ringfence run music.wasm search --input '"blue"' --grant http=https://api.example.com
  ringfence run words.wasm count --input @text.json --profile words.folded
  cat photo.jpg | ringfence run thumbs.wasm shrink --input - --raw > small.jpg

The value goes to standard output; logs, usage and errors go to standard error.
With --json, one document: { "ok", "value"?, "error"?: { "code", "message", "details" }, "usage" }`;

export function runCommand(): Command {
  return new Command('run')
    .summary('call a function of a plugin')
    .description('Loads a plugin, calls one of its functions, prints the result and what the call used.')
    .argument('<file>', 'the plugin: a .wasm file, or its folder')
    .argument('[function]', 'the function to call (default: the only one that there is)')
    .option(
      '-i, --input <json>',
      'input: JSON (text for Extism plugins and WASI programs), @file, or - for standard input',
    )
    .option('-c, --config <json>', 'configuration of the plugin: a JSON object, or @file')
    .option(
      '-l, --limit <name=value>',
      'set a limit, such as fuel=5M, memory=16MiB, timeoutMs=2s (repeatable)',
      collect,
    )
    .option('-f, --fuel <amount>', 'short for --limit fuel=<amount>: units such as 5M, or CPU time such as 50ms')
    .option(
      '-g, --grant <capability=value>',
      'grant a capability, such as http=https://api.example.com (repeatable)',
      collect,
    )
    .option('--profile <file>', 'write fuel by stacks of functions, as flame graph tools read them')
    .option('--record <file>', 'write down what the call asks and answers, for `ringfence replay`')
    .option('--cache <directory>', "keep metered modules there (default: the user's cache directory)")
    .option('--no-cache', 'keep no metered modules')
    .option('--json', 'print one JSON document')
    .option('--raw', 'bytes in and out, as they are')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(path: string, given: string | undefined, options: RunOptions): Promise<void> {
  if (options.json && options.raw) {
    throw new RingfenceError('USAGE', 'Expected `--json` or `--raw`, got both: bytes are not JSON', {
      stage: 'options',
    });
  }
  const load: LoadOptions = {
    limits: { ...limitsOf(options.limit), ...(options.fuel === undefined ? {} : { fuel: options.fuel }) },
    grants: grantsOf(options.grant),
    config: options.config === undefined ? undefined : await readJson('--config', options.config, 'INVALID_CONFIG'),
    profile: options.profile !== undefined,
    record: options.record,
  };
  const input = options.input === undefined ? undefined : await readGiven('--input', options.input, 'INVALID_INPUT');
  // Loaded last: it takes longer than saying that an option is wrong.
  const [{ createEngine }, { canSuspend }, { chooseModule }] = await Promise.all([
    import('../../index.ts'),
    import('../../runtime/jspi.ts'),
    import('../plugin-folder.ts'),
  ]);
  // This process has nothing else to do, and starting a thread takes longer than most calls. Where plugins cannot be suspended,
  // a thread is what lets them wait, and lets Ctrl-C through.
  const needsInline = options.profile !== undefined || options.record !== undefined;
  const executor: ExecutorName = canSuspend || needsInline ? 'inline' : 'worker';
  const engine = await createEngine({
    logger: LINE_LOGGER,
    executor,
    cache: cacheDirectory(options.cache),
  });
  engine.on('plugin-event', ({ event, payload }) => {
    const said = payload === undefined ? '' : ` ${JSON.stringify(payload)}`;
    notes.line(`${notes.paint('cyan', 'event')} ${printable(`${event}${said}`)}`);
  });
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  // A plugin that runs here and cannot be suspended lets nobody hear the signal: there it ends the process.
  if (canSuspend || executor !== 'inline') process.once('SIGINT', interrupt);
  try {
    const { file } = await chooseModule(path);
    const plugin = await engine.load(file, { ...load, requireGrants: true, signal: interrupted.signal });
    if (!options.json) await tellFuelOf(load.limits?.fuel, plugin);
    try {
      const name = given ?? onlyFunction(plugin);
      if (options.raw) await runRaw(plugin, name, input, interrupted.signal);
      else await runJson(plugin, name, inputFor(input, plugin), interrupted.signal, options);
    } finally {
      await profileTo(options.profile, plugin);
    }
  } finally {
    process.off('SIGINT', interrupt);
    await engine.close();
  }
}

async function runJson(
  plugin: Plugin,
  name: string,
  input: unknown,
  signal: AbortSignal,
  options: RunOptions,
): Promise<void> {
  const { value, usage } = await plugin.invoke(name, input, { signal });
  if (options.json) {
    output.line(JSON.stringify({ ok: true, value, usage }));
    return;
  }
  if (value !== undefined) output.line(printable(JSON.stringify(value, null, 2)));
  printUsage(usage);
}

async function runRaw(
  plugin: Plugin,
  name: string,
  input: Uint8Array = new Uint8Array(),
  signal: AbortSignal,
): Promise<void> {
  process.stdout.write(await plugin.callBytes(name, input, { signal }));
  printUsage(plugin.usage());
}

/** Fuel that was given as time is another number on another machine: says which it is here. */
async function tellFuelOf(given: number | string | undefined, plugin: Plugin): Promise<void> {
  if (typeof given !== 'string' || !given.trimEnd().endsWith('s')) return;
  const { fuelPerMs } = await import('../../index.ts');
  const line = `${given.trim()} of CPU time is ${formatCount(plugin.info.limits.fuel)} fuel here: ${formatCount(fuelPerMs())} per millisecond`;
  notes.line(notes.paint('dim', line));
}

/** Also of a call that failed. */
async function profileTo(file: string | undefined, plugin: Plugin): Promise<void> {
  const profile = plugin.profile();
  if (file === undefined || profile === undefined) return;
  const { writeProfile } = await import('../profile-output.ts');
  await writeProfile(file, profile);
}

function printUsage(usage: Usage): void {
  notes.line();
  for (const line of usageLines(usage)) notes.line(notes.paint('dim', line));
}
