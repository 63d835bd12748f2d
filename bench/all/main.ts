/**
 * All benchmarks one after the other: `npm run bench -- [options]`; each writes its document into a folder, as <suite>.json.
 *
 * `npm run bench:quick` makes every one of them short: a look, not a measurement.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What stands in a folder of its own beside this one. */
const SUITES = [
  'isolation',
  'call',
  'host',
  'load',
  'loop',
  'fanout',
  'density',
  'growth',
  'fuel',
  'meter',
  'prices',
] as const;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
const HELP = `Usage: npm run bench -- [options]
  --out folder     where to write <suite>.json              [bench-results]
  --suites a,b     only these: ${SUITES.join(', ')}
  --quick          the short form of each: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean' },
    quick: { type: 'boolean' },
    out: { type: 'string', default: 'bench-results' },
    suites: { type: 'string', default: SUITES.join(',') },
  },
});

function suitesOf(names: string): string[] {
  return names.split(',').map((name) => {
    if ((SUITES as readonly string[]).includes(name)) return name;
    throw new Error(`${name}: expected one of ${SUITES.join(', ')}`);
  });
}

function run(suite: string): boolean {
  const main = join(import.meta.dirname, '..', suite, 'main.ts');
  const started = performance.now();
  const { status, stdout } = spawnSync(
    process.execPath,
    [main, '--json', ...(given.quick === true ? ['--quick'] : [])],
    {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const seconds = Math.round((performance.now() - started) / 1000);
  if (status !== 0) {
    console.error(`${suite}: FAILED with ${status} after ${seconds} s`);
    return false;
  }
  const file = join(given.out, `${suite}.json`);
  writeFileSync(file, stdout);
  console.log(`${suite}: ${seconds} s, ${file}`);
  return true;
}

if (given.help === true) console.log(HELP);
else {
  const suites = suitesOf(given.suites);
  mkdirSync(given.out, { recursive: true });
  // All of them run, also after one that fails.
  if (suites.map(run).includes(false)) process.exitCode = 1;
}
