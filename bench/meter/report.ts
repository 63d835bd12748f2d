/** The results as tables for people. */
import { factor, table } from '../support/table.ts';
import { STAGES, type Stage } from './job.ts';
import type { Results } from './results.ts';

const TITLES: Readonly<Record<Stage, string>> = {
  check: 'check',
  meter: 'meter',
  both: 'check + meter',
  validate: 'V8 alone validating',
};

export function printReport({ machine, processes, rows, linearity, code, memory, summary }: Results): void {
  const { cpu, cores, node, v8, date } = machine;
  console.log(`The rewriter on Node ${node} (V8 ${v8}), ${cpu} x${cores}, ${date}`);
  console.log(`MB/s on one core: the fastest round, the median over ${processes} processes; ± is half their range.\n`);
  const modules = [...new Set(rows.map(({ module }) => module))];
  const body = modules.map((module) => {
    const own = rows.filter((row) => row.module === module);
    const [first] = own;
    const figures = STAGES.flatMap((stage) => {
      const row = own.find((candidate) => candidate.stage === stage);
      return [(row?.mbPerSecond ?? Number.NaN).toFixed(1), `±${(row?.spread ?? Number.NaN).toFixed(1)}`];
    });
    return [module, megabytes(first?.bytes ?? 0), String(first?.functions ?? 0), ...figures];
  });
  console.log(table(['module', 'MB', 'functions', ...STAGES.flatMap((stage) => [TITLES[stage], ''])], body));
  console.log(
    `\nCheck + meter: ${summary.slowest.toFixed(1)} MB/s at the slowest, ${summary.geomean.toFixed(1)} in the geometric mean.`,
  );

  for (const family of new Set(linearity.map((row) => row.family))) {
    const own = linearity.filter((row) => row.family === family);
    console.log(`\nTime for a byte of code against the smallest module, ${family}\n`);
    const sizes = own[0]?.perByte.map(({ bytes }) => `${megabytes(bytes)} MB`) ?? [];
    console.log(
      table(
        ['stage', ...sizes],
        own.map(({ stage, perByte }) => [TITLES[stage], ...perByte.map(({ ratio }) => factor(ratio))]),
      ),
    );
  }

  console.log(
    '\nThe metered module against the original; memory beside input and output, in bytes for a byte of input\n',
  );
  const extra = new Map(memory.map(({ module, extraPerByte }) => [module, extraPerByte]));
  console.log(
    table(
      ['module', 'size', 'TurboFan compile', 'Liftoff compile', 'memory'],
      [
        ...code.map(({ module, growth, turbofanCompile, liftoffCompile }) => [
          module,
          factor(growth),
          optional(turbofanCompile),
          optional(liftoffCompile),
          optional(extra.get(module)),
        ]),
        [
          'geometric mean',
          factor(summary.growth),
          optional(summary.turbofanCompile),
          optional(summary.liftoffCompile),
          '',
        ],
      ],
    ),
  );
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
const optional = (value: number | undefined): string => (value === undefined ? '-' : factor(value));
