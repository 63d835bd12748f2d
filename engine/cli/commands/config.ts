/** `ringfence config`: what a configuration file says, and what is wrong with it. Nothing of a plugin runs. */
import { Command } from 'commander';
import { ERRORS } from '../../errors.ts';
import { configurationFile, findingText, printFindings } from '../configuration-file.ts';
import { output } from '../terminal.ts';
import { formatCount } from '../units.ts';

interface ConfigOptions {
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  ringfence config check                 ringfence.yaml of this directory
  ringfence config check deploy/ringfence.yaml
  ringfence config print --json | jq .value.plugins

Every problem is told with its file, line, column and path. Exit status: 0 where all is well.`;

export function configCommand(): Command {
  const config = new Command('config')
    .summary('check or print a configuration file')
    .description('Reads a configuration file and finds the plugins that it speaks of. Nothing of them runs.')
    .addHelpText('after', EXAMPLES);
  const file = ['[file]', 'a .yaml or .json file (default: ringfence.yaml, .yml or .json here)'] as const;
  config.addCommand(
    new Command('check')
      .description('Says what is wrong with a configuration file, and with the plugins that it speaks of.')
      .argument(...file)
      .option('--json', 'print one JSON document')
      .action(check),
  );
  config.addCommand(
    new Command('print')
      .description('Prints a configuration as it takes effect, with where each value is from; secrets are struck out.')
      .argument(...file)
      .option('--json', 'print one JSON document')
      .action(print),
  );
  return config;
}

async function check(given: string | undefined, { json }: ConfigOptions): Promise<void> {
  const file = configurationFile(given);
  const { checkConfiguration } = await import('../../manager/configuration/check-configuration.ts');
  const loaded = await checkConfiguration(file);
  const { findings, plugins } = loaded;
  if (findings.length > 0) process.exitCode = ERRORS.INVALID_CONFIG.exitCode;
  if (json) {
    const told = findings.map((finding) => ({ ...finding, message: findingText(finding, loaded) }));
    output.line(JSON.stringify({ ok: findings.length === 0, value: { plugins: idsOf(plugins), findings: told } }));
    return;
  }
  printFindings(loaded);
  if (findings.length > 0) return;
  const count = `${formatCount(plugins.length)} ${plugins.length === 1 ? 'plugin' : 'plugins'}`;
  output.line(`${output.paint('green', 'valid')} ${file}: ${count}`);
}

async function print(given: string | undefined, { json }: ConfigOptions): Promise<void> {
  const file = configurationFile(given);
  const [{ loadConfiguration }, { effectiveConfiguration, effectiveYaml }] = await Promise.all([
    import('../../manager/configuration/load-configuration.ts'),
    import('../../manager/configuration/effective.ts'),
  ]);
  const loaded = await loadConfiguration(file);
  const effective = effectiveConfiguration(loaded);
  if (json) {
    const { value, provenance } = effective;
    output.line(JSON.stringify({ ok: true, value, provenance: Object.fromEntries(provenance) }));
    return;
  }
  printFindings(loaded);
  output.line(effectiveYaml(effective).trimEnd());
}

const idsOf = (plugins: readonly { readonly id: string }[]): readonly string[] => plugins.map(({ id }) => id);
