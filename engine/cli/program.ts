/** The command line: commands, what they share, and how each end becomes an exit status. */
import { styleText } from 'node:util';
import { Command, CommanderError } from 'commander';
import { ERRORS, RingfenceError } from '../errors.ts';
import { benchCommand } from './commands/bench.ts';
import { buildCommand } from './commands/build.ts';
import { configCommand } from './commands/config.ts';
import { reloadCommand, rollbackCommand, statusCommand } from './commands/control.ts';
import { devCommand } from './commands/dev.ts';
import { inspectCommand } from './commands/inspect.ts';
import { newCommand } from './commands/new.ts';
import { replayCommand } from './commands/replay.ts';
import { runCommand } from './commands/run.ts';
import { startCommand } from './commands/start.ts';
import { exitCodeOf, failureData, printFailure, toRingfenceError, usageOfFailure } from './failure.ts';
import { packageRoot } from './package-root.ts';
import { output } from './terminal.ts';

const EXAMPLES = `
Examples:
  ringfence new my-plugin                        a plugin that builds and passes its test at once
  ringfence build my-plugin                      AssemblyScript to my-plugin/build/my-plugin.wasm
  ringfence inspect my-plugin.wasm               what it is and asks for, without running it
  ringfence run my-plugin.wasm greet --input '{"name": "Ada"}'
  ringfence dev my-plugin                        builds, runs and tests it anew at every edit
  ringfence start ringfence.yaml                 runs the plugins of a configuration file
  ringfence rollback my-plugin                   takes a running plugin back to the version before

Exit status: 0 is success, 2 a wrong command line; each error code has its own (docs/ERRORS.md).`;

/**
 * Runs one command line and sets the exit status of the process.
 * @param args without the paths of Node.js and the script
 */
export async function runCli(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...args], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
    // Without a command, commander has shown the help.
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') {
      process.exitCode = ERRORS.USAGE.exitCode;
      return;
    }
    const error = thrown instanceof CommanderError ? usageError(thrown) : toRingfenceError(thrown);
    process.exitCode = exitCodeOf(error);
    if (wantsJson(args)) {
      output.line(JSON.stringify({ ok: false, error: failureData(error), usage: usageOfFailure(error) }));
    } else {
      printFailure(error);
    }
  }
}

function createProgram(): Command {
  const program = new Command('ringfence')
    .description('Runs WebAssembly plugins inside a fence: exact fuel, capped memory, granted capabilities.')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EXAMPLES);
  program.option('-V, --version', 'print the version').on('option:version', () => {
    output.line(packageRoot().version);
    throw new CommanderError(0, 'commander.version', '');
  });
  const commands = [
    newCommand(),
    buildCommand(),
    inspectCommand(),
    runCommand(),
    benchCommand(),
    replayCommand(),
    devCommand(),
    startCommand(),
    statusCommand(),
    reloadCommand(),
    rollbackCommand(),
    configCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of withSubcommands(program)) {
    command
      .exitOverride()
      .configureHelp({ styleTitle: (title) => styleText('bold', title, { validateStream: false }) })
      // Told with the other errors, in one form.
      .configureOutput({ outputError: () => {} });
  }
  return program;
}

const withSubcommands = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(withSubcommands),
];

/** "error: unknown option '--jsn'\n(Did you mean --json?)" in our words. */
function usageError({ message }: CommanderError): RingfenceError {
  const text = message.replace(/^error: /, '').replace(/\n\((Did you mean .*)\)$/s, '. $1');
  return new RingfenceError('USAGE', text.charAt(0).toUpperCase() + text.slice(1), { stage: 'options' });
}

/** Read off the words themselves: a wrong command line has not been understood. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).includes('--json');
}
