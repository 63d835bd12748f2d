/**
 * From an edit to a reloaded plugin: `npm run bench:dev -- [options]`.
 *
 * `ringfence dev` runs on copies of the example plugins. One line of each is changed again and again, and the time is taken from
 * writing the file until it is told that the new version runs: watching, compiling, loading and swapping included.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { describeMachine, type Machine } from '../support/machine.ts';

const HELP = `Usage: npm run bench:dev -- [options]
  --json             one JSON document on stdout
  --edits N          of each plugin                             [20]
  --quick            three edits of one plugin: a look, not a measurement`;

/** Milliseconds. */
export interface DevRow {
  readonly plugin: string;
  /** From the start of the command to the plugin that runs: the compiler is cold. */
  readonly first: number;
  readonly p50: number;
  readonly max: number;
}

export interface DevResults {
  readonly suite: 'dev';
  readonly machine: Machine;
  readonly edits: number;
  readonly rows: readonly DevRow[];
}

const ROOT = join(import.meta.dirname, '../..');
const PLUGINS = ['calculator', 'word-count', 'music-source'];

async function measure(plugin: string, edits: number): Promise<DevRow> {
  const directory = mkdtempSync(join(tmpdir(), 'ringfence-bench-dev-'));
  cpSync(join(ROOT, 'plugins', plugin), directory, { recursive: true, filter: (path) => !path.endsWith('build') });
  const source = join(directory, 'assembly/index.ts');
  const text = readFileSync(source, 'utf8');
  const startedAt = performance.now();
  const args = [join(ROOT, 'engine/cli/main.ts'), 'dev', directory, '--no-test'];
  if (plugin === 'music-source') args.push('--grant', 'http', '--config', '{"catalogue":"https://api.example.com"}');
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const said: string[] = [];
  const until = async (pattern: RegExp): Promise<number> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${plugin} ended:\n${said.join('\n')}`);
      said.push(value);
      if (pattern.test(value)) return performance.now();
      if (value.startsWith('error')) throw new Error(said.join('\n'));
    }
  };
  try {
    const first = (await until(/^started /)) - startedAt;
    await until(/^watching/);
    const times: number[] = [];
    for (let i = 0; i < edits; i++) {
      const editedAt = performance.now();
      writeFileSync(source, `${text}\n// edit ${i}\n`);
      times.push((await until(/^reloaded /)) - editedAt);
    }
    times.sort((a, b) => a - b);
    return { plugin, first, p50: times[Math.floor(times.length / 2)] ?? 0, max: times.at(-1) ?? 0 };
  } finally {
    child.kill();
    // It may be writing into the directory.
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }
}

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean' },
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    edits: { type: 'string' },
  },
});

if (given.help === true) {
  console.log(HELP);
} else {
  const isQuick = given.quick === true;
  const edits = Number(given.edits ?? (isQuick ? 3 : 20));
  const rows: DevRow[] = [];
  for (const plugin of isQuick ? PLUGINS.slice(0, 1) : PLUGINS) rows.push(await measure(plugin, edits));
  const results: DevResults = { suite: 'dev', machine: describeMachine(), edits, rows };
  if (given.json === true) {
    console.log(JSON.stringify(results));
  } else {
    console.log(`From an edit to the reloaded plugin, ${edits} edits each, in milliseconds`);
    for (const { plugin, first, p50, max } of rows) {
      console.log(
        `  ${plugin.padEnd(14)} p50 ${p50.toFixed(0)}  max ${max.toFixed(0)}  (cold start ${first.toFixed(0)})`,
      );
    }
  }
}
