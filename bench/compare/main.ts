/**
 * What has changed from one run to another: `npm run bench:compare -- before.json after.json`.
 *
 * Ratios against the baseline of each run, so that a machine that is busier as a whole is no change; 95 % intervals, and a word
 * where the noise is larger than the difference. Of suites without processes the figures that differ, and outcomes. `--json` prints one document instead of the table.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { factor, table } from '../support/table.ts';
import { type Changes, compareDocuments, type Document, type Verdict } from './changes.ts';

const HELP = `Usage: npm run bench:compare -- before.json after.json [options]
  --json       one JSON document on stdout
The files are what a benchmark prints with --json, or what \`npm run bench\` writes.`;

const WORDS: Readonly<Record<Verdict, string>> = {
  faster: 'faster',
  slower: 'SLOWER',
  noise: 'noise exceeds the difference',
  'fewer-samples': 'too few processes to tell',
};

function read(path: string): Document {
  const document = JSON.parse(readFileSync(path, 'utf8')) as Partial<Document>;
  const { suite, machine } = document;
  if (typeof suite !== 'string' || machine === undefined) {
    throw new Error(`${path}: expected a document of a benchmark, with suite and machine`);
  }
  return { ...document, suite, machine };
}

function print({ suite, differences, changes, figures, outcomes, left }: Changes): void {
  for (const difference of differences) console.log(`NOT THE SAME MACHINE: ${difference}`);
  if (changes.length > 0) {
    console.log(`${suite}: ratio to the baseline, before and after; the 95 % interval of after / before.\n`);
    const body = changes.map(({ row, before, after, quotient, interval, verdict }) => [
      row,
      factor(before),
      factor(after),
      factor(quotient),
      `${factor(interval.low)} to ${factor(interval.high)}`,
      WORDS[verdict],
    ]);
    console.log(table(['row', 'before', 'after', 'after / before', 'interval', ''], body));
  }
  if (outcomes.length > 0) {
    console.log(`\n${suite}: outcomes that are not the same.\n`);
    console.log(
      table(
        ['row', 'before', 'after'],
        outcomes.map(({ row, before, after }) => [row, before, after]),
      ),
    );
  }
  if (figures.length > 0) {
    console.log(`\n${suite}: figures of one process each. Nothing says how sure a difference is.\n`);
    const body = figures.map(({ row, field, before, after, quotient }) => [
      `${row}: ${field}`,
      factor(before),
      factor(after),
      factor(quotient),
    ]);
    console.log(table(['row', 'before', 'after', 'after / before'], body));
  }
  if (changes.length + outcomes.length + figures.length === 0) console.log(`${suite}: no figure differs.`);
  if (left.length > 0) console.log(`\nIn one of the documents only: ${left.length} rows.`);
}

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, json: { type: 'boolean' } },
});
const [before, after] = positionals;
if (given.help === true) console.log(HELP);
else if (before === undefined || after === undefined || positionals.length > 2) {
  console.error(HELP);
  process.exitCode = 2;
} else {
  const changes = compareDocuments(read(before), read(after));
  if (given.json === true) console.log(JSON.stringify(changes, undefined, 2));
  else print(changes);
}
