/** `ringfence dev`: a plugin that is built, loaded and tested anew at every edit. */
import { Command } from 'commander';
import { collect, grantsOf, readJson, splitPair } from '../given-values.ts';
import { UntilStopped } from '../until-stopped.ts';

interface DevCommandOptions {
  readonly out?: string;
  readonly config?: string;
  readonly limit?: readonly string[];
  readonly grant?: readonly string[];
  readonly call?: string;
  readonly input?: string;
  readonly test?: string | false;
}

const EXAMPLES = `
Examples:
  ringfence dev                          the plugin of this directory
  ringfence dev plugins/word-count --call count --input '{"text": "to be or not to be"}'
  ringfence dev --grant kv --test 'node --test'

A build with errors, or a version that does not start, leaves the one before running. State goes along where the plugin saves it.
Calls can be typed while it runs: a function and its input, such as: greet {"name": "Ada"}
Builds are not optimised: they use more fuel than those of \`ringfence build\`. Ctrl+C ends it.`;

export function devCommand(): Command {
  return new Command('dev')
    .summary('build, run and test a plugin anew at every edit')
    .description(
      'Watches a plugin: at every edit it is compiled, loaded in the place of the version before, and tested. Logs and traps show lines of its sources.',
    )
    .argument('[source]', "the plugin's directory (with plugin.json and assembly/index.ts), or its main file", '.')
    .option('-o, --out <dir>', "where the files go (default: build in the plugin's directory)")
    .option('-c, --config <json>', 'configuration of the plugin: a JSON object, or @file')
    .option('-l, --limit <name=value>', 'set a limit, such as fuel=5M (repeatable)', collect)
    .option('-g, --grant <capability=value>', 'grant a capability, such as kv (repeatable)', collect)
    .option('--call <function>', 'call it after each reload')
    .option('-i, --input <json>', 'input of that call: JSON, or @file')
    .option('--test <command>', "run this after each reload (default: the package's script test:dev, or test)")
    .option('--no-test', 'run no tests')
    .addHelpText('after', EXAMPLES)
    .action(dev);
}

async function dev(source: string, options: DevCommandOptions): Promise<void> {
  const { out, config, limit = [], grant, call, input, test } = options;
  const { DevSession } = await import('../dev/session.ts');
  const session = new DevSession({
    source,
    outDir: out,
    load: {
      config: config === undefined ? undefined : await readJson('--config', config, 'INVALID_CONFIG'),
      grants: grantsOf(grant),
      limits: Object.fromEntries(limit.map((pair) => splitPair('--limit', pair, 'name=value, such as fuel=5M'))),
    },
    call:
      call === undefined
        ? undefined
        : { name: call, input: input === undefined ? undefined : await readJson('--input', input, 'INVALID_INPUT') },
    tests: test,
  });
  const stopped = new UntilStopped();
  try {
    await session.start();
    session.readCalls(process.stdin);
    await stopped.signal;
  } finally {
    stopped.release();
    await session.close();
    process.stdin.destroy();
  }
}
