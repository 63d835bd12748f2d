/**
 * The report of what suites have written: `npm run bench:report -- [folder] [--out folder]`.
 *
 * One HTML page that loads nothing, and the same as Markdown. `npm run bench` does this at its end.
 */
import { parseArgs } from 'node:util';
import { writeReport } from './write.ts';

const HELP = `Usage: npm run bench:report -- [folder] [options]
  --out folder     where to write report.html and report.md     [the same folder]
The folder has the documents of the suites, as \`npm run bench\` writes them.     [bench-results]`;

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, out: { type: 'string' } },
});
const folder = positionals[0] ?? 'bench-results';
if (given.help === true) console.log(HELP);
else console.log(writeReport(folder, given.out ?? folder).join('\n'));
