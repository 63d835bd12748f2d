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

/** What the command line of a comparing benchmark says. */
export interface Wanted {
  readonly json: boolean;
  readonly quick: boolean;
  /** Fresh processes. */
  readonly processes: number;
  /** What was given for the option of the suite's own. */
  readonly own: string | undefined;
}

/**
 * Undefined where help was asked for, which is then printed.
 * @param own an option that only this suite has, with a line for the help
 * @throws for an option that there is not, or one that is not as it should be
 */
export function readCommandLine(
  suite: string,
  usualProcesses: number,
  own?: { readonly name: string; readonly help: string },
): Wanted | undefined {
  const { values: given } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      processes: { type: 'string' },
      ...(own === undefined ? {} : { [own.name]: { type: 'string' } }),
    },
  });
  const { help, json, quick, processes } = given;
  if (help) {
    console.log(`Usage: npm run bench:${suite} -- [options]
  --json               one JSON document on stdout, progress on stderr
  --processes N        fresh processes                          [${usualProcesses}]${own === undefined ? '' : `\n${own.help}`}
  --quick              one process, few rounds: a look, not a measurement`);
    return undefined;
  }
  const count = whole('--processes', processes, quick ? 1 : usualProcesses);
  const ownValue = own === undefined ? undefined : (given as Readonly<Record<string, unknown>>)[own.name];
  return { json, quick, processes: count, own: ownValue as string | undefined };
}

/** The samples of fresh processes, one after the other. @param more what they are asked for besides */
export function measureInProcesses(
  child: string,
  { processes, quick }: Pick<Wanted, 'processes' | 'quick'>,
  more: object = {},
): Sample[][] {
  const started = performance.now();
  return Array.from({ length: processes }, (_, i) => {
    const job: ChildJob = { ...more, seed: i + 1, quick };
    const samples = spawnChild<Sample[]>({ nodePath: process.execPath, flags: [] }, child, [], job);
    console.error(`process ${i + 1} of ${processes}, ${Math.round((performance.now() - started) / 1000)} s`);
    return samples;
  });
}

export function runBenchmark({ suite, title, child, comparisons, sizes, processes = 5 }: Benchmark): void {
  const wanted = readCommandLine(suite, processes);
  if (wanted === undefined) return;
  const samples = measureInProcesses(child, wanted);
  const results = {
    suite,
    machine: describeMachine(),
    processes: wanted.processes,
    rows: compare(comparisons, sizes, samples),
  };
  if (wanted.json) console.log(JSON.stringify(results, undefined, 2));
  else printComparison(title, results);
}
