/** The results as tables for people. */
import { factor, percent, table } from '../support/table.ts';
import { MODES } from './modes.ts';
import type { Results, Row } from './results.ts';
import { RINGFENCE } from './subjects.ts';

export function printReport({ machine, rows, summary, code }: Results): void {
  const { cpu, cores, node, v8, date } = machine;
  console.log(`Fuel on Node ${node} (V8 ${v8}), ${cpu} x${cores}, ${date}`);
  console.log('Ratios are CPU time against raw V8; ± is half the range over the processes; control is raw V8 again.');
  for (const [mode, subjects] of Object.entries(summary.modes)) {
    const names = Object.keys(subjects);
    const programs = [...new Set(rows.filter((row) => row.mode === mode).map(({ program }) => program))];
    const at = (program: string, subject: string): Row | undefined =>
      rows.find((row) => row.mode === mode && row.program === program && row.subject === subject);
    const target = MODES.find(({ name }) => name === mode);
    console.log(`\n${target?.title ?? mode}\n`);
    const body = programs.map((program) => {
      const own = at(program, RINGFENCE);
      return [
        program,
        (at(program, names[0] ?? '')?.rawMs ?? 0).toFixed(0),
        own?.fuelPerMs === undefined ? '-' : (own.fuelPerMs / 1e6).toFixed(2),
        String(own?.refills ?? '-'),
        ...names.flatMap((subject) => {
          const row = at(program, subject);
          return row === undefined ? ['-', ''] : [factor(row.ratio), percent(row.spread)];
        }),
      ];
    });
    const foot = (title: string, pick: (subject: string) => number | undefined): string[] => [
      title,
      '',
      '',
      '',
      ...names.flatMap((subject) => [factor(pick(subject) ?? Number.NaN), '']),
    ];
    console.log(
      table(
        ['program', 'raw ms', 'Mfuel/ms', 'slices', ...names.flatMap((name) => [name, ''])],
        [
          ...body,
          foot('geometric mean', (subject) => subjects[subject]?.geomean),
          foot('worst', (subject) => subjects[subject]?.worst),
          foot('first run (geo)', (subject) => subjects[subject]?.firstRunGeomean),
        ],
      ),
    );
  }
  for (const { peer, mode, programs, geomean, ringfence, timesOurOverhead } of summary.peers) {
    const times = timesOurOverhead === undefined ? '' : `: ${timesOurOverhead.toFixed(0)} times our overhead`;
    console.log(
      `\nThe ${programs} programs that ${peer} can rewrite, ${mode}: ${factor(geomean)}, ours ${factor(ringfence)}${times}.`,
    );
  }
  if (code === undefined) return;
  console.log('\nCode\n');
  console.log(
    table(
      ['subject', 'module size', 'code size', 'TurboFan compile', 'Liftoff compile'],
      code.subjects.map(({ subject, growth, codeGrowth, turbofanCompile, liftoffCompile }) => [
        subject,
        ...[growth, codeGrowth, turbofanCompile, liftoffCompile].map(factor),
      ]),
    ),
  );
  console.log('\nRewriter\n');
  console.log(
    table(
      ['module', 'functions', 'ms', 'MB/s', 'of that V8 validating, ms', 'growth'],
      code.rewriter.map(({ bytes, functions, totalMs, validateMs, growth }) => [
        `${(bytes / 1e6).toFixed(2)} MB`,
        String(functions),
        totalMs.toFixed(1),
        (bytes / 1000 / totalMs).toFixed(1),
        validateMs.toFixed(1),
        factor(growth),
      ]),
    ),
  );
}
