/** The command line of the benchmarks that measure cases, each for some seconds in a process of its own. */
import { parseArgs } from 'node:util';
import { describeMachine, type Machine } from './machine.ts';
import { spawnChild } from './spawn.ts';

export interface CaseBenchmark<Case, Row, More extends object> {
  /** Name in the document: `npm run bench:<suite>`. */
  readonly suite: string;
  /** Path of the script of the measuring process: it reads a case with `seconds`, and answers with a row. */
  readonly child: string;
  readonly cases: readonly Case[];
  /** How a case is called while it runs. */
  readonly title: (one: Case) => string;
  /** How long each is measured, unless it is to be a look. */
  readonly seconds: number;
  /** What else belongs to the document. */
  readonly more?: (seconds: number) => More;
  readonly print: (results: CaseResults<Row> & More) => void;
}

export interface CaseResults<Row> {
  readonly suite: string;
  readonly machine: Machine;
  readonly seconds: number;
  readonly rows: readonly Row[];
}

const QUICK_SECONDS = 0.3;
const NODE = { nodePath: process.execPath, flags: [] };

export function runCases<Case extends object, Row, More extends object>(
  benchmark: CaseBenchmark<Case, Row, More>,
): void {
  const { suite, child, cases, title, more, print } = benchmark;
  const { values: given } = parseArgs({
    options: { help: { type: 'boolean' }, json: { type: 'boolean' }, quick: { type: 'boolean' } },
  });
  if (given.help === true) {
    console.log(`Usage: npm run bench:${suite} -- [options]
  --json       one JSON document on stdout, progress on stderr
  --quick      a third of a second each: a look, not a measurement`);
    return;
  }
  const seconds = given.quick === true ? QUICK_SECONDS : benchmark.seconds;
  const rows = cases.map((one) => {
    console.error(title(one));
    return spawnChild<Row>(NODE, child, [], { ...one, seconds });
  });
  const results = { suite, machine: describeMachine(), seconds, rows, ...(more?.(seconds) as More) };
  if (given.json === true) console.log(JSON.stringify(results, undefined, 2));
  else print(results);
}
