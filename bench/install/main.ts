/**
 * What `npm install ringfence` puts on a disk: `npm run bench:install -- [options]`.
 *
 * Packs this checkout and its guest SDK, installs the archives into an empty folder, and counts packages and bytes: without the
 * optional peers, then with each of them. What those packages depend on comes from the registry.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../support/machine.ts';
import { table } from '../support/table.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const HELP = `Usage: npm run bench:install -- [options]
  --json               one JSON document on stdout
  --quick              without the optional peers only`;

interface Row {
  readonly subject: string;
  readonly packages: number;
  /** Of all files. */
  readonly bytes: number;
  /** The same of this package alone. */
  readonly ownBytes: number;
}

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, item.name);
    if (item.isDirectory()) bytes += bytesBelow(path);
    else if (item.isFile()) bytes += statSync(path).size;
  }
  return bytes;
}

function measure(folder: string, subject: string, packages: readonly string[]): Row {
  const place = join(folder, subject.replaceAll(/\W+/g, '-'));
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{"private":true}');
  npm(place, 'install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages);
  const installed = JSON.parse(readFileSync(join(place, 'package-lock.json'), 'utf8')) as { packages: object };
  const modules = join(place, 'node_modules');
  return {
    subject,
    // The folder itself is listed, too.
    packages: Object.keys(installed.packages).length - 1,
    bytes: bytesBelow(modules),
    ownBytes: bytesBelow(join(modules, 'ringfence')),
  };
}

function run(isQuick: boolean): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'ringfence-install-'));
  try {
    npm(REPOSITORY, 'run', 'build');
    npm(REPOSITORY, 'pack', '--ignore-scripts', '--pack-destination', folder);
    npm(REPOSITORY, 'pack', '--ignore-scripts', '--pack-destination', folder, '-w', 'ringfence-guest');
    const archives = readdirSync(folder)
      .filter((name) => name.endsWith('.tgz'))
      .map((name) => join(folder, name));
    const { peerDependencies: peers } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
      peerDependencies: Readonly<Record<string, string>>;
    };
    const rows = [measure(folder, 'ringfence', archives)];
    if (isQuick) return rows;
    for (const [name, range] of Object.entries(peers)) {
      rows.push(measure(folder, `ringfence and ${name}`, [...archives, `${name}@${range}`]));
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values: given } = parseArgs({
  options: { help: { type: 'boolean' }, json: { type: 'boolean' }, quick: { type: 'boolean', default: false } },
});
if (given.help === true) console.log(HELP);
else {
  const results = { suite: 'install', machine: describeMachine(), rows: run(given.quick) };
  if (given.json === true) console.log(JSON.stringify(results, undefined, 2));
  else {
    const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
    const body = results.rows.map(({ subject, packages, bytes, ownBytes }) => [
      subject,
      String(packages),
      mib(bytes),
      mib(ownBytes),
    ]);
    console.log(table(['installed', 'packages', 'MiB', 'of it its own'], body));
  }
}
