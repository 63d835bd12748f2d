/** How fast the rewriter is. */
import type { Results } from '../../meter/results.ts';
import { BETTER, type Section } from '../model.ts';
import { grouped, short } from '../numbers.ts';

export function meterSection(results: Results): Section {
  const { suite, machine, rows, linearity, code, memory, processes, summary } = results;
  const both = rows.filter(({ stage }) => stage === 'both');
  const rate = (module: string, stage: string): string =>
    short(rows.find((row) => row.module === module && row.stage === stage)?.mbPerSecond ?? Number.NaN);
  return {
    suite,
    title: 'How fast modules are checked and rewritten',
    what: 'Checking and metering modules of 0.06 to 10 MB, on one core; whether the time grows with the size and no faster; size, compile time and memory afterwards.',
    baseline: 'For size and compile time, the original module; for growth, the smallest module of the same family.',
    read: `Megabytes of module in a second: the slowest is ${short(summary.slowest)}, the geometric mean ${short(summary.geomean)}. A line that stays near 1 grows linearly.`,
    command: `npm run bench:${suite}`,
    machine,
    blocks: [
      {
        kind: 'bars',
        title: 'Check and meter together',
        axis: 'megabytes of module in a second; whiskers: ± half the range of the processes',
        better: BETTER.longer,
        bars: both.map(({ module, mbPerSecond, spread, bytes }) => ({
          label: `${module}, ${short(bytes / 1e6)} MB`,
          value: mbPerSecond,
          low: mbPerSecond - spread,
          high: mbPerSecond + spread,
          text: `${short(mbPerSecond)} MB/s`,
        })),
      },
      {
        kind: 'lines',
        title: 'Time for a byte of code, against the smallest module of the family',
        better: BETTER.level,
        x: { label: 'bytes of the module (logarithmic)', scale: 'log' },
        y: { label: 'times the time that the smallest takes for a byte', scale: 'linear' },
        lines: linearity
          .filter(({ stage }) => stage === 'both')
          .map(({ family, perByte }) => ({
            name: family,
            points: perByte.map(({ bytes, ratio }) => ({ x: bytes, y: ratio })),
          })),
      },
      {
        kind: 'table',
        title: `MB/s, the fastest round, median over ${processes} processes; size and compile time against the original`,
        columns: [
          { text: 'module' },
          ...[
            'bytes',
            'functions',
            'check',
            'meter',
            'both',
            '±',
            'size',
            'TurboFan',
            'Liftoff',
            'memory per byte',
          ].map((text) => ({
            text,
            isNumber: true,
          })),
        ],
        rows: both.map(({ module, bytes, functions, spread }) => {
          const own = code.find((row) => row.module === module);
          return [
            module,
            grouped(bytes),
            grouped(functions),
            rate(module, 'check'),
            rate(module, 'meter'),
            rate(module, 'both'),
            spread.toFixed(1),
            short(own?.growth ?? Number.NaN),
            short(own?.turbofanCompile ?? Number.NaN),
            short(own?.liftoffCompile ?? Number.NaN),
            short(memory.find((row) => row.module === module)?.extraPerByte ?? Number.NaN),
          ];
        }),
      },
    ],
  };
}
