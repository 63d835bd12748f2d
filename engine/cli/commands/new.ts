/** `ringfence new`: the directory of a plugin that builds and passes its tests at once. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { RingfenceError } from '../../errors.ts';
import { NAME_PATTERN } from '../../validate/manifest-schema.ts';
import { quote } from '../../validate/quote.ts';
import { installedFrom } from '../installed-from.ts';
import { type PackageRoot, packageRoot } from '../package-root.ts';
import { pluginFiles } from '../templates/plugin.ts';
import { output } from '../terminal.ts';

interface NewOptions {
  readonly name?: string;
}

const EXAMPLES = `
Examples:
  ringfence new word-filter
  ringfence new plugins/filter --name @acme/word-filter

JavaScript takes no more than a file: ringfence build plugin.js. C, Rust and other languages: docs/PLUGINS.md.`;

export function newCommand(): Command {
  return new Command('new')
    .summary('start a plugin')
    .description('Makes a directory with a plugin in AssemblyScript that builds and passes its tests at once.')
    .argument('<dir>', 'the directory, new or empty')
    .option('-n, --name <name>', 'name of the plugin (default: the name of the directory)')
    .addHelpText('after', EXAMPLES)
    .action(create);
}

async function create(given: string, options: NewOptions): Promise<void> {
  const dir = resolve(given);
  const name = checkName(options.name ?? basename(dir));
  await checkEmpty(dir, given);
  const root = packageRoot();
  const files = pluginFiles({ name, dependencies: dependencies(root) });
  for (const [path, text] of Object.entries(files)) {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    // Whatever appeared since the directory was looked at stays.
    await writeFile(file, text, { flag: 'wx' });
  }
  output.line(`${output.paint('green', 'made')} ${output.paint('bold', name)} in ${given}`);
  for (const path of Object.keys(files)) output.line(`  ${path}`);
  output.line('\nNext:');
  const build = root.isBuilt ? [] : [`npm run build --prefix ${shellQuote(root.dir)}`];
  const steps = [...build, `cd ${shellQuote(given)}`, 'npm install', 'npm test'];
  for (const step of steps) output.line(`  ${output.paint('cyan', step)}`);
}

function checkName(name: string): string {
  if (new RegExp(NAME_PATTERN).test(name)) return name;
  const near = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, 100);
  throw new RingfenceError(
    'INVALID_OPTION',
    `Expected the plugin's name to be lower-case letters, digits and . _ - (perhaps with a @scope/ in front), got ${quote(name)}` +
      (near === '' ? '' : `. Try \`--name ${near}\``),
    { stage: 'options', details: { option: 'name', given: name } },
  );
}

async function checkEmpty(dir: string, given: string): Promise<void> {
  if (!existsSync(dir)) return;
  const [first] = await readdir(dir);
  if (first === undefined) return;
  throw new RingfenceError(
    'INVALID_OPTION',
    `Expected a new or an empty directory, but ${given} has ${quote(first)} in it`,
    {
      stage: 'options',
      details: { dir: given, found: first },
    },
  );
}

/** From a checkout, or from an archive, the plugin uses that: its packages need not be on a registry. */
function dependencies({ dir, version, isCheckout, uses }: PackageRoot): Record<string, string> {
  const from = (name: string, checkout: string): string => {
    const path = isCheckout ? checkout : installedFrom(dir, name);
    return path === undefined ? `^${version}` : `file:${path}`;
  };
  const range = (name: string): string => `^${uses[name]?.replace(/^[^\d]*/, '')}`;
  return {
    assemblyscript: range('assemblyscript'),
    node: range('node'),
    ringfence: from('ringfence', dir),
    'ringfence-guest': from('ringfence-guest', join(dir, 'guest-sdk')),
    vitest: range('vitest'),
  };
}

function shellQuote(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
