/** What metering costs. */
import type { Results, Row } from '../../fuel/results.ts';
import { CONTROL, RINGFENCE } from '../../fuel/subjects.ts';
import { BETTER, type Block, type Section } from '../model.ts';
import { grouped, overhead, short, times } from '../numbers.ts';

const MODES: Readonly<Record<string, string>> = {
  default: 'default tiering',
  turbofan: 'TurboFan only',
  liftoff: 'Liftoff only',
};
/** What a reader looks at; all programs are in the table. */
const MOST_BARS = 12;

export function fuelSection(results: Results): Section {
  const { suite, machine, rows } = results;
  const ours = rows.filter(({ subject, mode }) => subject === RINGFENCE && mode === rows[0]?.mode);
  const worst = [...ours].sort((a, b) => b.ratio - a.ratio).slice(0, MOST_BARS);
  return {
    suite,
    title: 'What exact fuel costs',
    what: 'Programs in C, Rust and AssemblyScript, with every instruction charged, the stack counted and fuel handed out in slices; CPU time. And the peer that rewrites modules, too.',
    baseline: 'The same programs on raw V8, in the same process, taking turns. The control is raw V8 once more.',
    read: `1.00 is free. The geometric mean is what to expect, the worst program what to fear; a row whose ± is larger than its distance from 1 says nothing. "TurboFan only" is the state in which long-running programs end. Flags of its processes: none for default tiering, \`--no-liftoff --no-wasm-lazy-compilation\` for TurboFan.`,
    command: `npm run bench:${suite}`,
    machine,
    blocks: [
      ...summaries(results),
      {
        kind: 'bars',
        title: `The ${worst.length} programs that pay most, ${MODES[ours[0]?.mode ?? ''] ?? ''}`,
        axis: 'CPU time, times that of raw V8; whiskers: ± half the range of the processes',
        better: BETTER.shorter,
        reference: { value: 1, label: 'raw V8' },
        bars: worst.map(({ program, ratio, spread }) => ({
          label: program,
          value: ratio,
          low: ratio - spread,
          high: ratio + spread,
          text: times(ratio),
        })),
      },
      ...noise(results),
      programTable(rows),
      ...codeTables(results),
    ],
  };
}

function summaries({ summary }: Results): Block[] {
  const rows = Object.entries(summary.modes).flatMap(([mode, subjects]) =>
    Object.entries(subjects).map(([subject, { geomean, worst, worstProgram, programs }]) => [
      subject,
      MODES[mode] ?? mode,
      String(programs),
      times(geomean),
      overhead(geomean),
      times(worst),
      worstProgram,
    ]),
  );
  const peers = summary.peers.map(
    ({ peer, programs, geomean, ringfence }) =>
      `Over the ${programs} programs that \`${peer}\` can rewrite it takes ${times(geomean)} the time of raw V8, Ringfence ${times(ringfence)}.`,
  );
  return [
    {
      kind: 'table',
      title: 'Geometric mean over the programs, and the worst',
      columns: [
        { text: 'subject' },
        { text: 'V8' },
        { text: 'programs', isNumber: true },
        { text: 'mean', isNumber: true },
        { text: 'on top', isNumber: true },
        { text: 'worst', isNumber: true },
        { text: 'which' },
      ],
      rows,
    },
    ...peers.map((text): Block => ({ kind: 'text', text })),
  ];
}

function noise({ rows, summary }: Results): Block[] {
  const controls = Object.entries(summary.modes).map(([mode, subjects]) => ({
    mode,
    off: Math.abs((subjects[CONTROL]?.geomean ?? 1) - 1),
    own: (subjects[RINGFENCE]?.geomean ?? 1) - 1,
  }));
  const loud = controls.filter(({ off, own }) => off >= Math.abs(own));
  const doubtful = rows.filter(({ subject, ratio, spread }) => subject === RINGFENCE && spread >= Math.abs(ratio - 1));
  const texts = [
    ...loud.map(
      ({ mode, off }) =>
        `Under ${MODES[mode] ?? mode} the control is ${(off * 100).toFixed(1)} % off 1, as much as the overhead.`,
    ),
    ...(doubtful.length === 0
      ? []
      : [
          `In ${doubtful.length} rows the processes differ by more than the overhead: ${[...new Set(doubtful.map(({ program }) => program))].join(', ')}.`,
        ]),
  ];
  return texts.length === 0 ? [] : [{ kind: 'warning', text: texts.join(' ') }];
}

function programTable(rows: readonly Row[]): Block {
  const ours = rows.filter(({ subject }) => subject === RINGFENCE);
  const programs = [...new Set(ours.map(({ program }) => program))];
  const modes = [...new Set(ours.map(({ mode }) => mode))];
  const at = (program: string, mode: string): Row | undefined =>
    ours.find((row) => row.program === program && row.mode === mode);
  return {
    kind: 'table',
    title: 'All programs',
    columns: [
      { text: 'program' },
      { text: 'raw ms', isNumber: true },
      { text: 'Mfuel/ms', isNumber: true },
      ...modes.flatMap((mode) => [
        { text: MODES[mode] ?? mode, isNumber: true },
        { text: '±', isNumber: true },
      ]),
    ],
    rows: programs.map((program) => {
      const first = at(program, modes[0] ?? '');
      return [
        program,
        short(first?.rawMs ?? Number.NaN),
        short((first?.fuelPerMs ?? Number.NaN) / 1e6),
        ...modes.flatMap((mode) => {
          const row = at(program, mode);
          return row === undefined ? ['-', ''] : [row.ratio.toFixed(3), row.spread.toFixed(3)];
        }),
      ];
    }),
  };
}

function codeTables({ code }: Results): Block[] {
  if (code === undefined) return [];
  return [
    {
      kind: 'table',
      title: 'What it does to code: times the original',
      columns: [
        { text: 'subject' },
        { text: 'module size', isNumber: true },
        { text: 'code size', isNumber: true },
        { text: 'TurboFan compile', isNumber: true },
        { text: 'Liftoff compile', isNumber: true },
      ],
      rows: code.subjects.map(({ subject, growth, codeGrowth, turbofanCompile, liftoffCompile }) => [
        subject,
        ...[growth, codeGrowth, turbofanCompile, liftoffCompile].map(short),
      ]),
    },
    {
      kind: 'table',
      title: 'Rewriting one program, repeated to a size',
      columns: [
        { text: 'bytes' },
        { text: 'functions', isNumber: true },
        { text: 'ms', isNumber: true },
        { text: 'MB/s', isNumber: true },
      ],
      rows: code.rewriter.map(({ bytes, functions, totalMs }) => [
        grouped(bytes),
        grouped(functions),
        short(totalMs),
        short(bytes / 1000 / totalMs),
      ]),
    },
  ];
}
