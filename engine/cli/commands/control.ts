/** `ringfence status`, `reload` and `rollback`: what a running `ringfence start` is asked. */
import { Command } from 'commander';
import type { PluginStatus, ReloadReport } from '../../index.ts';
import { configurationFile } from '../configuration-file.ts';
import { tableLines } from '../table.ts';
import { output, printable } from '../terminal.ts';
import { formatCount } from '../units.ts';

interface ControlOptions {
  readonly file?: string;
  readonly json?: true;
}

const FILE = [
  '-f, --file <file>',
  'the configuration file that runs (default: ringfence.yaml, .yml or .json here)',
] as const;
const JSON_OPTION = ['--json', 'print one JSON document'] as const;
const WHO = `
It is asked of the \`ringfence start\` that runs the file, on this machine and of the same user.`;

export function statusCommand(): Command {
  return new Command('status')
    .summary('show how running plugins are doing')
    .description('Shows how the plugins of a running configuration are doing.')
    .option(...FILE)
    .option(...JSON_OPTION)
    .addHelpText('after', WHO)
    .action(async ({ file, json }: ControlOptions) => {
      const { ask } = await import('../control/ask.ts');
      tell(await ask(configurationFile(file), { ask: 'status' }), json, printStatus);
    });
}

export function reloadCommand(): Command {
  return new Command('reload')
    .summary('change a running plugin to the version that its file has now')
    .description('Loads the present version of a plugin beside the one that runs, and swaps them if all is well.')
    .argument('<id>', 'the plugin')
    .option(...FILE)
    .option(...JSON_OPTION)
    .addHelpText('after', WHO)
    .action(async (plugin: string, { file, json }: ControlOptions) => {
      const { ask } = await import('../control/ask.ts');
      tell(await ask(configurationFile(file), { ask: 'reload', plugin }), json, printReload);
    });
}

export function rollbackCommand(): Command {
  return new Command('rollback')
    .summary('take a running plugin back to an earlier version')
    .description('Takes a running plugin back to a version that is kept, with its state.')
    .argument('<id>', 'the plugin')
    .argument('[version]', 'one of those that `ringfence status` shows (default: the one before)')
    .option(...FILE)
    .option(...JSON_OPTION)
    .addHelpText('after', WHO)
    .action(async (plugin: string, version: string | undefined, { file, json }: ControlOptions) => {
      const { ask } = await import('../control/ask.ts');
      tell(await ask(configurationFile(file), { ask: 'rollback', plugin, version }), json, printReload);
    });
}

function tell<Value>(value: Value, json: true | undefined, print: (value: Value) => void): void {
  if (json) output.line(JSON.stringify({ ok: true, value }));
  else print(value);
}

function printStatus(plugins: readonly PluginStatus[]): void {
  const columns = [
    { title: 'plugin' },
    { title: 'state' },
    { title: 'version' },
    { title: 'calls now', align: 'right' },
    { title: 'lately', align: 'right' },
    { title: 'failed', align: 'right' },
    { title: 'kept' },
    { title: '' },
  ] as const;
  const rows = plugins.map(({ id, state, version, inFlight, recent, kept, reason }) =>
    [
      id,
      state,
      version ?? '',
      formatCount(inFlight),
      formatCount(recent.calls),
      formatCount(recent.failures),
      kept.map((one) => one.version).join(', '),
      state === 'running' ? '' : reason,
    ].map(printable),
  );
  for (const line of tableLines(columns, rows)) output.line(line);
}

function printReload({ plugin, from, to, carriedState }: ReloadReport): void {
  const change = from === undefined ? to : `${from} -> ${to}`;
  output.line(`${printable(plugin)}: ${printable(change)}${carriedState ? ', with its state' : ''}`);
}
