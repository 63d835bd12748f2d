/** How costs grow with what is given: `npm run bench:growth -- [options]`. Each curve in fresh processes. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../support/machine.ts';
import { spawnChild } from '../support/spawn.ts';
import { CURVE_NAMES, curveOf } from './curves.ts';
import type { GrowthJob } from './measure-child.ts';
import { fitsOf, type GrowthResults, type GrowthSample, printResults, rowsOf } from './results.ts';

const HELP = `Usage: npm run bench:growth -- [options]
  --json             one JSON document on stdout, progress on stderr
  --processes N      fresh processes for each curve             [2]
  --curves a,b       only these: ${CURVE_NAMES.join(', ')}
  --quick            one process, fewer points: a look, not a measurement`;

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean' },
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    processes: { type: 'string' },
    curves: { type: 'string', default: CURVE_NAMES.join(',') },
  },
});

if (given.help === true) {
  console.log(HELP);
} else {
  const isQuick = given.quick === true;
  const processes = Number(given.processes ?? (isQuick ? 1 : 2));
  const child = join(import.meta.dirname, 'measure-child.ts');
  const runtime = { nodePath: process.execPath, flags: ['--expose-gc'] };
  const curves = given.curves.split(',').map(curveOf);
  const measured = curves.map((curve) => {
    const runs = Array.from({ length: processes }, (_, i) => {
      console.error(`${curve.name}, process ${i + 1} of ${processes}`);
      const job: GrowthJob = { curve: curve.name, seed: i + 1, isQuick };
      return spawnChild<GrowthSample[]>(runtime, child, [], job);
    });
    return { curve, rows: rowsOf(curve, runs) };
  });
  const results: GrowthResults = {
    suite: 'growth',
    machine: describeMachine(),
    processes,
    rows: measured.flatMap(({ rows }) => rows),
    fits: measured.flatMap(({ curve, rows }) => fitsOf(curve, rows)),
  };
  if (given.json === true) console.log(JSON.stringify(results, undefined, 2));
  else printResults(results);
}
