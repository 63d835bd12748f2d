/** The command line that the comparing benchmarks share: fresh processes one after the other, then one document or a table. */
import { parseArgs } from 'node:util';
import { whole } from './arguments.ts';
import { type Comparison, compare, printComparison, type Sample } from './comparison.ts';
import { describeMachine } from './machine.ts';
import { spawnChild } from './spawn.ts';

/** What a measuring process is asked for. It answers with `Sample[]`. */
export interface ChildJob {
  /** Of the order in which things take turns. */
  readonly seed: number;
  /** Enough for a look only. */
  readonly quick: boolean;
}

export interface Benchmark {
  /** Name in the document: `npm run bench:<suite>`. */
  readonly suite: string;
  readonly title: string;
  /** Path of the script of the measuring process. */
  readonly child: string;
  readonly comparisons: readonly Comparison[];
  readonly sizes: readonly string[];
  /** Fresh processes, unless the command line says otherwise. @default 5 */
  readonly processes?: number;
}

const help = (suite: string, processes: number): string => `Usage: npm run bench:${suite} -- [options]
  --json               one JSON document on stdout, progress on stderr
  --processes N        fresh processes                          [${processes}]
  --quick              one process, few rounds: a look, not a measurement`;

export function runBenchmark({ suite, title, child, comparisons, sizes, processes: usual = 5 }: Benchmark): void {
  const { values: given } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      processes: { type: 'string' },
    },
  });
  if (given.help) {
    console.log(help(suite, usual));
    return;
  }
  const count = whole('--processes', given.processes, given.quick ? 1 : usual);
  const started = performance.now();
  const processes = Array.from({ length: count }, (_, i) => {
    const job: ChildJob = { seed: i + 1, quick: given.quick };
    const samples = spawnChild<Sample[]>({ nodePath: process.execPath, flags: [] }, child, [], job);
    console.error(`process ${i + 1} of ${count}, ${Math.round((performance.now() - started) / 1000)} s`);
    return samples;
  });
  const results = {
    suite,
    machine: describeMachine(),
    processes: count,
    rows: compare(comparisons, sizes, processes),
  };
  if (given.json) console.log(JSON.stringify(results, undefined, 2));
  else printComparison(title, results);
}
