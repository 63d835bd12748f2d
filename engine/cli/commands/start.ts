/** `ringfence start`: runs the plugins of a configuration file until it is told to stop. */
import { Command } from 'commander';
import { configurationFile } from '../configuration-file.ts';
import { UntilStopped } from '../until-stopped.ts';

interface StartOptions {
  readonly watch: boolean;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  ringfence start                        ringfence.yaml of this directory
  ringfence start deploy/ringfence.yaml --json

A change of the file, or SIGHUP, applies the difference to what runs; a file with a problem is refused, and what ran before goes on.
SIGINT and SIGTERM stop the plugins in good order. States and logs go to standard error; with --json, to standard output, one object
a line.`;

export function startCommand(): Command {
  return new Command('start')
    .summary('run the plugins of a configuration file')
    .description('Runs the plugins of a configuration file, keeps them running, and follows its changes.')
    .argument('[file]', 'a .yaml or .json file (default: ringfence.yaml, .yml or .json here)')
    .option('--no-watch', 'follow the file at SIGHUP only')
    .option('--json', 'print states and logs as JSON, one object a line')
    .addHelpText('after', EXAMPLES)
    .action(start);
}

async function start(given: string | undefined, { watch, json }: StartOptions): Promise<void> {
  const file = configurationFile(given);
  const { RunningConfiguration } = await import('../running-configuration.ts');
  const running = await RunningConfiguration.open(file, json ? 'json' : 'text');
  const stopped = new UntilStopped();
  const follow = (): void => void running.follow();
  process.on('SIGHUP', follow);
  try {
    // Before anything is started: a change meanwhile is not lost.
    if (watch) await running.watch();
    await running.start();
    await stopped.signal;
  } finally {
    stopped.release();
    process.off('SIGHUP', follow);
    await running.close();
  }
}
